/**
 * What is to go wrong in a simulation, and when: random, but a plain list that a
 * seed determines, so that it can be printed and replayed.
 */

import type { Milliseconds } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";

/** What chance gives to a fault; each kind takes what it needs. */
interface Draw {
  readonly random: Random;
  /** How many members there are. */
  readonly members: number;
  /** The number of the fault in its plan, before it is sorted. */
  readonly number: number;
  /** The member that it happens to. */
  readonly member: number;
  /** How long what passes lasts. */
  readonly duration: Milliseconds;
  /** How long a member is down; `undefined` for ever. */
  readonly downtime: Milliseconds | undefined;
  /** Draws a whole number from `low` to `high`. */
  between(low: number, high: number): number;
}

/** What goes wrong, or what users do, by kind. */
const details = {
  /** The process is killed, loses the last lines of its snapshot, and may be started again. */
  "crash": ({ member, random, downtime }: Draw) => ({
    member,
    lostLines: random.below(2) * random.below(5),
    downtime,
  }),
  /** The member leaves gracefully, and may be started again. */
  "leave": ({ member, downtime }: Draw) => ({ member, downtime }),
  /** The process takes no turn for a while. */
  "freeze": ({ duration, member }: Draw) => ({ duration, member }),
  /** Every turn of the process takes a while. */
  "slow": ({ duration, member, between }: Draw) => ({ duration, member, turnCost: between(1, 60) }),
  /** Some members and the others do not reach each other. */
  "cut": ({ duration, random, members }: Draw) => ({ duration, members: someOf(random, members) }),
  /** Some members do not reach the others, but the others reach them. */
  "one-way-cut": ({ duration, random, members }: Draw) => ({
    duration,
    members: someOf(random, members),
  }),
  /** Much of what one member sends is lost. */
  "one-way-loss": ({ duration, member, between }: Draw) => ({
    duration,
    member,
    share: between(3, 9) / 10,
  }),
  /** Part of all datagrams is lost. */
  "loss": ({ duration, between }: Draw) => ({ duration, share: between(1, 5) / 10 }),
  /** Part of all datagrams arrives twice. */
  "duplication": ({ duration, between }: Draw) => ({ duration, share: between(1, 10) / 10 }),
  /** Datagrams overtake each other. */
  "reordering": ({ duration, between }: Draw) => ({ duration, jitter: between(50, 1000) }),
  /** Everything takes long. */
  "latency": ({ duration, between }: Draw) => ({ duration, latency: between(20, 600) }),
  /** A user fires an event, or very many of them. */
  "event": ({ member, number, random }: Draw) => ({
    member,
    name: `event-${number}`,
    count: random.below(4) === 0 ? 60 : 1,
  }),
  /** A user asks everybody. */
  "query": ({ member, random }: Draw) => ({ member, relayFactor: random.below(3) }),
  /** A user gives the member other tags, long or short: the core keeps the two differently. */
  "tags": ({ member, number, random }: Draw) => ({
    member,
    value: `v${number}`.repeat(1 + 40 * random.below(2)),
  }),
  /** A user makes another member leave that may well be alive. */
  "force-leave": ({ member, random, members }: Draw) => ({
    member,
    target: random.below(members),
    prune: random.below(2) === 0,
  }),
};

/** The kinds of things that can go wrong. */
export type FaultKind = keyof typeof details;

/** Every kind, in a fixed order. */
export const faultKinds = Object.keys(details) as readonly FaultKind[];

/** A fault of one of these kinds. Times count from the start of the plan. */
export type FaultOf<Kinds extends FaultKind> = {
  [Kind in Kinds]:
    & { readonly kind: Kind; readonly at: Milliseconds }
    & Readonly<ReturnType<typeof details[Kind]>>;
}[Kinds];

/** One thing that goes wrong, or that users do. */
export type Fault = FaultOf<FaultKind>;

/** What a plan is made for. */
export interface FaultPlanOptions {
  readonly members: number;
  /** Everything begins within this time; what passes may end later. */
  readonly duration: Milliseconds;
  /** How many faults there are. */
  readonly count: number;
}

/** Makes a plan, in order of time. */
export function planFaults(random: Random, options: FaultPlanOptions): Fault[] {
  const faults = Array.from({ length: options.count }, (_, i) => makeFault(random, i, options));
  return faults.sort((a, b) => a.at - b.at);
}

function makeFault(random: Random, number: number, options: FaultPlanOptions): Fault {
  const { members, duration } = options;
  const between = (low: number, high: number) => low + random.below(high - low + 1);
  const at = Math.floor(random.uniform() * duration);
  const kind = faultKinds[random.below(faultKinds.length)]!;
  const draw: Draw = {
    random,
    members,
    number,
    between,
    member: random.below(members),
    // Too short to be noticed, long enough to be given up, or as long as the plan.
    duration: between(200, Math.max(1000, duration)),
    downtime: random.below(4) === 0 ? undefined : between(0, 30_000),
  };
  // The table has the details of the same kind.
  return { kind, at, ...details[kind](draw) } as Fault;
}

/** Returns at least one member and not all, if there are two. */
function someOf(random: Random, members: number): number[] {
  const chosen = Array.from({ length: members }, (_, i) => i).filter(() => random.below(2) === 0);
  if (chosen.length === 0 || chosen.length === members) return [random.below(members)];
  return chosen;
}

/** Says in a few words what goes wrong. */
export function describeFault(fault: Fault): string {
  const { kind, at: _at, ...details } = fault;
  const words = Object.entries(details)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${value}`);
  return [kind, ...words].join(", ");
}
