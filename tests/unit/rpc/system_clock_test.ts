import assert from "node:assert/strict";
import { systemClock } from "../../../src/rpc/system_clock.ts";

Deno.test("systemClock.after() runs an action once, and never inside the call", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isInside = true;
  systemClock.after(0, () => {
    assert.equal(isInside, false);
    resolve();
  });
  isInside = false;
  await promise;
});

Deno.test("systemClock.after() can be called off, harmlessly twice", async () => {
  const ran: string[] = [];
  const timer = systemClock.after(0, () => ran.push("called off"));
  timer.cancel();
  timer.cancel();
  await new Promise<void>((resolve) => systemClock.after(0, resolve));
  assert.deepEqual(ran, []);
});

Deno.test("systemClock.after() waits for delays that the runtime's timers cannot hold", async () => {
  const ran: string[] = [];
  const timer = systemClock.after(Number.MAX_SAFE_INTEGER, () => ran.push("at once"));
  await new Promise<void>((resolve) => systemClock.after(2, resolve));
  timer.cancel();
  assert.deepEqual(ran, []);
});

Deno.test("systemClock.now() never goes back", () => {
  const before = systemClock.now();
  assert(systemClock.now() >= before);
});
