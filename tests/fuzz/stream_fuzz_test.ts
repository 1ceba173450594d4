import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import { complete } from "../../src/bytes/steps.ts";
import { SimRandom } from "../../src/sim/sim_random.ts";
import { type NodeStatus, readFullState, writeFullState } from "../../src/wire/full_state.ts";
import { messageType } from "../../src/wire/message_type.ts";
import type { Envelope } from "../../src/wire/packet.ts";
import { readAck, readPing } from "../../src/wire/pings.ts";
import { StreamFramer } from "../../src/wire/stream_framer.ts";
import { openReply, openRequest, sealReply, sealRequest } from "../../src/wire/stream_message.ts";
import {
  readErrorMessage,
  readUserMessage,
  writeErrorMessage,
  writeUserMessage,
} from "../../src/wire/user_message.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { type FuzzTarget, mayThrow, records, testTarget } from "../support/fuzzing.ts";
import { plainEnvelope } from "../../scripts/lab/plain_envelope.ts";
import { recordedStreams } from "../support/fuzz_seeds.ts";

const sealed: Envelope = {
  ...plainEnvelope,
  keys: [new Uint8Array(32).fill(7)],
  label: new TextEncoder().encode("blue"),
  compression: true,
};

function read(message: Uint8Array): unknown {
  const reader = new MsgpackReader(message);
  switch (reader.takeByte()) {
    case messageType.ping:
      return readPing(reader);
    case messageType.ack:
      return readAck(reader);
    case messageType.pushPull:
      return complete(readFullState(reader));
    case messageType.user:
      return readUserMessage(reader);
    case messageType.error:
      return readErrorMessage(reader);
    default:
      return undefined;
  }
}

/** What a framer makes of input that arrives in chunks: the message, or why there is none. */
function frame(
  input: Uint8Array,
  chunkSize: number,
  direction: "request" | "reply",
): Uint8Array | string | undefined {
  const framer = new StreamFramer({ direction, limit: 100_000 });
  try {
    for (let at = 0; at < input.length; at += chunkSize) {
      const message = framer.push(input.slice(at, at + chunkSize));
      if (message) return message.slice();
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return error.reason;
  }
}

const statuses: readonly NodeStatus[] = ["alive", "suspect", "dead", "left"];
const fullStates = records({
  joining: fc.boolean(),
  nodes: fc.array(
    records({
      name: fc.string({ maxLength: 40 }),
      ip: fc.uint8Array({ minLength: 4, maxLength: 16 }),
      port: fc.nat(0xffff),
      incarnation: fc.nat(0xffff_ffff),
      meta: fc.option(fc.uint8Array({ maxLength: 512 }), { nil: undefined }),
      state: fc.constantFrom(...statuses),
      versions: fc.uint8Array({ minLength: 6, maxLength: 6 }),
    }),
    { maxLength: 40 },
  ),
  userState: fc.uint8Array({ maxLength: 3000 }),
});

/** Carries a message through envelope, chunks and framer, and reads it at the other end. */
function carry(
  message: Uint8Array,
  envelope: Envelope,
  chunkSize: number,
  direction: "request" | "reply",
): unknown {
  const [seal, open] = direction === "request"
    ? [sealRequest, openRequest]
    : [sealReply, openReply];
  const framed = frame(seal(message, envelope, new SimRandom(1)).slice(), chunkSize, direction);
  if (!(framed instanceof Uint8Array)) throw new Error(`No message: ${framed}`);
  return read(complete(open(framed, envelope)));
}

const ways = [
  fc.constantFrom(plainEnvelope, sealed, { ...plainEnvelope, compression: true }),
  fc.integer({ min: 1, max: 5000 }),
  fc.constantFrom<"request" | "reply">("request", "reply"),
] as const;

export const target: FuzzTarget = {
  name: "stream",
  seeds: recordedStreams,
  check(input) {
    for (const direction of ["request", "reply"] as const) {
      const whole = frame(input, input.length || 1, direction);
      // A chunk may show a later mistake before an earlier byte count is checked, so
      // only messages need to agree, not the reasons why there are none.
      const drops = frame(input, 7, direction);
      deepStrictEqual(
        drops instanceof Uint8Array ? drops : undefined,
        whole instanceof Uint8Array ? whole : undefined,
      );
    }
    for (const envelope of [plainEnvelope, sealed]) {
      mayThrow([WireError], () => read(complete(openRequest(input, envelope))));
      mayThrow([WireError], () => read(complete(openReply(input, envelope))));
    }
    if (input.length === 0) return;
    mayThrow([WireError], () => read(input));
    const request = sealRequest(input, sealed, new SimRandom(1)).slice();
    deepStrictEqual(complete(openRequest(request, sealed)).slice(), input);
  },
  properties: {
    "gives back a push/pull however it arrives": fc.property(
      fullStates,
      ...ways,
      (state, envelope, chunkSize, direction) => {
        const writer = new MsgpackWriter("raw");
        complete(writeFullState(writer, state));
        deepStrictEqual(carry(writer.copy(), envelope, chunkSize, direction), state);
      },
    ),
    "gives back a user message however it arrives": fc.property(
      fc.uint8Array({ maxLength: 5000 }),
      ...ways,
      (payload, envelope, chunkSize, direction) => {
        const writer = new MsgpackWriter("raw");
        writeUserMessage(writer, payload);
        deepStrictEqual(carry(writer.copy(), envelope, chunkSize, direction), payload);
      },
    ),
    "gives back an error": fc.property(
      fc.string({ maxLength: 500 }),
      ways[0],
      ways[1],
      (text, envelope, chunkSize) => {
        const writer = new MsgpackWriter("raw");
        writeErrorMessage(writer, text);
        strictEqual(carry(writer.copy(), envelope, chunkSize, "reply"), text);
      },
    ),
  },
};

testTarget(target);
