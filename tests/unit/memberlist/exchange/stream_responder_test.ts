import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { MsgpackReader } from "../../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../../src/bytes/msgpack_writer.ts";
import { complete, itemsPerSlice } from "../../../../src/bytes/steps.ts";
import { PushPull } from "../../../../src/memberlist/exchange/push_pull.ts";
import { maxRequestBytes, requestOverhead } from "../../../../src/memberlist/sliced_work.ts";
import { StreamResponder } from "../../../../src/memberlist/exchange/stream_responder.ts";
import { boundedLog } from "../../../../src/ports/bounded_log.ts";
import { readFullState, writeFullState } from "../../../../src/wire/full_state.ts";
import type { Envelope } from "../../../../src/wire/packet.ts";
import { writePing } from "../../../../src/wire/pings.ts";
import { openReply, sealRequest } from "../../../../src/wire/stream_message.ts";
import { readErrorMessage, writeUserMessage } from "../../../../src/wire/user_message.ts";
import { aliveClaim, describeMessage, MemberlistParts } from "../../../support/memberlist_parts.ts";

const peer = { host: "10.0.0.98", port: 41_234 };
const key = new Uint8Array(16).fill(1);

function build(envelope: Partial<Envelope> = {}) {
  const parts = new MemberlistParts({}, envelope);
  const responder = new StreamResponder({
    ...parts,
    observer: parts.observerFor(boundedLog(parts.log, parts.clock)),
    pushPull: new PushPull(parts),
  });
  /** Sends a message as a peer with these settings would, and opens what comes back. */
  const ask = (message: Uint8Array, overrides: Partial<Envelope> = {}) => {
    const theirs = { ...parts.envelope, ...overrides };
    const request = sealRequest(message, theirs, parts.random).slice();
    let reply: Uint8Array | undefined;
    responder.respond(peer, request, (borrowed) => reply = borrowed?.slice());
    request.fill(0xdb);
    return reply && complete(openReply(reply, parts.envelope)).slice();
  };
  return { ...parts, parts, responder, ask };
}

function message(write: (writer: MsgpackWriter) => void): Uint8Array {
  const writer = new MsgpackWriter("raw");
  write(writer);
  return writer.copy();
}

function ping(node: string): Uint8Array {
  const unsourced = { sourceIp: undefined, sourcePort: 0, sourceNode: "" };
  return message((writer) => writePing(writer, { seq: 7, node, ...unsourced }));
}

function pushPull(versions?: Uint8Array): Uint8Array {
  const { incarnation, ip, meta, node: name, port, ...claim } = aliveClaim("b", 1);
  const node = { name, incarnation, ip, meta, port, versions: versions ?? claim.versions };
  return message((writer) =>
    complete(writeFullState(writer, {
      joining: true,
      nodes: [{ ...node, state: "alive" }],
      userState: Uint8Array.of(3),
    }))
  );
}

function errorText(reply: Uint8Array | undefined): string {
  ok(reply);
  const reader = new MsgpackReader(reply);
  strictEqual(reader.takeByte(), 13);
  return readErrorMessage(reader);
}

Deno.test("StreamResponder acks a ping for this node or for whoever is there, without payload", () => {
  const { ask, delegate } = build();
  delegate.payload = Uint8Array.of(1);
  for (const node of ["self", ""]) {
    const reply = ask(ping(node));
    strictEqual(reply && describeMessage(reply), "ack #7 nil");
  }
  strictEqual(ask(ping("other")), undefined);
});

Deno.test("StreamResponder hands a user message up, and answers nothing", () => {
  const { ask, delegate } = build();
  const payload = Uint8Array.of(4, 5, 6);
  strictEqual(ask(message((writer) => writeUserMessage(writer, payload))), undefined);
  deepStrictEqual(delegate.heard, ["message 040506"]);
});

Deno.test("StreamResponder answers a push/pull with its own and merges the peer's", () => {
  const { ask, delegate, parts } = build();
  const reply = ask(pushPull());
  ok(reply);
  const reader = new MsgpackReader(reply);
  strictEqual(reader.takeByte(), 6);
  deepStrictEqual(complete(readFullState(reader)).nodes.map(({ name }) => name), ["self"]);
  deepStrictEqual(delegate.heard, ["join b", "state 03 joining"]);
  // The request was scribbled over after the answer: nothing of it was kept.
  deepStrictEqual([...parts.member("b").ip], [10, 0, 0, 98]);
});

