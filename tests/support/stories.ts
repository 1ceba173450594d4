/**
 * Stories that must come out well in any weather: each is told many times, with
 * another seed every time, while the network loses, doubles and reorders packets.
 */

import { errorText } from "../../src/ports/error_text.ts";
import { SimCluster, type SimClusterOptions } from "../../src/sim/sim_cluster.ts";
import type { LinkQuality } from "../../src/sim/sim_network.ts";

/** Every tenth packet is lost, every fifth comes twice, and they overtake each other. */
export const badWeather: LinkQuality = { latency: 1, jitter: 40, loss: 0.1, duplication: 0.2 };

/** How often each story is told. */
const seeds = 12;

/** How a story begins. */
export interface StoryOptions extends Omit<SimClusterOptions, "seed" | "link"> {
  /** The test's file below `tests/sim`, for the replay command. */
  readonly file: string;
}

/** The seeds to tell a story with: the one that the environment names, or all. */
function wantedSeeds(): readonly number[] {
  const wanted = Deno.env.get("SEED");
  return wanted === undefined ? Array.from({ length: seeds }, (_, i) => i + 1) : [Number(wanted)];
}

/** Tells something with many seeds; a failure says which one, and how to see it again. */
export function withSeeds(title: string, file: string, tell: (seed: number) => void): void {
  Deno.test(title, () => {
    for (const seed of wantedSeeds()) {
      try {
        tell(seed);
      } catch (cause) {
        const reason = errorText(cause);
        const command = `SEED=${seed} deno test -A tests/sim/${file} --filter "${title}"`;
        throw new Error(`seed ${seed}: ${reason}\nreplay: ${command}`, { cause });
      }
    }
  });
}

/** Tells a story about a cluster that has formed, and whose weather is bad from then on. */
export function story(
  title: string,
  { file, ...options }: StoryOptions,
  tell: (cluster: SimCluster) => void,
): void {
  withSeeds(title, file, (seed) => {
    const cluster = new SimCluster({ ...options, seed });
    cluster.form();
    if (cluster.settle(60_000) === undefined) throw new Error("the cluster has not formed");
    cluster.clock.advance(5000);
    Object.assign(cluster.network.quality, badWeather);
    tell(cluster);
  });
}

/** How a member sees another: its status, or "unknown". */
export function statusOf(cluster: SimCluster, viewer: number, subject: number): string {
  return cluster.core(viewer).member(`node-${subject}`)?.status ?? "unknown";
}

/** How often any member delivered an event of a type that the story is about. */
export function countEvents(cluster: SimCluster, type: string): number {
  return cluster.members.flatMap(({ events }) => events)
    .filter(({ event }) => event.type === type).length;
}
