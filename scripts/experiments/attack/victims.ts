/** Agents to attack, and what becomes of them. */

import { type Kind, serfCommand } from "../../lab/agents.ts";
import { AgentCluster, type ClusterAgent, type ClusterOptions } from "../../lab/cluster.ts";
import { type Measurement, toBeNone } from "../../lab/comparison.ts";
import { processorTime, residentMemory } from "../../lab/process_usage.ts";
import { onFailures } from "../../lab/streams.ts";
import { delay } from "../../lab/waiting.ts";

/** Where strangers come from; honest hosts, agents included, are 127.0.0.1 on loopback. */
export const strangers: readonly string[] = [1, 2, 3, 4].map((n) => `127.66.0.${n}`);

/** How members that only ping are named. */
export const pingerPrefix = "pinger-";

/** Starts agents that know each other, `n0` and so on. */
export function startVictims(
  kind: Kind,
  count: number,
  options: ClusterOptions = {},
): Promise<AgentCluster> {
  return AgentCluster.form({ command: serfCommand(kind) }, count, options, 1000);
}

interface Usage {
  readonly memory: number;
  readonly processor: number;
}

async function usageOf({ process: { pid } }: ClusterAgent): Promise<Usage> {
  return { memory: await residentMemory(pid), processor: await processorTime(pid) };
}

/** Notes what becomes of agents from now on. */
export class Watch implements Disposable {
  ended = 0;
  /** How often one agent called another one failed. */
  failed = 0;
  readonly #agents: readonly ClusterAgent[];
  readonly #before: readonly Usage[];
  readonly #startedAt = performance.now();
  readonly #timer = setInterval(() => void this.#measure().catch(() => {}), 200);
  #growth = 0;

  private constructor(agents: readonly ClusterAgent[], before: readonly Usage[]) {
    this.#agents = agents;
    this.#before = before;
    for (const { process } of agents) void process.exit().then(() => this.ended++);
  }

  static async over(agents: readonly ClusterAgent[]): Promise<Watch> {
    const watch = new Watch(agents, await Promise.all(agents.map(usageOf)));
    await onFailures(agents, (member) => {
      // Members that only came to ping just stop.
      if (!member.startsWith(pingerPrefix)) watch.failed++;
    });
    return watch;
  }

  /** Megabytes by which the memory of the agent that grew most has grown; infinite if one has ended. */
  get growth(): number {
    return this.ended > 0 ? Infinity : this.#growth / 1e6;
  }

  /** The share of a core, in percent, that the busiest agent has taken; infinite if one has ended. */
  async share(): Promise<number> {
    if (this.ended > 0) return Infinity;
    const now = await Promise.all(this.#agents.map(usageOf));
    const used = now.map(({ processor }, i) => processor - this.#before[i]!.processor);
    return 100 * Math.max(...used) / (performance.now() - this.#startedAt);
  }

  /** What no attack may do: end a process, or have an agent called failed. */
  survival(attack: string): Measurement[] {
    return [
      toBeNone(`${attack}: agents that end`, this.ended),
      toBeNone(`${attack}: agents called failed`, this.failed),
    ];
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #measure(): Promise<void> {
    for (const [i, agent] of this.#agents.entries()) {
      const { memory } = await usageOf(agent);
      this.#growth = Math.max(this.#growth, memory - this.#before[i]!.memory);
    }
  }
}

/** Seconds until every agent lists all of them alive; NaN if that takes more than 15. */
export async function secondsUntilAlive(agents: readonly ClusterAgent[]): Promise<number> {
  const startedAt = performance.now();
  const living = { name: "n[0-9]+", status: "alive" };
  const isDone = async ({ client }: ClusterAgent) =>
    (await client.membersFiltered(living)).length === agents.length;
  while (performance.now() - startedAt < 15_000) {
    const seen = await Promise.all(agents.map((agent) => isDone(agent).catch(() => false)));
    if (seen.every((each) => each)) return (performance.now() - startedAt) / 1000;
    await delay(200);
  }
  return NaN;
}