Deno.test("StreamResponder logs a merge that failed, and answers all the same", () => {
  const { ask, log, parts } = build();
  ok(ask(pushPull(Uint8Array.of(1, 5, 9, 2, 5, 5))));
  strictEqual(parts.standing("b"), "unknown");
  ok(log.has("error Push/pull merge failed: node 'b' protocol version (9) is incompatible"));
});

Deno.test("StreamResponder seals replies as it expects requests", () => {
  const { ask, parts, responder } = build({ keys: [key], label: Uint8Array.of(66) });
  const reply = ask(ping("self"));
  strictEqual(reply && describeMessage(reply), "ack #7 nil");
  const request = sealRequest(ping("self"), parts.envelope, parts.random).slice();
  responder.respond(peer, request, (reply) => strictEqual(reply?.[0], 10));
});

Deno.test("StreamResponder tells a peer of this cluster why it was not understood", () => {
  const { ask, meter } = build({ keys: [key] });
  const plain = ask(ping("self"), { keys: [] });
  strictEqual(errorText(plain), "encryption is configured but remote state is not encrypted");
  ask(ping("self"), { keys: [new Uint8Array(16).fill(2)] });
  strictEqual(meter.counters.get("memberlist.rejected.not-encrypted"), 1);
  strictEqual(meter.counters.get("memberlist.rejected.undecryptable"), 1);
});

Deno.test("StreamResponder has no answer for other clusters", () => {
  const { ask, meter } = build({ label: Uint8Array.of(66) });
  strictEqual(ask(ping("self"), { label: Uint8Array.of(67) }), undefined);
  strictEqual(ask(ping("self"), { label: new Uint8Array(0) }), undefined);
  strictEqual(meter.counters.get("memberlist.rejected.label"), 2);
});

Deno.test("StreamResponder drops messages it cannot read, one log line for each host and reason", () => {
  const { ask, log, parts } = build();
  for (const hex of ["63", "00", "00c3", "06", "0681", "08c1", "04", "0d81"]) {
    for (let i = 0; i < 3; i++) strictEqual(ask(Uint8Array.fromHex(hex)), undefined, hex);
  }
  const lines = log.lines.filter((line) => line.includes("Refusing a stream"));
  strictEqual(new Set(lines).size, lines.length);
  ok(lines.length >= 3 && lines.length <= 4, lines.join("\n"));
  ok(log.has("received invalid msgType (99) from=10.0.0.98:41234"));
  strictEqual(parts.roster.size, 1);
});

Deno.test("StreamResponder does not hide our own mistakes", () => {
  const { ask, delegate } = build();
  delegate.receiveMessage = () => {
    throw new TypeError("a mistake");
  };
  throws(() => ask(message((writer) => writeUserMessage(writer, Uint8Array.of(1)))), TypeError);
});

/** Bytes of one user message that is no short work. */
const longMessage = message((writer) => writeUserMessage(writer, new Uint8Array(1 << 20)));
/** So many long messages fit in all. */
const room = Math.floor(maxRequestBytes / (longMessage.length + requestOverhead));

function crowded() {
  const built = build();
  for (let i = 0; i < 20 * itemsPerSlice; i++) {
    built.membership.alive(aliveClaim(`m${i}`, 1, { ip: Uint8Array.of(10, 1, i >> 8, i & 0xff) }));
  }
  built.parts.forget();
  const heard: string[] = [];
  const tell = (host: string, request: Uint8Array, name = host) =>
    built.responder.respond({ host, port: 1 }, request, (reply) => {
      heard.push(`${name} ${reply ? "answered" : "closed"}`);
    });
  return { ...built, heard, tell };
}

