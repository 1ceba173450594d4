/**
 * How fast is this program, and what does it take up, beside HashiCorp's in the same run?
 *
 *     deno task bench [--full] [--only=events,flood]
 *
 * The short form takes some 20 minutes, the full one some 90. Values depend on the
 * machine and on what else it does; the ratios are what counts.
 *
 * As root on Linux it runs in a network of its own. Elsewhere it takes addresses
 * 127.75.x.y, and can neither count packets nor part a cluster.
 */

import { bundleInParts } from "../bundle.ts";
import { readArguments, runScript } from "../lab/command_line.ts";
import { compare, tableLines } from "../lab/comparison.ts";
import { folderInOwnNetwork, runInOwnNetwork } from "../lab/own_network.ts";
import { calls } from "./bench/calls.ts";
import { kill, leave, stop } from "./bench/churn.ts";
import { delivery, events } from "./bench/events.ts";
import { flood } from "./bench/flood.ts";
import { join } from "./bench/join.ts";
import { partition } from "./bench/partition.ts";
import { queries } from "./bench/queries.ts";
import { idle } from "./bench/resources.ts";
import { fullScale, type Measure, shortScale } from "./bench/scale.ts";
import { start } from "./bench/start.ts";
import { ownSubject, referenceSubject } from "./bench/subject.ts";

/** What can be measured, in the order in which the table shows it. */
const measures: Readonly<Record<string, Measure>> = {
  events,
  delivery,
  flood,
  queries,
  join,
  leave,
  kill,
  stop,
  partition,
  calls,
  start,
  idle,
};

async function main(args: readonly string[]): Promise<number> {
  const { full, only } = readArguments(args, { full: false, only: Object.keys(measures) });
  const given = folderInOwnNetwork();
  if (given !== undefined) return await report(given, only, full);

  const folder = await Deno.makeTempDir({ prefix: "serf-bench-" });
  try {
    // Here, because it may take a download, for which a network of one's own is too small.
    await bundleInParts(folder);
    const outcome = await runInOwnNetwork(folder, args);
    if (typeof outcome === "number") return outcome;
    console.error(`PACKETS ARE NOT COUNTED, AND NO CLUSTER IS PARTED: ${outcome}`);
    return await report(folder, only.filter((name) => name !== "partition"), full);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Measures, prints the table, and returns 1 if something could not be measured. */
async function report(folder: string, names: readonly string[], isFull: boolean): Promise<number> {
  const scale = isFull ? fullScale : shortScale;
  const subjects = { own: ownSubject(folder), theirs: await referenceSubject() };
  const { figures, failures } = await compare(
    names,
    subjects,
    (name, subject) => measures[name]!(subject, scale),
  );

  const date = new Date().toISOString().slice(0, 16).replace("T", " ");
  const load = Deno.loadavg().map((each) => each.toFixed(1)).join(" ");
  console.log(`${date} UTC, ${navigator.hardwareConcurrency} processors, load ${load}\n`);
  for (const line of tableLines(figures)) console.log(line);
  if (!subjects.theirs) {
    console.log("\nHashiCorp's serf is not installed: nothing to compare with.");
  }
  return failures.own + failures.theirs === 0 ? 0 : 1;
}

if (import.meta.main) await runScript(main);
