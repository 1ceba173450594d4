/** What an attack is, and what every one needs: agents to attack, and somebody who watches them. */

import { type Kind, serfCommand } from "../../lab/agents.ts";
import { AgentCluster, type ClusterAgent } from "../../lab/cluster.ts";
import { type Measurement, toBeNone } from "../../lab/comparison.ts";
import { listen } from "../../lab/hearing.ts";
import { processorTime, residentMemory } from "../../lab/process_usage.ts";
import { delay } from "../../lab/waiting.ts";

/** Attacks agents of one kind and measures how they bear it; the short form is for every push. */
export type Attack = (kind: Kind, isShort: boolean) => Promise<readonly Measurement[]>;

/** Where strangers come from; honest hosts, agents included, are 127.0.0.1 on loopback. */
export const strangers: readonly string[] = [1, 2, 3, 4].map((n) => `127.66.0.${n}`);

/** How members that only ping are named. */
export const pingerPrefix = "pinger-";

const network = "127.76";
let clusters = 0;

/** Agents to attack, and their logs. */
export interface Victims extends AsyncDisposable {
  readonly agents: readonly ClusterAgent[];
  readonly cluster: AgentCluster;
  /** How many bytes an agent has logged. */
  logSize(agent: ClusterAgent): number;
}

/** Starts so many agents that know each other, `n0` and so on. */
export async function startVictims(
  kind: Kind,
  count: number,
  args: readonly string[] = [],
): Promise<Victims> {
  const folder = await Deno.makeTempDir({ prefix: "serf-attack-" });
  const number = ++clusters;
  const logOf = (index: number) => `${folder}/${index}.log`;
  const placeOf = (index: number) => ({
    ip: `${network}.${number}.${index + 1}`,
    wrapper: ["sh", "-c", 'log=$1; shift; exec "$@" >"$log" 2>&1', "sh", logOf(index)],
  });
  const subject = { command: serfCommand(kind) };
  const cluster = new AgentCluster(subject, { placeOf, args });
  const victims: Victims = {
    agents: cluster.agents,
    cluster,
    logSize: ({ index }) => Deno.statSync(logOf(index)).size,
    async [Symbol.asyncDispose]() {
      await cluster[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
  try {
    await cluster.startMany(count);
    if (count > 1) await cluster.joinAll();
    await delay(1000);
    return victims;
  } catch (error) {
    await victims[Symbol.asyncDispose]();
    throw error;
  }
}

/** How much a process has used, at one moment. */
interface Usage {
  readonly memory: number;
  readonly processor: number;
}

async function usageOf({ process: { pid } }: ClusterAgent): Promise<Usage> {
  return { memory: await residentMemory(pid), processor: await processorTime(pid) };
}

/** Notes what becomes of agents from now on. */
export class Watch implements Disposable {
  /** How many processes have ended. */
  ended = 0;
  /** How often one agent told of another one that it failed. */
  failed = 0;
  readonly #agents: readonly ClusterAgent[];
  readonly #before: readonly Usage[];
  readonly #startedAt = performance.now();
  readonly #timer: ReturnType<typeof setInterval>;
  #growth = 0;

  private constructor(agents: readonly ClusterAgent[], before: readonly Usage[]) {
    this.#agents = agents;
    this.#before = before;
    this.#timer = setInterval(() => void this.#weigh().catch(() => {}), 200);
    for (const { process } of agents) void process.exit().then(() => this.ended++);
  }

  static async over(agents: readonly ClusterAgent[]): Promise<Watch> {
    const watch = new Watch(agents, await Promise.all(agents.map(usageOf)));
    await listen(agents, "member-failed", (record) => {
      if (!("members" in record)) return;
      // Whoever only came to ping just stops.
      watch.failed += record.members.filter(({ name }) => !name.startsWith(pingerPrefix)).length;
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

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #weigh(): Promise<void> {
    for (const [i, agent] of this.#agents.entries()) {
      const { memory } = await usageOf(agent);
      this.#growth = Math.max(this.#growth, memory - this.#before[i]!.memory);
    }
  }
}

/** What every attack must not do: end a process, or have an agent called failed. */
export function survival(attack: string, { ended, failed }: Watch): Measurement[] {
  return [
    toBeNone(`${attack}: agents that end`, ended),
    toBeNone(`${attack}: agents called failed`, failed),
  ];
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
