/**
 * What does a reader do with bytes that nobody should send?
 *
 *     deno task fuzz [--minutes N] [--only=reader,…] [--seed N]
 *
 * Readers take turns of a few seconds, with seeds that nobody tried before; with a seed each has
 * one turn, so that a finding can be had again. A finding is shrunk and printed as a case
 * for `tests/fuzz/corpus`, with the seed that leads to it again; the run goes on
 * with the next reader and ends with exit code 1. Memory is watched, too.
 */

import { readArguments, runScript } from "../../scripts/lab/command_line.ts";
import { errorText } from "../../src/ports/error_text.ts";
import { FuzzFinding, fuzzOnce, type FuzzTarget, shrink } from "../support/fuzzing.ts";

/** How long one reader has before it is the next one's turn. */
const turnSeconds = 10;
/** What may be in use after a turn, once the garbage is gone. */
const memoryLimit = 512 * 1024 * 1024;
const folder = new URL("./", import.meta.url);

/** What happened to one reader. */
interface Tally {
  inputs: number;
  findings: number;
  seconds: number;
}

async function loadTargets(): Promise<FuzzTarget[]> {
  const targets: FuzzTarget[] = [];
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.endsWith("_fuzz_test.ts")) continue;
    const { target }: { target: FuzzTarget } = await import(new URL(name, folder).href);
    targets.push(target);
  }
  return targets.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Fuzzes one reader for a turn, a fresh seed for each few hundred inputs. */
async function takeTurn(target: FuzzTarget, tally: Tally, fixed: number) {
  const start = performance.now();
  const end = start + turnSeconds * 1000;
  do {
    const seed = fixed || 1 + Math.floor(Math.random() * 2 ** 31);
    const run = { seed, inputs: 200, values: 20 };
    try {
      await fuzzOnce(target, run);
    } catch (error) {
      tally.findings++;
      await report(target, seed, error);
      break;
    }
    tally.inputs += run.inputs;
  } while (performance.now() < end && fixed === 0);
  tally.seconds += (performance.now() - start) / 1000;
}

async function report(target: FuzzTarget, seed: number, error: unknown): Promise<void> {
  console.log(`\nFOUND: deno task fuzz --only ${target.name} --seed ${seed}`);
  console.log(errorText(error));
  if (!(error instanceof FuzzFinding)) return;
  const shortest = await shrink(target, error.input);
  console.log(`For tests/fuzz/corpus/${target.name}.json:`);
  console.log(JSON.stringify({ about: "", hex: shortest.toHex() }));
}

/** Bytes in use once the garbage is gone, if it can be collected on demand. */
function memoryInUse(): number {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

async function main(args: readonly string[]): Promise<number> {
  const all = await loadTargets();
  const { minutes, seed, only } = readArguments(args, {
    minutes: 1,
    seed: 0,
    only: all.map(({ name }) => name),
  });
  const targets = all.filter(({ name }) => only.includes(name));
  const tallies = new Map<string, Tally>();
  const end = performance.now() + minutes * 60_000;
  let isTooLarge = false;
  let peak = 0;
  do {
    for (const target of targets) {
      const tally = tallies.get(target.name) ?? { inputs: 0, findings: 0, seconds: 0 };
      tallies.set(target.name, tally);
      await takeTurn(target, tally, seed);
      const memory = memoryInUse();
      peak = Math.max(peak, memory);
      if (memory > memoryLimit) {
        isTooLarge = true;
        console.log(`MEMORY: ${megabytes(memory)} are in use after a turn of ${target.name}`);
      }
      if (performance.now() > end) break;
    }
  } while (performance.now() < end && seed === 0);

  let findings = 0;
  for (const [name, tally] of tallies) {
    findings += tally.findings;
    console.log(
      `${name}: ${tally.inputs} inputs in ${
        tally.seconds.toFixed(0)
      } s, ${tally.findings} findings`,
    );
  }
  console.log(`${findings} findings; at most ${megabytes(peak)} in use between turns`);
  return findings > 0 || isTooLarge ? 1 : 0;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MB`;
}

if (import.meta.main) await runScript(main);
