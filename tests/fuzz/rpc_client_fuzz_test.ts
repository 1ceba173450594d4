import { ok } from "node:assert/strict";
import { RpcClient } from "../../src/rpc/client.ts";
import { RpcError } from "../../src/rpc/rpc_error.ts";
import { SimClock } from "../../src/sim/sim_clock.ts";
import { type FuzzTarget, testTarget } from "../support/fuzzing.ts";
import { recordedRpc } from "../support/fuzz_seeds.ts";
import { MemoryConnection, settle } from "../support/memory_connection.ts";

/** Waits for an outcome, which must be a value or an `RpcError`. */
async function isTyped(outcome: Promise<unknown>): Promise<void> {
  try {
    await outcome;
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
  }
}

/** Uses a client in many ways against an agent that says what it likes. */
async function use(client: RpcClient): Promise<void> {
  const drain = async (stream: Promise<AsyncIterable<unknown>>) => {
    for await (const _ of await stream);
  };
  await Promise.all([
    client.members(),
    client.stats(),
    client.coordinate("a"),
    client.listKeys(),
    client.membersFiltered({ name: "a" }),
    drain(client.stream("*")),
    drain(client.monitor("DEBUG")),
    drain(client.query("load")),
    client.join(["127.0.0.1"]),
    client.leave(),
  ].map(isTyped));
}

export const target: FuzzTarget = {
  name: "rpc_client",
  seeds: () => recordedRpc("agent to client"),
  async check(input) {
    const [near, far] = MemoryConnection.pair();
    const clock = new SimClock();
    await far.write(input);
    let isOver = false;
    const over = isTyped(RpcClient.over(near, {}, clock).then(use)).then(() => isOver = true);
    await settle(300);
    far.closeWrite();
    await settle(500);
    // Whatever still waits has a limit; nothing may wait for ever once the agent is gone.
    clock.advance(3_600_000);
    await settle(300);
    ok(isOver, "Something still waits");
    await over;
  },
};

testTarget(target, { seed: 20_240_229, inputs: 500, values: 100 });
