/** Probes: direct, over others, over a stream, and what a node learns about itself. */

import { ok, strictEqual } from "node:assert/strict";
import { badWeather, countEvents, statusOf, story } from "../support/stories.ts";

const file = "probe_test.ts";

/** The host of a member, to tell it from others on the network. */
const host = (index: number) => `10.0.0.${index + 1}`;

story("bad weather alone fails nobody", { file, members: 8 }, (cluster) => {
  cluster.clock.advance(90_000);
  strictEqual(countEvents(cluster, "member-failed"), 0);
  ok(cluster.network.tally.packetsLost > 100 && cluster.network.tally.packetsReordered > 100);
});

story("a crash is noticed by everybody, and nobody else is given up", {
  file,
  members: 8,
}, (cluster) => {
  cluster.crash(3);
  ok(cluster.settle(90_000) !== undefined);
  for (const { index } of cluster.running()) strictEqual(statusOf(cluster, index, 3), "failed");
  strictEqual(countEvents(cluster, "member-failed"), 7);
});

story("members that cannot reach each other are kept alive by others that can", {
  file,
  members: 6,
}, (cluster) => {
  const pair = new Set([`${host(0)}:7946`, `${host(1)}:7946`]);
  cluster.network.impair((from, to) => pair.has(from) && pair.has(to) ? 1 : 0);
  cluster.clock.advance(120_000);
  ok(cluster.network.tally.packetsCut > 50);
  strictEqual(countEvents(cluster, "member-failed"), 0);
});

story(
  "two members without datagrams are kept alive by streams",
  { file, members: 2 },
  (cluster) => {
    // Streams are slow in bad weather, and two members have nobody who could help out.
    Object.assign(cluster.network.quality, { ...badWeather, loss: 0 });
    cluster.network.filterDatagrams(() => false);
    cluster.clock.advance(120_000);
    ok(cluster.network.tally.packetsCut > 100 && cluster.network.tally.exchanges > 100);
    strictEqual(countEvents(cluster, "member-failed"), 0);
  },
);

story("one who hears nobody doubts itself; helpers that say so spare the others the doubt", {
  file,
  members: 8,
}, (cluster) => {
  // Quiet weather, so that only the broken member is to blame.
  Object.assign(cluster.network.quality, { ...badWeather, loss: 0, jitter: 1 });
  const deaf = `${host(5)}:7946`;
  cluster.network.impair((_, to) => to === deaf ? 1 : 0);
  cluster.clock.advance(20_000);
  const health = (index: number) => cluster.core(index).inspect().healthScore;
  ok(health(5) >= 4, `the deaf member has ${health(5)}`);
  for (const index of [0, 1, 2, 3, 4, 6, 7]) {
    ok(health(index) <= 1, `node-${index} has ${health(index)}`);
  }
});
