/** What a timer costs among few and among many. */

import { TimerQueue } from "../../src/ports/timer_queue.ts";

for (const size of [10, 1000, 100_000]) {
  const queue = new TimerQueue();
  let time = 0;
  const action = () => {};
  for (let i = 0; i < size; i++) queue.add(1e9 + i, action);
  Deno.bench(`book and cancel among ${size}`, { group: "cancel" }, () => {
    queue.add(time++, action).cancel();
  });
  const running = new TimerQueue();
  for (let i = 0; i < size; i++) running.add(i, action);
  let now = size;
  Deno.bench(`book and run among ${size}`, { group: "run" }, () => {
    running.add(now++, action);
    running.takeDue(now)?.();
  });
}
