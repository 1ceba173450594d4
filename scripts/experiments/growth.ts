/**
 * What does a simulated cluster cost as it grows, and what do its members see?
 *
 *     deno task growth [--members=100,200,500,1000,2000] [--duration=40s] [--seed=1]
 *
 * For each size a cluster forms at once, through one seed; then one of 20 members crashes,
 * and the others have to notice. In brackets stands what the size before it predicts:
 *
 * - memory and time grow with the pairs of members, because each member keeps a list of all;
 * - what is sent while they join, and the time, also grow with the retransmit limit, because
 *   each member gossips about each other member so often;
 * - nobody can be given up sooner than the shortest suspicion after the crash.
 *
 * 2,000 members take some fifteen minutes and 6 GB.
 */

import { profiles } from "../../src/memberlist/config.ts";
import { minSuspicion, retransmitLimit } from "../../src/memberlist/scaling.ts";
import type { SimulationReport } from "../../src/sim/simulation.ts";
import type { SimulationCost } from "../../src/sim/simulation_text.ts";
import { run } from "../lab/command.ts";
import { readArguments, runScript } from "../lab/command_line.ts";

/** One of this many members crashes. */
const membersPerCrash = 20;
/** What the process has before there is any member. */
const emptyMemory = 80e6;

type Outcome = SimulationReport & { readonly cost: SimulationCost };

/** Runs one simulation in a process of its own, so that the peak of its memory is known. */
async function simulate(members: number, duration: string, seed: number): Promise<Outcome> {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const program = ["run", "--v8-flags=--max-old-space-size=12288", main, "simulate"];
  const crash = `-crash=${Math.floor(members / membersPerCrash)}`;
  const flags = [`-members=${members}`, `-duration=${duration}`, `-seed=${seed}`, "-events=0"];
  const command = [Deno.execPath(), ...program, crash, ...flags, "-format=json"] as const;
  const { stdout, stderr, code } = await run(command);
  if (!stdout.startsWith("{")) throw new Error(stdout + stderr);
  if (code !== 0) console.error(`${members} members did not agree`);
  return JSON.parse(stdout);
}

/** How often members tell each other of a member, all together. */
function tellings(members: number): number {
  return members ** 2 * retransmitLimit(profiles.lan.retransmitMult, members);
}

const columns = [
  ...["members", "joined", "sent MB", "CPU s", "memory MB", "bytes/pair", "shortest suspicion"],
  ...["noticed by the first / half / last", "never", "mistaken"],
];

function row(outcome: Outcome, before: Outcome | undefined): string[] {
  const { cost, detection, joinBytes, joinedAfter, members } = outcome;
  const predicted = (predict: (before: Outcome) => number) =>
    before ? ` (${predict(before).toPrecision(3)})` : "";
  const grown = (before: Outcome) => tellings(members) / tellings(before.members);
  const memory = ({ cost, members: fewer }: Outcome) =>
    (emptyMemory + (cost.peakMemory - emptyMemory) * (members / fewer) ** 2) / 1e6;
  const { probeInterval, suspicionMult } = profiles.lan;
  return [
    String(members),
    joinedAfter === undefined ? "never" : seconds(joinedAfter),
    (joinBytes / 1e6).toPrecision(3) + predicted((less) => less.joinBytes / 1e6 * grown(less)),
    (cost.cpuTime / 1000).toPrecision(3) +
    predicted((less) => less.cost.cpuTime / 1000 * grown(less)),
    (cost.peakMemory / 1e6).toFixed(0) + predicted(memory),
    cost.bytesPerPair.toFixed(0),
    seconds(minSuspicion(suspicionMult, members, probeInterval)),
    detection
      ? [detection.first, detection.median, detection.last].map(seconds).join(" / ")
      : "by nobody",
    String(outcome.undetected),
    String(outcome.falsePositives),
  ];
}

function seconds(time: number): string {
  return `${(time / 1000).toFixed(1)} s`;
}

/** Prints one row after the other, because the last ones take long. */
async function main(args: readonly string[]): Promise<number> {
  const defaults = { members: [100, 200, 500, 1000, 2000], duration: "40s", seed: 1 };
  const { members: sizes, duration, seed } = readArguments(args, defaults);
  const print = (cells: readonly string[]) => console.log(`| ${cells.join(" | ")} |`);
  print(columns);
  print(columns.map(() => "---"));
  let before: Outcome | undefined;
  for (const members of sizes) {
    const outcome = await simulate(members, duration, seed);
    print(row(outcome, before));
    before = outcome;
  }
  return 0;
}

if (import.meta.main) await runScript(main);