Deno.test("StreamResponder refuses at once what does not fit, and counts it", () => {
  const { clock, delegate, heard, log, meter, tell } = crowded();
  for (let i = 0; i < 3 * room; i++) tell("10.0.0.66", longMessage);
  strictEqual(heard.length, 2 * room);
  strictEqual(meter.counters.get("memberlist.rejected.busy"), 2 * room);
  strictEqual(log.lines.filter((line) => line.includes("Refusing a stream")).length, 1);
  clock.advance(0);
  strictEqual(delegate.heard.length, room);
  tell("10.0.0.66", longMessage);
  clock.advance(0);
  strictEqual(delegate.heard.length, room + 1);
});

Deno.test("StreamResponder takes what other hosts ask, whatever one host asks", () => {
  const { clock, delegate, heard, tell } = crowded();
  for (let i = 0; i < 2 * room; i++) tell("10.0.0.66", longMessage);
  heard.length = 0;
  tell("10.0.0.7", longMessage);
  tell("10.0.0.8", pushPull());
  deepStrictEqual(heard, ["10.0.0.66 closed", "10.0.0.66 closed"].slice(0, heard.length));
  // One after the other would have to wait for all of the flood.
  for (let i = 0; i < 100; i++) clock.step();
  ok(heard.includes("10.0.0.7 closed"), "The message was not heard");
  ok(heard.includes("10.0.0.8 answered"), "The exchange was not answered");
  ok(delegate.heard.includes("join b"));
});

Deno.test("StreamResponder writes its state once for all that ask, and shares the bytes", () => {
  const { clock, parts, responder } = crowded();
  const replies: (Uint8Array | undefined)[] = [];
  const known = new MsgpackWriter("raw");
  complete(writeFullState(known, { joining: true, nodes: [], userState: new Uint8Array(0) }));
  const ask = (i: number) =>
    responder.respond({ host: `10.0.1.${i}`, port: 1 }, known.copy(), (reply) => {
      replies.push(reply);
    });
  ask(0);
  const turns = clock.turns;
  clock.advance(0);
  const once = clock.turns - turns;
  parts.membership.alive(aliveClaim("b", 1));
  for (let i = 1; i <= 100; i++) ask(i);
  clock.advance(0);
  strictEqual(replies.length, 101);
  ok(clock.turns - turns < 2 * once + 102, `${clock.turns - turns} turns instead of ${once}`);
  ok(replies.slice(1).every((reply) => reply === replies[1]));
});

Deno.test("StreamResponder drops an exchange whose stream has ended, and hears messages anyway", () => {
  const { clock, delegate, heard, parts, tell, work } = crowded();
  const end = tell("10.0.0.7", pushPull());
  strictEqual(work.length, 1);
  end();
  deepStrictEqual([work.length, heard], [0, []]);
  clock.advance(0);
  strictEqual(parts.standing("b"), "unknown");

  tell("10.0.0.7", longMessage)();
  clock.advance(0);
  strictEqual(delegate.heard.length, 1);
  const filler = "x".repeat(70_000);
  tell(
    "10.0.0.7",
    message((writer) => {
      const { ip, meta, port, versions } = aliveClaim("b", 1);
      const node = {
        name: filler,
        incarnation: 1,
        ip,
        meta,
        port,
        versions,
        state: "alive",
      } as const;
      complete(
        writeFullState(writer, { joining: true, nodes: [node], userState: new Uint8Array(0) }),
      );
    }),
  )();
  clock.advance(0);
  deepStrictEqual(heard, ["10.0.0.7 closed", "10.0.0.7 closed"]);
  strictEqual(delegate.heard.length, 1);
});

Deno.test("StreamResponder opens an encrypted frame once", () => {
  const { delegate, meter, parts, responder } = build({ keys: [key] });
  const frames = [1, 2].map((mark) =>
    sealRequest(
      message((writer) => writeUserMessage(writer, Uint8Array.of(mark))),
      parts.envelope,
      parts.random,
    ).slice()
  );
  for (const i of [0, 1, 0, 0, 1]) {
    responder.respond(peer, frames[i]!, (reply) => strictEqual(reply, undefined));
  }
  deepStrictEqual(delegate.heard, ["message 01", "message 02"]);
  strictEqual(meter.counters.get("memberlist.rejected.replayed"), 3);
});
