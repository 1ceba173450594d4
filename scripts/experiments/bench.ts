/**
 * How fast is this program, and what does it take up, beside HashiCorp's in the same run?
 *
 *     deno task bench [--full] [--only=events,flood]
 *
 * The short form takes some 20 minutes, the full one some 90. Values depend on the machine and
 * its load; compare the ratios.
 *
 * As root on Linux it runs in a network of its own. Elsewhere it takes addresses
 * 127.75.x.y, and can neither count packets nor part a cluster.
 */

import { bundleInParts } from "../bundle.ts";
import { readArguments, runScript } from "../lab/command_line.ts";
import { compare, type Measure, tableLines } from "../lab/comparison.ts";
import { folderInOwnNetwork, runInOwnNetwork } from "../lab/own_network.ts";
import { ScratchFolder } from "../lab/scratch_folder.ts";
import { calls } from "./bench/calls.ts";
import { join, kill, leave, stop } from "./bench/churn.ts";
import { delivery, events, flood } from "./bench/events.ts";
import { partition } from "./bench/partition.ts";
import { queries } from "./bench/queries.ts";
import { idle, start } from "./bench/resources.ts";
import { ownSubject, referenceSubject, type Subject } from "./bench/subject.ts";

/** What can be measured, in the order of the table. */
const series: Readonly<Record<string, Measure<Subject>>> = {
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
  const { full, only } = readArguments(args, { full: false, only: Object.keys(series) });
  const given = folderInOwnNetwork();
  if (given !== undefined) return await report(given, only, !full);

  using folder = new ScratchFolder();
  // Here, because it may take a download, which a network of one's own does not reach.
  await bundleInParts(folder.path);
  const outcome = await runInOwnNetwork(folder.path, args);
  if (typeof outcome === "number") return outcome;
  console.error(`PACKETS ARE NOT COUNTED, AND NO CLUSTER IS PARTED: ${outcome}`);
  return await report(folder.path, only.filter((name) => name !== "partition"), !full);
}

/** Measures, prints the table, and returns 1 if something could not be measured. */
async function report(folder: string, only: readonly string[], isShort: boolean): Promise<number> {
  const subjects = { own: ownSubject(folder), theirs: referenceSubject };
  const { figures, failures } = await compare(series, subjects, { only, isShort });
  const date = new Date().toISOString().slice(0, 16).replace("T", " ");
  const load = Deno.loadavg().map((each) => each.toFixed(1)).join(" ");
  console.log(`${date} UTC, ${navigator.hardwareConcurrency} processors, load ${load}\n`);
  for (const line of tableLines(figures)) console.log(line);
  if (!referenceSubject) {
    console.log("\nHashiCorp's serf is not installed: nothing to compare with.");
  }
  return failures.own + failures.theirs === 0 ? 0 : 1;
}

if (import.meta.main) await runScript(main);
