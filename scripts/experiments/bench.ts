/**
 * Measures this program and, where it is installed, HashiCorp's, in one run and
 * side by side:
 *
 *     deno task bench [--full] [--only=events,flood]
 *
 * The short form takes some 20 minutes, the full one some 90. Values depend on the
 * machine and on what else it does; the ratios are what counts.
 *
 * As root on Linux it runs in a network of its own. Elsewhere it takes addresses
 * 127.75.x.y, and can neither count packets nor part a cluster.
 */

import { parseArgs } from "node:util";
import { measures, networkMeasures } from "./bench/measures.ts";
import { folderInOwnNetwork, runInOwnNetwork } from "../lab/own_network.ts";
import { fullScale, shortScale } from "./bench/scales.ts";
import { ownSubject, referenceSubject, type Subject } from "./bench/subject.ts";
import { type Comparison, tableLines } from "../lab/comparison.ts";
import { bundleInParts } from "../bundle.ts";
import { runScript } from "../lab/command_line.ts";

/** What the command line asks for. */
export interface Order {
  readonly isFull: boolean;
  readonly names: readonly string[];
}

/** Reads the command line; throws at what it does not know. */
export function readOrder(args: readonly string[]): Order {
  const { full, only } = parseArgs({
    args: [...args],
    options: { full: { type: "boolean", default: false }, only: { type: "string" } },
  }).values;
  const all = [...measures.keys()];
  const names = only?.split(",") ?? all;
  const unknown = names.find((name) => !measures.has(name));
  if (unknown !== undefined) {
    throw new TypeError(`There is no "${unknown}" to measure: try ${all.join(", ")}`);
  }
  return { isFull: full, names: all.filter((name) => names.includes(name)) };
}

async function main(args: readonly string[]): Promise<number> {
  const { isFull, names } = readOrder(args);
  const given = folderInOwnNetwork();
  if (given !== undefined) return await compare(given, names, isFull);

  const folder = await Deno.makeTempDir({ prefix: "serf-bench-" });
  try {
    // Here, because it may take a download, for which a network of one's own is too small.
    await bundleInParts(folder);
    const outcome = await runInOwnNetwork(folder, args);
    if (typeof outcome === "number") return outcome;
    const possible = names.filter((name) => !networkMeasures.has(name));
    console.error(`PACKETS ARE NOT COUNTED, AND NO CLUSTER IS PARTED: ${outcome}`);
    return await compare(folder, possible, isFull);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Measures, prints the table, and returns 1 if something could not be measured. */
async function compare(
  folder: string,
  names: readonly string[],
  isFull: boolean,
): Promise<number> {
  const own = ownSubject(folder);
  const reference = await referenceSubject();
  const subjects = reference ? [own, reference] : [own];
  const figures = new Map<string, Comparison>();
  let failures = 0;
  for (const name of names) {
    for (const subject of subjects) {
      try {
        await measureInto(figures, name, subject, subject === own, isFull);
      } catch (error) {
        failures++;
        const reason = error instanceof Error ? error.message : error;
        console.error(`NOT MEASURED: ${name} of ${subject.name}: ${reason}`);
      }
    }
  }

  const date = new Date().toISOString().slice(0, 16).replace("T", " ");
  const load = Deno.loadavg().map((each) => each.toFixed(1)).join(" ");
  console.log(`${date} UTC, ${navigator.hardwareConcurrency} processors, load ${load}\n`);
  for (const line of tableLines(figures)) console.log(line);
  if (!reference) console.log("\nHashiCorp's serf is not installed: nothing to compare with.");
  return failures === 0 ? 0 : 1;
}

async function measureInto(
  figures: Map<string, Comparison>,
  name: string,
  subject: Subject,
  isOwn: boolean,
  isFull: boolean,
): Promise<void> {
  const startedAt = performance.now();
  const measurements = await measures.get(name)!(subject, isFull ? fullScale : shortScale);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.error(`measured ${name} of ${subject.name} in ${seconds} s`);
  for (const measurement of measurements) {
    const both = figures.get(measurement.figure) ?? { own: undefined, theirs: undefined };
    const side = isOwn ? { own: measurement } : { theirs: measurement };
    figures.set(measurement.figure, { ...both, ...side });
  }
}

if (import.meta.main) await runScript(main);
