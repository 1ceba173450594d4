import { strictEqual } from "node:assert/strict";
import { pause } from "../../../src/agent/pause.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";
import { settle } from "../../support/memory_connection.ts";

Deno.test("pause() ends in time, or as soon as it is called off", async () => {
  const clock = new SimClock();
  const stopping = new AbortController();
  let ended = 0;
  const wait = (duration: number) => pause(clock, duration, stopping.signal).then(() => ended++);
  const all = [wait(1000), wait(5000)];
  clock.advance(1000);
  await settle();
  strictEqual(ended, 1);
  stopping.abort();
  await Promise.all(all);
  strictEqual(clock.pending, 0);
  await wait(1000);
  strictEqual(ended, 3);
});
