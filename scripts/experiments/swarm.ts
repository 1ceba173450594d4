/**
 * Puts simulated clusters to the test, one for each seed.
 *
 *     deno task swarm --seeds 2000 [--from 1]
 *     deno task swarm --seed 91 [--trace] [--logs]
 */

import { parseArgs } from "node:util";
import { describeFault } from "../../src/sim/fault_plan.ts";
import { runOrdeal } from "../../src/sim/ordeal.ts";
import { describeFailure, describeSwarm, missingFaults, runSwarm } from "../../src/sim/swarm.ts";

const usage = `Usage: deno task swarm --seeds <count> [--from <first>]
       deno task swarm --seed <seed> [--trace] [--logs]

Runs random but replayable histories of small clusters: crashes, cuts, loss and
more, under the eyes of all invariants. With --seed it runs one history; --trace
prints it, and --logs adds the logs of the members (they change the trace hash).`;

/** Reads a whole number that an option was given; a mistake is printed. */
function readCount(name: string, text: string, least: number): number | undefined {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= least) return value;
  console.error(`Bad value "${text}" for --${name}: a whole number from ${least} up is needed`);
  return undefined;
}

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

/** Runs what the arguments ask for and returns the exit code. */
export function main(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: "string" },
      from: { type: "string", default: "1" },
      seed: { type: "string" },
      trace: { type: "boolean", default: false },
      logs: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help || (values.seed === undefined && values.seeds === undefined)) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  if (values.seed !== undefined) {
    const seed = readCount("seed", values.seed, 0);
    return seed === undefined ? 2 : runOne(seed, values);
  }
  const count = readCount("seeds", values.seeds ?? "", 1);
  const first = readCount("from", values.from, 0);
  return count === undefined || first === undefined ? 2 : runMany(first, count);
}

if (import.meta.main) Deno.exit(main(Deno.args));
