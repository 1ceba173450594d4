import { deepStrictEqual, ok } from "node:assert/strict";
import { LimitClock } from "../../../src/rpc/limit_clock.ts";

/** Counts the signals that are waited for. */
function watchSignals(): { count: number } & Disposable {
  const original = AbortSignal.timeout;
  const watch = {
    count: 0,
    [Symbol.dispose]() {
      AbortSignal.timeout = original;
    },
  };
  AbortSignal.timeout = (delay) => {
    watch.count++;
    return original.call(AbortSignal, delay);
  };
  return watch;
}

function pass(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

Deno.test("LimitClock waits with one signal for any number of limits that are called off", () => {
  using signals = watchSignals();
  const clock = new LimitClock();
  for (let i = 0; i < 1000; i++) clock.after(60_000, () => {}).cancel();
  deepStrictEqual(signals.count, 1);
});

Deno.test("LimitClock goes on waiting for the limits that still hold", async () => {
  using signals = watchSignals();
  const clock = new LimitClock();
  const ran: string[] = [];
  clock.after(5, () => ran.push("called off")).cancel();
  clock.after(15, () => ran.push("second"));
  clock.after(8, () => ran.push("first"));
  while (ran.length < 2) await pass(5);
  await pass(30);
  deepStrictEqual(ran, ["first", "second"]);
  ok(signals.count <= 4, `${signals.count} signals`);
});
