import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { MsgpackReader } from "../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import { PushPull } from "../../../src/memberlist/push_pull.ts";
import { StreamResponder } from "../../../src/memberlist/stream_responder.ts";
import { boundedLog } from "../../../src/ports/bounded_log.ts";
import { readFullState, writeFullState } from "../../../src/wire/full_state.ts";
import type { Envelope } from "../../../src/wire/packet.ts";
import { writePing } from "../../../src/wire/pings.ts";
import { openReply, sealRequest } from "../../../src/wire/stream_message.ts";
import { readErrorMessage, writeUserMessage } from "../../../src/wire/user_message.ts";
import { aliveClaim, describeMessage, MemberlistParts } from "../../support/memberlist_parts.ts";

const peer = { host: "10.0.0.98", port: 41_234 };
const key = new Uint8Array(16).fill(1);

function build(envelope: Partial<Envelope> = {}) {
  const parts = new MemberlistParts({}, envelope);
  const responder = new StreamResponder({
    ...parts,
    log: boundedLog(parts.log, parts.clock),
    pushPull: new PushPull(parts),
  });
  /** Sends a message as a peer with these settings would, and opens what comes back. */
  const ask = (message: Uint8Array, overrides: Partial<Envelope> = {}) => {
    const theirs = { ...parts.envelope, ...overrides };
    const request = sealRequest(message, theirs, parts.random).slice();
    let reply: Uint8Array | undefined;
    responder.respond(peer, request, (borrowed) => reply = borrowed?.slice());
    request.fill(0xdb);
    return reply && openReply(reply, parts.envelope).slice();
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
    writeFullState(writer, {
      joining: true,
      nodes: [{ ...node, state: "alive" }],
      userState: Uint8Array.of(3),
    })
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
  deepStrictEqual(readFullState(reader).nodes.map(({ name }) => name), ["self"]);
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
