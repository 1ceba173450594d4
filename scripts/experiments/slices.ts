/**
 * How long should the slices be in which long work is done?
 *
 *     deno task slices [--members=10000] [--rounds=5]
 *
 * `src/bytes/steps.ts` holds the lengths; each row changes one. A core takes in what a peer
 * tells of so many members, and answers with as much: that is unpacked, read, believed, written
 * and packed in slices. Short slices keep no one waiting, and each costs a turn; the table shows
 * how long the longest was, and what all of them took. Figures are the medians of the rounds,
 * those of turns in which garbage was collected apart. Each row is a process of its own, in
 * which a module with other lengths stands in for the real one.
 */

import { bytesPerSlice, itemsPerSlice } from "../../src/bytes/steps.ts";
import { readArguments, runScript } from "../lab/command_line.ts";
import { median } from "../lab/statistics.ts";
import { markdownTable } from "../lab/table.ts";
import { toolOutput } from "../lab/tool_output.ts";
import { measureExchanges } from "./turns/core_turns.ts";
import { longestOf, TurnTimes } from "./turns/turn_times.ts";

/** What one round takes, the median of all rounds; times are milliseconds. */
interface SlicedTurns {
  readonly turns: number;
  /** The longest turn without a collection of garbage… */
  readonly longest: number;
  /** …and with one. */
  readonly collecting: number;
  readonly total: number;
}

interface Lengths {
  readonly itemsPerSlice: number;
  readonly bytesPerSlice: number;
}

const asItIs: Lengths = { itemsPerSlice, bytesPerSlice };

const trials: readonly Lengths[] = [
  asItIs,
  ...[32, 512, 2048].map((members) => ({ ...asItIs, itemsPerSlice: members })),
  ...[16, 256, 1024].map((kibibytes) => ({ ...asItIs, bytesPerSlice: kibibytes * 1024 })),
];

/** Returns an import map by which programs run with these lengths. */
async function importMapFor(lengths: Lengths): Promise<string> {
  const steps = new URL("../../src/bytes/steps.ts", import.meta.url);
  let source = await Deno.readTextFile(steps);
  for (const [name, length] of Object.entries(lengths)) {
    const declaration = new RegExp(`(?<=^export const ${name} = )[\\d_]+`, "m");
    if (!declaration.test(source)) throw new Error(`${steps.pathname} declares no ${name}`);
    source = source.replace(declaration, String(length));
  }
  const config = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  const { imports } = JSON.parse(config);
  const standIn = `data:application/typescript,${encodeURIComponent(source)}`;
  return JSON.stringify({ imports: { ...imports, [steps.href]: standIn } });
}

/** Measures with these lengths, in a process of its own. */
async function measure(lengths: Lengths, members: number, rounds: number): Promise<SlicedTurns> {
  const importMap = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(importMap, await importMapFor(lengths));
    const program = ["run", "-A", `--import-map=${importMap}`, new URL(import.meta.url).pathname];
    const args = ["--bare", `--members=${members}`, `--rounds=${rounds}`];
    return JSON.parse(await toolOutput(Deno.execPath(), ...program, ...args));
  } finally {
    await Deno.remove(importMap);
  }
}

/** Measures with the lengths that this process has. */
function measureBare(members: number, rounds: number): SlicedTurns {
  const measured = Array.from({ length: rounds }, () => measureRound(members));
  const medianOf = (key: keyof SlicedTurns) => median(measured.map((round) => round[key]));
  return {
    turns: medianOf("turns"),
    longest: medianOf("longest"),
    collecting: medianOf("collecting"),
    total: medianOf("total"),
  };
}

function measureRound(members: number): SlicedTurns {
  const times = new TurnTimes();
  measureExchanges(members, 1, times);
  const laps = times.lapsOf(/^push\/pull received/);
  return {
    turns: laps.length,
    longest: longestOf(laps, false),
    collecting: longestOf(laps, true),
    total: laps.reduce((sum, { time }) => sum + time, 0),
  };
}

async function main(args: readonly string[]): Promise<number> {
  const { members, rounds, bare } = readArguments(args, {
    members: 10_000,
    rounds: 5,
    bare: false,
  });
  if (bare) {
    console.log(JSON.stringify(measureBare(members, rounds)));
    return 0;
  }
  const rows = [
    ["members", "KiB", "turns", "longest turn, ms", "with garbage, ms", "all turns, ms"],
  ];
  for (const lengths of trials) {
    const { turns, longest, collecting, total } = await measure(lengths, members, rounds);
    rows.push([
      String(lengths.itemsPerSlice),
      String(lengths.bytesPerSlice / 1024),
      String(turns),
      longest.toFixed(1),
      collecting.toFixed(1),
      total.toFixed(0),
    ]);
  }
  for (const line of markdownTable(rows)) console.log(line);
  return 0;
}

if (import.meta.main) await runScript(main);
