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

function runOne(seed: number, isTraced: boolean, withLogs: boolean): number {
  const onLine = (line: string) => console.log(line);
  const report = runOrdeal({ seed, withLogs, ...isTraced && { onLine } });
  const { agreedAfter = 0, bound, members, plan, trace, failure } = report;
  if (!isTraced) {
    for (const fault of plan) console.log(`  ${fault.at} ms: ${describeFault(fault)}`);
  }
  console.log(`seed ${seed}: ${members} members, trace hash ${trace.hash}`);
  if (failure) {
    console.log(failure.stack ?? failure.message);
    return 1;
  }
  console.log(`agreed ${agreedAfter / 1000} s after the faults; ${bound / 1000} s were allowed`);
  return 0;
}

function runMany(first: number, count: number): number {
  const report = runSwarm(first, count, (ordeal) => {
    if (ordeal.failure) console.log(describeFailure(ordeal).join("\n"));
  });
  console.log(describeSwarm(report).join("\n"));
  const missing = missingFaults(report);
  if (missing.length > 0) console.log(`never happened: ${missing.join(", ")}`);
  return report.failures.length === 0 && missing.length === 0 ? 0 : 1;
}

function main(args: readonly string[]): number {
  const defaults = { seeds: 1000, from: 1, seed: 0, trace: false, logs: false };
  const { seeds, from, seed, trace, logs } = readArguments(args, defaults);
  return seed > 0 ? runOne(seed, trace, logs) : runMany(from, seeds);
}

if (import.meta.main) await runScript(main);
