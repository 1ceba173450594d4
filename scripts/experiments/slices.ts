/**
 * How long should the slices be in which long work is done?
 *
 *     deno task slices [--members=10000] [--rounds=5]
 *
 * `src/bytes/steps.ts` holds the lengths; each row changes one. A core takes in what a peer
 * tells of all members, and answers with as much: that is unpacked, read, believed, written
 * and packed in slices. Short slices delay others less, and each costs a turn; the table shows
 * how long the longest was, and what all of them took. Figures are the medians of the rounds,
 * those of turns in which garbage was collected apart. Each row is a process of its own, in
 * which a module with other lengths stands in for the real one.
 */

import { bytesPerSlice, itemsPerSlice } from "../../src/bytes/steps.ts";
import { toolOutput } from "../lab/command.ts";
import { readArguments, runScript } from "../lab/command_line.ts";
import { ScratchFolder } from "../lab/scratch_folder.ts";
import { median } from "../lab/statistics.ts";
import { printTable } from "../lab/table.ts";
import { measureCore } from "./turns/core_turns.ts";
import { longestOf, TurnTimes } from "./turns/turn_times.ts";

const asItIs = { itemsPerSlice, bytesPerSlice };

const trials: readonly (typeof asItIs)[] = [
  asItIs,
  ...[32, 512, 2048].map((members) => ({ ...asItIs, itemsPerSlice: members })),
  ...[16, 256, 1024].map((kibibytes) => ({ ...asItIs, bytesPerSlice: kibibytes * 1024 })),
];
const titles = ["turns", "longest turn, ms", "with garbage, ms", "all turns, ms"];

/** Returns an import map by which programs run with these lengths. */
async function importMapFor(lengths: typeof asItIs): Promise<string> {
  const steps = new URL("../../src/bytes/steps.ts", import.meta.url);
  let source = await Deno.readTextFile(steps);
  for (const [name, length] of Object.entries(lengths)) {
    const declaration = new RegExp(`(?<=^export const ${name} = )[\\d_]+`, "m");
    if (!declaration.test(source)) throw new Error(`${steps.pathname} declares no ${name}`);
    source = source.replace(declaration, String(length));
  }
  const config = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  const standIn = `data:application/typescript,${encodeURIComponent(source)}`;
  return JSON.stringify({ imports: { ...JSON.parse(config).imports, [steps.href]: standIn } });
}

/** Measures with the lengths that this process has; one figure for each title. */
function measureBare(members: number, rounds: number): number[] {
  const measured = Array.from({ length: rounds }, () => {
    const times = new TurnTimes();
    measureCore(members, 1, times, true);
    const laps = times.lapsOf(/^push\/pull received/);
    const total = laps.reduce((sum, { time }) => sum + time, 0);
    return [laps.length, longestOf(laps, false), longestOf(laps, true), total];
  });
  return titles.map((_, column) => median(measured.map((round) => round[column]!)));
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
  using folder = new ScratchFolder();
  const importMap = `${folder.path}/import_map.json`;
  const program = ["run", "-A", `--import-map=${importMap}`, new URL(import.meta.url).pathname];
  const command = [...program, "--bare", `--members=${members}`, `--rounds=${rounds}`];
  const rows = [["members", "KiB", ...titles]];
  for (const lengths of trials) {
    await Deno.writeTextFile(importMap, await importMapFor(lengths));
    const figures: number[] = JSON.parse(await toolOutput(Deno.execPath(), ...command));
    rows.push([
      String(lengths.itemsPerSlice),
      String(lengths.bytesPerSlice / 1024),
      ...figures.map((figure, column) => figure.toFixed(column % 3 === 0 ? 0 : 1)),
    ]);
  }
  printTable(rows);
  return 0;
}

if (import.meta.main) await runScript(main);
