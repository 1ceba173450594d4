/**
 * Events while there are many claims to gossip, because all members change their tags at once:
 * how long an event takes to the last member, and how long the tags.
 */

import { percentile } from "../../lab/statistics.ts";
import { eventTimes, fireEvents } from "./event_times.ts";
import { settled } from "../../lab/settled_cluster.ts";
import { asItIs, type Trial, trialRows, tuned, vary } from "./trial.ts";

const trials: readonly Trial[] = [
  asItIs,
  ...vary("userShare", 0, 1 / 16, 1 / 8, 1 / 2, 1),
];
const titles = ["event p50, ms", "event p99, ms", "missing", "all have all tags, ms"];

/** How many events are fired, `pause` milliseconds apart. */
const events = 50;
const pause = 2;

export function claims(members: number): string[][] {
  return trialRows(titles, trials, (trial) => {
    const cluster = settled(members, tuned(trial));
    const { clock } = cluster;
    const startedAt = clock.now();
    for (const { index } of cluster.members) {
      cluster.core(index).setTags({ role: "web", version: `${index}-${"v".repeat(64)}` }, () => {});
    }
    const firedAt = fireEvents(cluster, events, 128, () => pause);
    clock.advance(60_000);
    const { last, missing } = eventTimes(cluster, firedAt);
    const updated = cluster.members.flatMap(({ events }) =>
      events.filter(({ event }) => event.type === "member-update").map(({ at }) => at)
    );
    return [
      percentile(last, 0.5).toFixed(1),
      percentile(last, 0.99).toFixed(1),
      String(missing),
      updated.length === members ** 2 ? (percentile(updated, 1) - startedAt).toFixed(0) : "never",
    ];
  });
}
