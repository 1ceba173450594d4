/**
 * Many ordeals, each with a seed of its own, and what came of all of them.
 *
 * A swarm that found nothing is worth something only if much happened in it; so
 * its report counts every kind of fault that really took effect.
 */

import { emptyFaultTally, type FaultEffect, faultEffects } from "./fault_injector.ts";
import { type OrdealReport, runOrdeal } from "./ordeal.ts";

/** What came of a swarm. */
export type SwarmReport = ReturnType<typeof runSwarm>;

/** Runs the ordeals of `count` seeds from `first` on; `onReport` gets the report of each. */
export function runSwarm(
  first: number,
  count: number,
  onReport: (report: OrdealReport) => void = () => {},
) {
  /** How often each kind of fault really happened. */
  const faults = emptyFaultTally();
  const failures: OrdealReport[] = [];
  /** How much of the time allowed the ordeals took to agree, 0 to 1, in ascending order. */
  const shares: number[] = [];
  /** How many turns the invariants were checked after. */
  let checks = 0;
  for (let seed = first; seed < first + count; seed++) {
    const report = runOrdeal({ seed });
    for (const kind of faultEffects) faults[kind] += report.faults[kind];
    checks += report.checks;
    if (report.failure) failures.push(report);
    else shares.push((report.agreedAfter ?? 0) / report.bound);
    onReport(report);
  }
  shares.sort((a, b) => a - b);
  return { seeds: count, failures, faults, checks, shares };
}

/** The kinds of faults that never happened. */
export function missingFaults({ faults }: SwarmReport): FaultEffect[] {
  return faultEffects.filter((kind) => faults[kind] === 0);
}

/** Prints what came of a swarm. */
export function describeSwarm(report: SwarmReport): string[] {
  const { checks, failures, faults, seeds, shares } = report;
  const share = (rank: number) => {
    const value = shares[Math.min(shares.length - 1, Math.floor(rank * shares.length))] ?? 0;
    return `${(100 * value).toFixed(1)} %`;
  };
  return [
    `${seeds} seeds, ${checks} turns checked, ${failures.length} failed`,
    ...faultEffects.map((kind) => `  ${kind.padEnd(14)}${String(faults[kind]).padStart(8)}`),
    `time from calm to agreement, of what is allowed: ` +
    `median ${share(0.5)}, 99 of 100 ${share(0.99)}, longest ${share(1)}`,
  ];
}

/** Prints what is needed to see a failure again. */
export function describeFailure({ seed, failure, trace }: OrdealReport): string[] {
  return [
    `seed ${seed}: ${failure?.message ?? "no failure"}`,
    `  trace hash ${trace.hash}; replay: deno task swarm --seed ${seed} --trace`,
  ];
}
