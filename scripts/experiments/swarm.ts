/**
 * Do all invariants hold, whatever happens to a cluster?
 *
 *     deno task swarm [--seeds 1000] [--from 1]
 *     deno task swarm --seed 91 [--trace] [--logs]
 *
 * There is one simulated history for each seed, random and replayable: crashes, cuts, loss and
 * more. `--trace` prints the one of a seed, and `--logs` adds the logs of the members (they
 * change the trace hash).
 */

import { describeFault } from "../../src/sim/fault_plan.ts";
import { runOrdeal } from "../../src/sim/ordeal.ts";
import { describeFailure, describeSwarm, missingFaults, runSwarm } from "../../src/sim/swarm.ts";
import { readArguments, runScript } from "../lab/command_line.ts";

function runOne(seed: number, options: { trace: boolean; logs: boolean }): number {
  const report = runOrdeal({
    seed,
    withLogs: options.logs,
    ...(options.trace && { onLine: (line: string) => console.log(line) }),
  });
  const { agreedAfter = 0, bound, members, plan, trace } = report;
  if (!options.trace) {
    for (const fault of plan) console.log(`  ${fault.at} ms: ${describeFault(fault)}`);
  }
  console.log(`seed ${seed}: ${members} members, trace hash ${trace.hash}`);
  if (report.failure) {
    console.log(report.failure.stack ?? report.failure.message);
    return 1;
  }
  console.log(`agreed ${agreedAfter / 1000} s after the faults; ${bound / 1000} s were allowed`);
  return 0;
}

function runMany(first: number, count: number): number {
  const report = runSwarm(first, count, (ordeal) => {
    if (ordeal.failure) { for (const line of describeFailure(ordeal)) console.log(line); }
  });
  for (const line of describeSwarm(report)) console.log(line);
  const missing = missingFaults(report);
  if (missing.length > 0) console.log(`never happened: ${missing.join(", ")}`);
  return report.failures.length === 0 && missing.length === 0 ? 0 : 1;
}

function main(args: readonly string[]): number {
  const { seeds, from, seed, trace, logs } = readArguments(args, {
    seeds: 1000,
    from: 1,
    seed: 0,
    trace: false,
    logs: false,
  });
  return seed > 0 ? runOne(seed, { trace, logs }) : runMany(from, seeds);
}

if (import.meta.main) await runScript(main);
