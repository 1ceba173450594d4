/** What it costs to hold broadcasts and to fill packets with them. */

import {
  BroadcastQueue,
  type QueueOrder,
} from "../../src/memberlist/broadcasts/broadcast_queue.ts";

const budget = 1400;
const overhead = 3;
const message = new Uint8Array(66);

for (const order of ["longest-first", "oldest-first"] satisfies QueueOrder[]) {
  for (const waiting of [10, 100, 1000]) {
    const queue = new BroadcastQueue(4, () => 100, { order });
    Deno.bench(`fill a packet, ${waiting} wait, ${order}`, { group: `fill ${waiting}` }, () => {
      while (queue.length < waiting) queue.add({ message });
      queue.take(overhead, budget, () => {});
    });
  }
}

Deno.bench("replace a broadcast about the same member among 1000", () => {
  replaced.add({ message, name: "n7" });
});
const replaced = new BroadcastQueue(4, () => 100);
for (let i = 0; i < 1000; i++) replaced.add({ message, name: `n${i}` });
