import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { BroadcastQueue } from "../../../../src/memberlist/broadcasts/broadcast_queue.ts";

const here = { host: "10.0.0.1", port: 1 };
const there = { host: "10.0.0.2", port: 1 };

/** Takes once and returns the first bytes of what came out. */
function take(queue: BroadcastQueue, budget = 1000, to = here): (number | undefined)[] {
  const taken: (number | undefined)[] = [];
  queue.take(2, budget, (message) => taken.push(message[0]), [to]);
  return taken;
}

Deno.test("BroadcastQueue counts what waits, what is unsent and what is awaited", () => {
  const queue = new BroadcastQueue(2, () => 5);
  const counts = () => [queue.length, queue.bytes, queue.unsent, queue.awaited];
  queue.add({ message: Uint8Array.of(1, 1), finished() {} });
  queue.add({ message: Uint8Array.of(2, 2, 2), name: "a" });
  deepStrictEqual(counts(), [2, 5, 2, 1]);
  queue.add({ message: Uint8Array.of(3), name: "a" });
  deepStrictEqual(counts(), [2, 3, 2, 1]);
  take(queue);
  deepStrictEqual(counts(), [2, 3, 0, 1]);
  take(queue);
  deepStrictEqual(counts(), [0, 0, 0, 0]);

  queue.add({ message: Uint8Array.of(4), finished() {} });
  queue.prune(0);
  deepStrictEqual(counts(), [0, 0, 0, 0]);
  queue.add({ message: Uint8Array.of(5), finished() {} });
  queue.clear();
  deepStrictEqual(counts(), [0, 0, 0, 0]);
});

Deno.test("BroadcastQueue.newest tells to whom the newest message is known", () => {
  const queue = new BroadcastQueue(4, () => 5);
  const newest = () => {
    const { newest } = queue;
    return newest && [newest.transmits, newest.isKnownTo({ ...there }), newest.isKnownTo(here)];
  };
  strictEqual(newest(), undefined);
  queue.add({ message: Uint8Array.of(1) });
  deepStrictEqual(newest(), [0, false, false]);
  const first = queue.newest;
  queue.add({ message: Uint8Array.of(2), from: there });
  deepStrictEqual(newest(), [0, true, false]);
  take(queue);
  deepStrictEqual(newest(), [1, true, true]);
  // Of the others it keeps no record: a large cluster has thousands of them.
  strictEqual(first?.isKnownTo(here), false);

  for (let i = 0; i < 3; i++) take(queue);
  strictEqual(newest(), undefined);
});

Deno.test("BroadcastQueue.take() counts a copy for each receiver, and exceeds no limit", () => {
  const queue = new BroadcastQueue(4, () => 5);
  const takeForAll = (...to: { host: string; port: number }[]) => {
    const taken: (number | undefined)[] = [];
    queue.take(2, 1000, (message) => taken.push(message[0]), to);
    return taken;
  };
  queue.add({ message: Uint8Array.of(1) });
  deepStrictEqual(takeForAll(here, there, { host: "10.0.0.3", port: 1 }), [1]);
  strictEqual(queue.newest?.transmits, 3);
  deepStrictEqual(takeForAll(here, there), []);
  deepStrictEqual(takeForAll(here), [1]);
  strictEqual(queue.length, 0);
});

Deno.test("BroadcastQueue.onAdd runs when the addition is complete", () => {
  const queue = new BroadcastQueue(4, () => 5);
  const lengths: number[] = [];
  queue.onAdd = () => lengths.push(queue.length);
  queue.add({ message: Uint8Array.of(1), name: "a" });
  queue.add({ message: Uint8Array.of(2), name: "a" });
  deepStrictEqual(lengths, [1, 1]);
});

Deno.test("BroadcastQueue tells the oldest of the least told first, if it is to", () => {
  const queue = new BroadcastQueue(4, () => 5, { order: "oldest-first" });
  for (let i = 1; i <= 5; i++) queue.add({ message: new Uint8Array(10 + i).fill(i) });
  deepStrictEqual(take(queue, 30), [1, 2]);
  deepStrictEqual(take(queue, 50), [3, 4, 5]);
  deepStrictEqual(take(queue, 50), [1, 2, 3]);
});

Deno.test("BroadcastQueue hands out each message as often as its limit says, whatever the order", () => {
  for (const order of ["longest-first", "oldest-first"] as const) {
    const queue = new BroadcastQueue(4, () => 5, { order });
    const counts = new Map<number | undefined, number>();
    for (let i = 0; i < 300; i++) {
      if (i < 100) queue.add({ message: new Uint8Array(1 + i % 7).fill(i) });
      for (const id of take(queue, 20)) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    strictEqual(queue.length, 0, order);
    deepStrictEqual([...new Set(counts.values())], [4], order);
    strictEqual(counts.size, 100, order);
  }
});

Deno.test("BroadcastQueue.add() lets no message wait that no packet can carry", () => {
  const queue = new BroadcastQueue(4, () => 5, { order: "oldest-first", maxLength: 100 });
  const finished: string[] = [];
  queue.add({ message: new Uint8Array(101), finished: () => finished.push("too long") });
  queue.add({ message: new Uint8Array(100), finished: () => finished.push("fits") });
  deepStrictEqual(finished, ["too long"]);
  deepStrictEqual([queue.length, queue.bytes, queue.unsent], [1, 100, 1]);
});

Deno.test("BroadcastQueue loses none of several alike that are added while it is emptied", () => {
  // Equal in length and number of tellings, they differ only by the order of their arrival.
  const queue = new BroadcastQueue(4, () => 5);
  const told = new Array<number>(20).fill(0);
  let added = 0;
  const addOne = () => {
    if (added < told.length) queue.add({ message: Uint8Array.of(added++) });
  };
  addOne();
  while (queue.length > 0) {
    let isFirst = true;
    queue.take(2, 1000, (message) => {
      told[message[0]!]!++;
      // The queue is empty for a moment here, with the message to be put back.
      if (isFirst) addOne();
      isFirst = false;
    });
    addOne();
  }
  deepStrictEqual(told, told.map(() => 4));
});

Deno.test("BroadcastQueue.take() keeps the turn of what goes along its tree, with that packet only", () => {
  const queue = new BroadcastQueue(4, () => 5);
  queue.add({ message: Uint8Array.of(1) });
  queue.noteSentAlongTree();
  deepStrictEqual([queue.unsent, queue.sentAlongTree], [0, 1]);
  queue.take(2, 1000, () => {}, [here], { alongTree: queue.newest! });
  strictEqual(queue.newest?.transmits, 0);
  take(queue);
  strictEqual(queue.newest?.transmits, 1);
  take(queue);
  take(queue);
  strictEqual(queue.length, 0, "the packet along the tree counts towards the limit");

  // A member without children sends nothing along the tree.
  queue.add({ message: Uint8Array.of(2) });
  queue.noteSentAlongTree();
  take(queue);
  strictEqual(queue.newest?.transmits, 1);
});

Deno.test("BroadcastQueue.take() ends when a message is not taken, and keeps it", () => {
  const queue = new BroadcastQueue(4, () => 5, { order: "oldest-first" });
  for (let i = 1; i <= 3; i++) queue.add({ message: Uint8Array.of(i) });
  let room = 2;
  queue.take(2, 1000, () => room-- > 0);
  deepStrictEqual([queue.length, queue.unsent], [3, 1]);
  deepStrictEqual(take(queue, 3), [3]);
});
