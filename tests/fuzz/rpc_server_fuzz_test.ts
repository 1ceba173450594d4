import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  arrivalLimit,
  introductionLimit,
  requestLimit,
} from "../../src/agent/clients/rpc_session.ts";
import { MsgpackError } from "../../src/bytes/msgpack_reader.ts";
import { FrameError, ValueSplitter } from "../../src/rpc/frames.ts";
import { type FuzzTarget, mayThrow, testTarget } from "../support/fuzzing.ts";
import { recordedRpc } from "../support/fuzz_seeds.ts";
import { settle } from "../support/memory_connection.ts";
import { ServedClient } from "../support/served_client.ts";

const token = "sesame";

/** Cuts input into values, arriving in chunks; what came before a mistake counts. */
function split(input: Uint8Array, chunkSize: number): string[] {
  const splitter = new ValueSplitter(10_000);
  const values: string[] = [];
  mayThrow([MsgpackError, FrameError], () => {
    for (let at = 0; at < input.length; at += chunkSize) {
      splitter.push(input.subarray(at, at + chunkSize));
      for (let value = splitter.take(); value; value = splitter.take()) values.push(value.toHex());
    }
  });
  return values;
}

/** Serves a client that sends the input, says nothing for long, and goes. */
async function serve(input: Uint8Array, authKey: string): Promise<void> {
  const client = new ServedClient(authKey);
  let isOver = false;
  const done = client.done.then(() => isOver = true);
  try {
    await client.end.write(input);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
  await settle(500);
  client.clock.advance(introductionLimit + arrivalLimit);
  client.end.takeAll();
  await settle(100);
  client.session.close();
  await settle(500);

  ok(isOver, "The session does not end");
  await done;
  strictEqual(client.agent.listenerCount, 0);
  strictEqual(client.agent.logFeed.listenerCount, 0);
  strictEqual(client.clock.pending, 0);
  if (authKey === "") return;
  strictEqual(client.agent.calls.length, 0, "A client without the token reached the agent");
  for (const line of client.lines) ok(!line.includes(authKey), "The token got into the log");
}

export const target: FuzzTarget = {
  name: "rpc_server",
  seeds: () => recordedRpc("client to agent"),
  async check(input) {
    await serve(input, "");
    await serve(input, token);
  },
  properties: {
    "finds the same values however they arrive": fc.property(
      fc.constantFrom(...recordedRpc("client to agent")),
      fc.integer({ min: 1, max: 40 }),
      (input, chunkSize) => {
        strictEqual(split(input, chunkSize).join(), split(input, requestLimit).join());
      },
    ),
  },
};

testTarget(target, { seed: 20_240_229, inputs: 300, values: 100 });
