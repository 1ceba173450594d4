/** Events at members of a simulated cluster, and when they reached the last one. */

import type { Milliseconds } from "../../../src/ports/clock.ts";
import type { SimCluster } from "../../../src/sim/sim_cluster.ts";

interface EventTimes {
  /** How long each took to the last member, but for those that did not reach all. */
  readonly last: readonly Milliseconds[];
  /** How often a member did not get one. */
  readonly missing: number;
}

/**
 * Fires events called e0, e1, and so on, each at some member.
 *
 * @param size the bytes of their payloads.
 * @param pause how long to wait after each.
 * @returns when each was fired.
 */
export function fireEvents(
  cluster: SimCluster,
  events: number,
  size: number,
  pause: () => Milliseconds,
): Milliseconds[] {
  const { clock, members, random } = cluster;
  return Array.from({ length: events }, (_, i) => {
    const firedAt = clock.now();
    const core = cluster.core(random.below(members.length));
    core.userEvent(`e${i}`, new Uint8Array(size), { coalesce: false });
    clock.advance(pause());
    return firedAt;
  });
}

/** Looks up the events that `fireEvents` fired at these times. */
export function eventTimes(cluster: SimCluster, firedAt: readonly Milliseconds[]): EventTimes {
  const received = cluster.members.flatMap(({ events }) =>
    events.flatMap(({ at, event }) => event.type === "user" ? [{ at, name: event.name }] : [])
  );
  const byName = Map.groupBy(received, ({ name }) => name);
  const members = cluster.members.length;
  const last: Milliseconds[] = [];
  let missing = 0;
  for (const [i, time] of firedAt.entries()) {
    const times = (byName.get(`e${i}`) ?? []).map(({ at }) => at);
    missing += members - times.length;
    if (times.length === members) last.push(Math.max(...times) - time);
  }
  return { last, missing };
}
