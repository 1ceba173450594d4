/** Exchanges of everything: what gossip misses, or cannot carry at all, they bring. */

import { ok, strictEqual } from "node:assert/strict";
import { SimCluster } from "../../src/sim/sim_cluster.ts";
import { countEvents, statusOf, story } from "../support/stories.ts";

const file = "push_pull_test.ts";
const members = 5;
const pace = { file, members, membership: () => ({ pushPullInterval: 5_000 }) };
const minute = 60_000;

story("without any datagram all news still gets around", pace, (cluster) => {
  cluster.network.filterDatagrams(() => false);
  // Streams alone say who lives, so that one more that is lost now and then is too much.
  cluster.network.quality.loss = 0;
  ok(cluster.core(1).userEvent("deploy", undefined, { coalesce: false }).ok);
  cluster.core(2).setTags({ role: "db" }, () => {});
  const isTold = () =>
    cluster.members.every(({ core, events }) =>
      core!.member("node-2")?.tags.role === "db" &&
      events.some(({ event }) => event.type === "user" && event.name === "deploy")
    );
  ok(cluster.clock.advanceUntil(isTold, 3 * minute));
  strictEqual(countEvents(cluster, "member-failed"), 0);
  strictEqual(countEvents(cluster, "user"), members);
});

story("a member that joins learns all that happened before it came", pace, (cluster) => {
  cluster.crash(4);
  cluster.member(4).journal.replace([]);
  cluster.crash(3);
  cluster.leave(2);
  ok(cluster.settle(2 * minute) !== undefined);
  ok(cluster.core(0).userEvent("deploy", undefined, { coalesce: false }).ok);
  cluster.clock.advance(minute);

  cluster.start(4);
  cluster.joinUntilDone(4, [1]);
  ok(cluster.settle(2 * minute) !== undefined);
  // Whoever is gone is not told to newcomers, but that the others are here is.
  strictEqual(statusOf(cluster, 4, 0), "alive");
  const heard = () =>
    cluster.member(4).events.filter(({ event }) =>
      event.type === "user" && event.name === "deploy"
    );
  ok(cluster.clock.advanceUntil(() => heard().length > 0, minute));
  cluster.clock.advance(minute);
  strictEqual(heard().length, 1);
});

story("an exchange that was cut in half leaves nobody with half a truth", pace, (cluster) => {
  const { clock } = cluster;
  const end = clock.now() + minute;
  // The network breaks and mends all the time, so that many exchanges lose their reply.
  const flicker = (isWhole: boolean) => {
    cluster.network.impair(isWhole ? undefined : (from) => from === "10.0.0.2:7946" ? 1 : 0);
    if (clock.now() < end) clock.after(700, () => flicker(!isWhole));
  };
  flicker(true);
  cluster.core(1).setTags({ v: "2" }, () => {});
  clock.advance(minute + 1000);
  cluster.network.impair(undefined);
  ok(cluster.network.tally.exchangesFailed > 0);
  ok(cluster.settle(3 * minute) !== undefined);
  const isTold = () => cluster.members.every(({ core }) => core!.member("node-1")?.tags.v === "2");
  ok(clock.advanceUntil(isTold, minute));
});

Deno.test("ninety members that join within a moment agree within seconds, whoever gossip missed", () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const cluster = new SimCluster({ members: 90, seed, keepsSnapshots: false });
    cluster.form();
    const took = cluster.settle(minute);
    ok(took !== undefined && took < 5_000, `${took} ms with seed ${seed}`);
  }
});
