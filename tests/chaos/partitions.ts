/**
 * How long does a cluster take to be whole after a partition?
 *
 * Clusters of real agents are parted in two halves, again and again: of both kinds mixed,
 * and, for comparison, of each kind alone.
 *
 *     deno task partitions [--runs N] [--at-once N]
 */

import { type Kind, referencePath } from "../../scripts/lab/agents.ts";
import { readArguments, runScript } from "../../scripts/lab/command_line.ts";
import { percentile } from "../../scripts/lab/statistics.ts";
import { errorText } from "../../src/ports/error_text.ts";
import { ChaosCluster, mixedKinds } from "../support/chaos.ts";
import { chaosObstacle } from "../support/chaos_obstacle.ts";

const agents = 4;
/** Whoever needs longer than this after the network is whole has not come back. */
const patience = 180_000;

/** Seconds from the cut to both halves seeing it, and from the healing to all seeing all. */
interface Run {
  readonly parted: number;
  /** Undefined if it never happened. */
  readonly whole: number | undefined;
}

async function partOnce(kinds: readonly Kind[]): Promise<Run> {
  await using cluster = await ChaosCluster.start({ kinds });
  // Each half has agents of both kinds where there are both.
  const [left, right] = [[0, 1], [2, 3]] as const;
  const cutAt = performance.now();
  await cluster.network.partition(left, right);
  await Promise.all([cluster.seeOnly(left), cluster.seeOnly(right)]);
  const parted = (performance.now() - cutAt) / 1000;

  const healedAt = performance.now();
  await cluster.network.heal();
  try {
    await cluster.settled(patience);
  } catch (error) {
    console.log(errorText(error));
    return { parted, whole: undefined };
  }
  return { parted, whole: (performance.now() - healedAt) / 1000 };
}

async function partOften(
  title: string,
  kinds: readonly Kind[],
  count: number,
  atOnce: number,
): Promise<boolean> {
  const runs: Run[] = [];
  let left = count;
  const work = async () => {
    while (left-- > 0) runs.push(await partOnce(kinds));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const whole = runs.flatMap(({ whole }) => whole ?? []);
  console.log(`${title}: ${whole.length} of ${runs.length} clusters of ${agents} became whole`);
  console.log(`  parted after ${distribution(runs.map(({ parted }) => parted))}`);
  console.log(`  whole  after ${distribution(whole)}`);
  return whole.length === runs.length;
}

function distribution(values: readonly number[]): string {
  const at = (share: number) => percentile(values, share).toFixed(1);
  return `${at(0)} s at least, ${at(0.25)} / ${at(0.5)} / ${at(0.75)} s (quartiles), ` +
    `${at(0.95)} s (95 %), ${at(1)} s at most`;
}

async function main(args: readonly string[]): Promise<number> {
  if (chaosObstacle !== undefined) throw new Error(`No network can be made here: ${chaosObstacle}`);
  const { runs, "at-once": atOnce } = readArguments(args, { runs: 24, "at-once": 4 });
  const isGood = await partOften("Both kinds mixed", mixedKinds(agents), runs, atOnce);
  if (referencePath === undefined) {
    console.log("HashiCorp's serf is not here: all agents were ours, with nothing to compare");
  } else {
    await partOften("HashiCorp's alone", new Array<Kind>(agents).fill("reference"), runs, atOnce);
    await partOften("Ours alone", new Array<Kind>(agents).fill("ours"), runs, atOnce);
  }
  return isGood ? 0 : 1;
}

if (import.meta.main) await runScript(main);
