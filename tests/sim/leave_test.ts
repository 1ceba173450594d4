/** The graceful leave: everybody takes who leaves for one that left, and it may come back. */

import { ok, strictEqual } from "node:assert/strict";
import { statusOf, story } from "../support/stories.ts";

const file = "leave_test.ts";
const minute = 60_000;

story("everybody takes a member that leaves for one that left", { file, members: 8 }, (cluster) => {
  let leftAt: number | undefined;
  const startedAt = cluster.clock.now();
  cluster.leave(4, () => leftAt = cluster.clock.now());
  ok(cluster.settle(2 * minute) !== undefined);
  ok(leftAt !== undefined && leftAt - startedAt <= 11_000, "leaving takes two timeouts at most");
  const isLeft = () =>
    cluster.running().every(({ index }) => statusOf(cluster, index, 4) === "left");
  ok(cluster.clock.advanceUntil(isLeft, 5 * minute), "some take it for failed");
});

story("a member that left comes back, and its old leave does not count again", {
  file,
  members: 6,
}, (cluster) => {
  cluster.leave(2);
  ok(cluster.settle(2 * minute) !== undefined);
  cluster.start(2);
  cluster.joinUntilDone(2, [0, 1, 3]);
  ok(cluster.settle(2 * minute) !== undefined);
  cluster.clock.advance(2 * minute);
  ok(cluster.isAgreed());
});

story("a member that hardly anybody hears leaves in time all the same", {
  file,
  members: 6,
}, (cluster) => {
  cluster.network.impair((from) => from === "10.0.0.3:7946" ? 0.9 : 0);
  const startedAt = cluster.clock.now();
  let took = Infinity;
  cluster.leave(2, () => took = cluster.clock.now() - startedAt);
  cluster.clock.advance(minute);
  ok(took <= 11_000, `it took ${took} ms`);
  ok(cluster.settle(3 * minute) !== undefined);
  strictEqual(cluster.member(2).core, undefined);
});

story(
  "several members leave at once, and the rest stays together",
  { file, members: 9 },
  (cluster) => {
    for (const index of [1, 3, 5, 7]) cluster.leave(index);
    ok(cluster.settle(3 * minute) !== undefined);
    strictEqual(cluster.running().length, 5);
  },
);
