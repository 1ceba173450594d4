/**
 * Measures this program and, where it is installed, HashiCorp's, in one run and
 * side by side:
 *
 *     deno task bench [--full] [--only=events,flood]
 *
 * The short form takes some minutes. Values depend on the machine and on what else
 * it does; the ratios are what counts.
 */

import { type Measurement, measures, type Scale } from "./bench/figures.ts";
import type { Subject } from "./bench/subject.ts";
import { findReferenceSerf } from "./reference_serf.ts";

const short: Scale = {
  agents: 20,
  events: 30,
  queries: 10,
  floodSeconds: 3,
  leaves: 2,
  starts: 10,
};
const full: Scale = {
  agents: 20,
  events: 250,
  queries: 50,
  floodSeconds: 10,
  leaves: 8,
  starts: 40,
};

function ownSubject(): Subject {
  const main = new URL("../main.ts", import.meta.url).pathname;
  return { name: "this", command: [Deno.execPath(), "run", "-A", "--unstable-net", main] };
}

function format(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  return value >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const [index, row] of rows.entries()) {
    console.log(`| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`);
    if (index === 0) console.log(`| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`);
  }
}

async function main(): Promise<number> {
  const scale = Deno.args.includes("--full") ? full : short;
  const only = Deno.args.find((arg) => arg.startsWith("--only="))?.slice("--only=".length).split(
    ",",
  );
  const unknown = only?.find((name) => !(name in measures));
  if (unknown !== undefined) {
    console.error(`There is no "${unknown}" to measure: try ${Object.keys(measures).join(", ")}`);
    return 2;
  }
  const reference = await findReferenceSerf();
  const subjects: Subject[] = [ownSubject()];
  if (reference) subjects.push({ name: "HashiCorp", command: [reference] });

  const results = new Map<string, Measurement[]>();
  for (const [name, measure] of Object.entries(measures)) {
    if (only && !only.includes(name)) continue;
    for (const subject of subjects) {
      console.error(`measuring ${name} of ${subject.name} …`);
      for (const measurement of await measure(subject, scale)) {
        const { figure } = measurement;
        results.set(figure, [...results.get(figure) ?? [], measurement]);
      }
    }
  }

  const rows = [["figure", "goal", "unit", "this", "HashiCorp", "ratio"]];
  for (const [figure, [own, theirs]] of results) {
    const ratio = own && theirs ? own.value / theirs.value : NaN;
    rows.push([
      figure,
      own!.goal,
      own!.unit,
      format(own?.value),
      format(theirs?.value),
      Number.isFinite(ratio) ? format(ratio) : "–",
    ]);
  }
  const date = new Date().toISOString().slice(0, 16).replace("T", " ");
  const load = Deno.loadavg().map((each) => each.toFixed(1)).join(" ");
  console.log(`${date} UTC, ${navigator.hardwareConcurrency} processors, load ${load}\n`);
  printTable(rows);
  if (!reference) console.log("\nHashiCorp's serf is not installed: nothing to compare with.");
  return 0;
}

if (import.meta.main) Deno.exit(await main());
