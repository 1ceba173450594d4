import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { retryJoin } from "../../../../src/agent/discovery/retry_join.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";
import { settle } from "../../../support/memory_connection.ts";
import { RecordingLog } from "../../../support/recorders.ts";

/** A join of which the first tries fail. */
function setUp(failures: number, maxAttempts = 0) {
  const clock = new SimClock();
  const log = new RecordingLog();
  const stopping = new AbortController();
  const tries: number[] = [];
  const outcome = retryJoin({
    config: {
      retryJoin: ["a", "b"],
      replayOnJoin: true,
      retryInterval: 30_000,
      retryMaxAttempts: maxAttempts,
    },
    agent: {
      join() {
        tries.push(clock.now());
        return tries.length > failures ? Promise.resolve(2) : Promise.reject(new Error("nobody"));
      },
    },
    log,
    clock,
    signal: stopping.signal,
  });
  const pass = async (duration: number) => {
    await settle();
    clock.advance(duration);
    await settle();
  };
  return { clock, log, stopping, tries, outcome, pass };
}

Deno.test("retryJoin() tries at every interval until somebody answers", async () => {
  const { log, tries, outcome, pass } = setUp(2);
  for (let i = 0; i < 3; i++) await pass(30_000);
  strictEqual(await outcome, true);
  deepStrictEqual(tries, [0, 30_000, 60_000]);
  deepStrictEqual(log.lines, [
    "info Joining cluster...(replay: true)",
    "warn Join failed: nobody, retrying in 30s",
    "info Joining cluster...(replay: true)",
    "warn Join failed: nobody, retrying in 30s",
    "info Joining cluster...(replay: true)",
    "info Join completed. Synced with 2 initial agents",
  ]);
});

Deno.test("retryJoin() gives up at the failure after the last forgiven one", async () => {
  const { log, tries, outcome, pass } = setUp(Infinity, 1);
  await pass(30_000);
  await pass(30_000);
  strictEqual(await outcome, false);
  deepStrictEqual(tries, [0, 30_000]);
  strictEqual(log.lines.at(-1), "error maximum retry join attempts made, exiting");
});

Deno.test("retryJoin() stops waiting when the agent ends", async () => {
  const { clock, stopping, tries, outcome, pass } = setUp(Infinity);
  await pass(1000);
  stopping.abort();
  strictEqual(await outcome, true);
  strictEqual(clock.pending, 0);
  strictEqual(tries.length, 1);
});

Deno.test("retryJoin() does not begin to wait when the agent ended meanwhile", async () => {
  const { clock, stopping, outcome } = setUp(Infinity);
  stopping.abort();
  strictEqual(await outcome, true);
  strictEqual(clock.pending, 0);
});
