/** Every way in which packets make a node log: five seconds of each, as fast as they come. */

import assert from "node:assert/strict";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import { writeEvent } from "../../src/serf/events/event_message.ts";
import { writeQuery } from "../../src/serf/queries/query_messages.ts";
import { writeAlive, writeDead, writeSuspect } from "../../src/wire/claims.ts";
import { messageType } from "../../src/wire/message_type.ts";
import { SerfWorld } from "../support/serf_world.ts";

const stranger = { host: "10.9.9.9", port: 7946 };
const long = "n".repeat(50_000);
const versions = Uint8Array.of(1, 5, 2, 2, 5, 5);

function encoded(write: (writer: MsgpackWriter) => void): Uint8Array {
  const writer = new MsgpackWriter("raw");
  write(writer);
  return writer.copy();
}

/** A Serf message as a packet. */
function user(write: (writer: MsgpackWriter) => void): Uint8Array {
  return encoded((writer) => {
    writer.writeByte(messageType.user);
    write(writer);
  });
}

function alive(node: string, incarnation: number, host: number, meta?: Uint8Array): Uint8Array {
  const ip = Uint8Array.of(10, 0, 0, host);
  return encoded((writer) =>
    writeAlive(writer, { node, incarnation, ip, port: 7946, meta, versions })
  );
}

const suspect = (incarnation: number, from: string) =>
  encoded((writer) => writeSuspect(writer, { node: "a", incarnation, from }));

const query = (id: number, name: string, ltime = 1000) =>
  user((writer) =>
    writeQuery(writer, {
      ltime,
      id,
      ip: Uint8Array.of(10, 9, 9, 9),
      port: 7946,
      sourceNode: "x",
      filters: [],
      flags: 0,
      relayFactor: 0,
      timeout: 1_000_000_000n,
      name,
      payload: Uint8Array.of(9, 0xc1),
    })
  );

const event = (ltime: number, name: string) =>
  user((writer) => writeEvent(writer, { ltime, name, payload: undefined, coalesce: false }));

/** The packet of each flood number `i`. */
const floods: Readonly<Record<string, (i: number) => Uint8Array>> = {
  "suspects that are refuted": (i) => suspect(i, "x"),
  "suspects from somebody with a long name": (i) => suspect(i, long),
  "suspects that cannot be refuted": () => suspect(0xffff_ffff, long),
  "deaths that are refuted": (i) =>
    encoded((writer) => writeDead(writer, { node: "a", incarnation: i, from: long })),
  "claims of its own name": (i) => alive("a", i + 2, 1, Uint8Array.of(255, 0x80, i & 255)),
  "claims of its own name from elsewhere": (i) => alive("a", i, 99),
  "members that do not exist": (i) => alive(`ghost-${i}`, 1, i & 255),
  "claims that cannot be true": (i) => alive(`ghost-${i}`, 1, 1, new Uint8Array(600)),
  "broken key queries": (i) => query(i, "_serf_use-key", 1000 + (i >> 8)),
  "unknown queries of Serf": (i) => query(i, `_serf_${i}${"x".repeat(2000)}`, 1000 + (i >> 8)),
  "queries from the future": (i) => query(i, "q", 2 ** 40),
  "too many events of one time": (i) => event(1000, `e${i}`),
  "events from the future": (i) => event(2 ** 40, `e${i}`),
  "old events": (i) => event(i === 0 ? 100_000 : 1, "e"),
  "messages of unknown types": () => user((writer) => writer.writeByte(77)),
  "rubbish": (i) => Uint8Array.of(200, i),
};

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + 20 + new TextEncoder().encode(line).length, 0);
}

for (const [title, packet] of Object.entries(floods)) {
  Deno.test(`A flood of ${title} writes less than 100 kB into the log`, () => {
    const world = new SerfWorld();
    const { core, log } = world.start("a");
    const before = log.lines.length;
    for (let i = 0; i < 5000; i++) {
      core.receivePacket(stranger, packet(i));
      if (i % 10 === 0) world.clock.advance(10);
    }
    const lines = log.lines.slice(before).filter((line) => !line.startsWith("debug"));
    assert(lines.length > 0, "It says nothing");
    assert(bytesOf(lines) < 100_000, `${bytesOf(lines)} bytes`);
  });
}
