/**
 * Members that leave, one after the other: how long each waits until it may go (without the
 * second that it lingers), when the last other has seen it leave, what that costs, and how
 * many were not warned: the leave came no later to them than the intent. HashiCorp's members
 * would take that for a failure at first.
 */

import { type GossipTuning, gossipTuning } from "../../../src/memberlist/gossip_tuning.ts";
import type { Milliseconds } from "../../../src/ports/clock.ts";
import { type SerfConfig, serfDefaults } from "../../../src/serf/config.ts";
import { referenceTicks } from "../../../src/sim/reference_ticks.ts";
import type { SimCluster } from "../../../src/sim/sim_cluster.ts";
import { greatest, mean, median } from "../../lab/statistics.ts";
import { letSettle, settled } from "../../lab/settled_cluster.ts";
import { asItIs, lossy, type Trial, vary } from "./trial.ts";

/** Only the leaving member gossips as a trial says: the constants concern no other one. */
const lossless: readonly Trial[] = [
  asItIs,
  ...vary("mostAsked", 0, Infinity),
  ...vary("awaitedIntervals", 1 / 4, 1 / 2, 2),
];
const trials = [...lossless, ...lossy(lossless)];
const titles = [
  ...["gossip", "may go p50, ms", "last, ms", "seen by all p50, ms", "last, ms"],
  ...["packets per member", "unwarned"],
];

/** What is remembered of members that left would not let them leave as freshly again. */
const forgetful: Partial<SerfConfig> = {
  reapInterval: 1000,
  tombstoneTimeout: 3000,
  recentIntentTimeout: 5000,
};

/** How long a leave and all that it causes may take. */
const longest: Milliseconds = 15_000;

interface Leave {
  readonly mayGo: Milliseconds;
  /** When the last other member saw it. */
  readonly seen: Milliseconds;
  readonly unwarned: number;
  readonly packets: number;
}

/**
 * The table's rows, titles first.
 *
 * @param count how many members leave in each trial.
 * @param ticking makes every second member gossip at ticks, as HashiCorp's do.
 */
export function leaves(members: number, count: number, ticking: boolean): string[][] {
  const visits = new Visits(members, ticking);
  const done = trials.map((): Leave[] => []);
  for (let round = 0; round < count; round++) {
    // Those that keep to ticks are at the odd places.
    const index = 2 * round % members;
    visits.end(index);
    for (const [i, trial] of trials.entries()) done[i]!.push(visits.visit(index, trial));
    visits.begin(index);
  }
  return [titles, ...trials.map(({ name }, i) => [name, ...cells(done[i]!, members)])];
}

function cells(leaves: readonly Leave[], members: number): string[] {
  const mayGo = leaves.map((leave) => leave.mayGo);
  const seen = leaves.map((leave) => leave.seen);
  return [
    ...[median(mayGo), greatest(mayGo), median(seen), greatest(seen)].map((ms) => ms.toFixed(0)),
    (mean(leaves.map(({ packets }) => packets)) / members).toFixed(2),
    String(leaves.reduce((sum, { unwarned }) => sum + unwarned, 0)),
  ];
}

/** A cluster in which one member at a time goes and comes back. */
class Visits {
  readonly #cluster: SimCluster;
  #leaver = "";
  /** The numbers of the members that know of the leaver's intent. */
  readonly #warned = new Set<number>();
  /** How the next member to start gossips. */
  #tuning: Partial<GossipTuning> = {};

  constructor(members: number, ticking: boolean) {
    this.#cluster = settled(members, {
      membership: (index) => ({
        gossipTuning: {
          ...ticking && index % 2 === 1 ? referenceTicks(`node-${index}`) : gossipTuning,
          ...this.#tuning,
        },
      }),
      settings: () => forgetful,
      afterTurn: ({ core, index }) => {
        const status = this.#leaver && core?.member(this.#leaver)?.status;
        if (status === "leaving") this.#warned.add(index);
      },
    });
  }

  /** Lets a member come and leave again. */
  visit(index: number, { loss = 0, tuning = {} }: Trial): Leave {
    this.begin(index, tuning);
    const { network: { quality, tally }, clock } = this.#cluster;
    quality.loss = loss;
    const idleFrom = tally.packetsSent;
    clock.advance(longest);
    const idle = tally.packetsSent - idleFrom;
    const leave = this.end(index);
    quality.loss = 0;
    return { ...leave, packets: leave.packets - idle };
  }

  begin(index: number, tuning: Partial<GossipTuning> = {}): void {
    this.#tuning = tuning;
    this.#cluster.start(index);
    this.#cluster.joinUntilDone(index, [(index + 1) % this.#cluster.members.length]);
    letSettle(this.#cluster);
  }

  end(index: number): Leave {
    const { clock, network: { tally } } = this.#cluster;
    const startedAt = clock.now();
    const before = tally.packetsSent;
    const { name } = this.#cluster.member(index);
    this.#leaver = name;
    this.#warned.clear();
    let mayGo = NaN;
    this.#cluster.leave(index, () => {
      mayGo = clock.now() - startedAt - serfDefaults.leavePropagateDelay;
    });
    clock.advance(longest);
    this.#leaver = "";
    this.#warned.delete(index);
    const seen = this.#seenSince(startedAt, name);
    return {
      mayGo,
      seen: greatest(seen),
      unwarned: seen.length - this.#warned.size,
      packets: tally.packetsSent - before,
    };
  }

  /** How long each of those that saw a member leave took to see it. */
  #seenSince(startedAt: Milliseconds, name: string): Milliseconds[] {
    return this.#cluster.running().flatMap(({ events }) => {
      const leave = events.find(({ at, event }) =>
        at >= startedAt && event.type === "member-leave" && event.members[0]?.name === name
      );
      return leave ? [leave.at - startedAt] : [];
    });
  }
}
