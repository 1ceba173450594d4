/**
 * What is to go wrong in a simulation, and when: random, but a plain list that a
 * seed determines, so that it can be printed and replayed.
 */

import type { Milliseconds } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";

/** Something that befalls one member. */
interface MemberFault {
  readonly at: Milliseconds;
  readonly member: number;
}

/** A state of affairs that passes. */
interface PassingFault {
  readonly at: Milliseconds;
  readonly duration: Milliseconds;
}

/** One thing that goes wrong, or that users do. Times count from the start of the plan. */
export type Fault =
  /** The process is killed, loses the last lines of its snapshot, and may be started again. */
  | MemberFault & {
    readonly kind: "crash";
    readonly lostLines: number;
    readonly downtime: Milliseconds | undefined;
  }
  /** The member leaves gracefully, and may be started again. */
  | MemberFault & { readonly kind: "leave"; readonly downtime: Milliseconds | undefined }
  /** The process takes no turn for a while. */
  | MemberFault & PassingFault & { readonly kind: "freeze" }
  /** Every turn of the process takes a while. */
  | MemberFault & PassingFault & { readonly kind: "slow"; readonly turnCost: Milliseconds }
  /** Some members and the others do not reach each other. */
  | PassingFault & { readonly kind: "cut"; readonly members: readonly number[] }
  /** Some members do not reach the others, but the others reach them. */
  | PassingFault & { readonly kind: "one-way-cut"; readonly members: readonly number[] }
  /** Much of what one member sends is lost. */
  | PassingFault & MemberFault & { readonly kind: "one-way-loss"; readonly share: number }
  /** Part of all datagrams is lost. */
  | PassingFault & { readonly kind: "loss"; readonly share: number }
  /** Part of all datagrams arrives twice. */
  | PassingFault & { readonly kind: "duplication"; readonly share: number }
  /** Datagrams overtake each other. */
  | PassingFault & { readonly kind: "reordering"; readonly jitter: Milliseconds }
  /** Everything takes long. */
  | PassingFault & { readonly kind: "latency"; readonly latency: Milliseconds }
  /** A user fires an event, or very many of them. */
  | MemberFault & { readonly kind: "event"; readonly name: string; readonly count: number }
  /** A user asks everybody. */
  | MemberFault & { readonly kind: "query"; readonly relayFactor: number }
  /** A user gives the member other tags. */
  | MemberFault & { readonly kind: "tags"; readonly value: string }
  /** A user makes another member leave that may well be alive. */
  | MemberFault & {
    readonly kind: "force-leave";
    readonly target: number;
    readonly prune: boolean;
  };

/** The kinds of things that can go wrong. */
export type FaultKind = Fault["kind"];

/** Every kind, in a fixed order. */
export const faultKinds = [
  "crash",
  "leave",
  "freeze",
  "slow",
  "cut",
  "one-way-cut",
  "one-way-loss",
  "loss",
  "duplication",
  "reordering",
  "latency",
  "event",
  "query",
  "tags",
  "force-leave",
] as const satisfies readonly FaultKind[];

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
  const { count, duration } = options;
  const faults = Array.from({ length: count }, (_, i) => {
    const at = Math.floor(random.uniform() * duration);
    return makeFault(random, faultKinds[random.below(faultKinds.length)]!, at, i, options);
  });
  return faults.sort((a, b) => a.at - b.at);
}

function makeFault(
  random: Random,
  kind: FaultKind,
  at: Milliseconds,
  number: number,
  { members, duration }: FaultPlanOptions,
): Fault {
  const member = random.below(members);
  const between = (low: number, high: number) => low + random.below(high - low + 1);
  // Too short to be noticed, long enough to be given up, or as long as the plan.
  const passing = { at, duration: between(200, Math.max(1000, duration)) };
  const downtime = random.below(4) === 0 ? undefined : between(0, 30_000);
  switch (kind) {
    case "crash":
      return { kind, at, member, lostLines: random.below(2) * random.below(5), downtime };
    case "leave":
      return { kind, at, member, downtime };
    case "freeze":
      return { kind, ...passing, member };
    case "slow":
      return { kind, ...passing, member, turnCost: between(1, 60) };
    case "cut":
    case "one-way-cut":
      return { kind, ...passing, members: someOf(random, members) };
    case "one-way-loss":
      return { kind, ...passing, member, share: between(3, 9) / 10 };
    case "loss":
      return { kind, ...passing, share: between(1, 5) / 10 };
    case "duplication":
      return { kind, ...passing, share: between(1, 10) / 10 };
    case "reordering":
      return { kind, ...passing, jitter: between(50, 1000) };
    case "latency":
      return { kind, ...passing, latency: between(20, 600) };
    case "event":
      return { kind, at, member, name: `event-${number}`, count: random.below(4) === 0 ? 60 : 1 };
    case "query":
      return { kind, at, member, relayFactor: random.below(3) };
    case "tags":
      // Long or short: the core keeps the two kinds differently.
      return { kind, at, member, value: `v${number}`.repeat(1 + 40 * random.below(2)) };
    case "force-leave":
      return { kind, at, member, target: random.below(members), prune: random.below(2) === 0 };
  }
}

/** Returns at least one member and not all, if there are two. */
function someOf(random: Random, members: number): number[] {
  const chosen = Array.from({ length: members }, (_, i) => i)
    .filter(() => random.below(2) === 0);
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
