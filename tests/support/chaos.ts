/**
 * A cluster of real agents, of both kinds, in a network with faults.
 *
 * Where HashiCorp's agent is missing, all of them are ours.
 */

import { RpcClient } from "../../src/rpc/client.ts";
import { AgentProcess, type Kind, referencePath } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";
import { NetworkStar } from "../../scripts/lab/network_star.ts";

/** How the agents of a cluster are started. */
export interface ChaosOptions {
  readonly kinds: readonly Kind[];
  readonly args?: readonly string[];
  /** Further arguments for the agent with this index. */
  readonly argsOf?: (index: number) => readonly string[];
  /** A command that the agent with this index is run by. */
  readonly wrapperOf?: (index: number) => readonly string[];
}

/** Kinds in turn, `count` of them; all ours where there is no reference. */
export function mixedKinds(count: number): Kind[] {
  return Array.from({ length: count }, (_, index) => {
    return index % 2 === 1 && referencePath !== undefined ? "reference" : "ours";
  });
}

/** A place in the cluster and the agent that is there at the moment. */
export class ChaosAgent {
  readonly index: number;
  readonly kind: Kind;
  readonly name: string;
  readonly ip: string;
  readonly #start: () => Promise<AgentProcess>;
  process: AgentProcess | undefined;

  constructor(index: number, kind: Kind, ip: string, start: () => Promise<AgentProcess>) {
    this.index = index;
    this.kind = kind;
    this.name = `chaos-${index}`;
    this.ip = ip;
    this.#start = start;
  }

  get isUp(): boolean {
    return this.process !== undefined;
  }

  async start(): Promise<void> {
    this.process = await this.#start();
  }

  async kill(): Promise<void> {
    await this.process?.kill();
    this.process = undefined;
  }

  /** Name to status, as this agent sees it; undefined if it does not answer. */
  async statuses(): Promise<ReadonlyMap<string, string> | undefined> {
    const { process } = this;
    if (!process) return undefined;
    try {
      if (this.kind === "reference") {
        const members = await process.members();
        return new Map([...members.values()].map(({ name, status }) => [name, status]));
      }
      using client = await RpcClient.connect({ address: process.rpc });
      return new Map((await client.members()).map(({ name, status }) => [name, status]));
    } catch {
      return undefined;
    }
  }
}

/** Agents at one switch. */
export class ChaosCluster implements AsyncDisposable {
  readonly network: NetworkStar;
  readonly agents: readonly ChaosAgent[];
  readonly folder: string;

  private constructor(network: NetworkStar, folder: string, options: ChaosOptions) {
    this.network = network;
    this.folder = folder;
    this.agents = network.members.map(({ ip, wrapper }, index) => {
      const kind = options.kinds[index] ?? "ours";
      // A Unix socket is reachable from here, whatever network its owner lives in.
      const rpc = kind === "ours" ? `unix:${folder}/${index}.sock` : `${ip}:7373`;
      return new ChaosAgent(index, kind, ip, () =>
        AgentProcess.start(kind, {
          name: `chaos-${index}`,
          bind: ip,
          rpc,
          wrapper: [...wrapper, ...options.wrapperOf?.(index) ?? []],
          args: [
            `-retry-join=${network.members[0]?.ip}`,
            "-retry-interval=1s",
            ...options.args ?? [],
            ...options.argsOf?.(index) ?? [],
          ],
        }));
    });
  }

  /** Starts all agents and waits until each sees all. */
  static async start(options: ChaosOptions): Promise<ChaosCluster> {
    const network = await NetworkStar.create(options.kinds.length);
    const folder = await Deno.makeTempDir({ prefix: "serf-chaos-" });
    const cluster = new ChaosCluster(network, folder, options);
    try {
      for (const agent of cluster.agents) await agent.start();
      await cluster.settled();
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.kill()));
    await this.network[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }

  /** Waits until every agent that is up sees exactly those that are up as alive. */
  async settled(within = 120_000): Promise<void> {
    let last = "";
    await eventually("all agents agree on who is alive", async () => {
      const disagreement = await this.#disagreement(this.agents.filter(({ isUp }) => isUp));
      last = disagreement ?? "";
      return disagreement === undefined;
    }, { within, detail: () => last });
  }

  /** Waits until agents with these indices see exactly each other as alive. */
  async seeOnly(indices: readonly number[], within = 120_000): Promise<void> {
    const group = this.agents.filter(({ index }) => indices.includes(index));
    await eventually(
      `agents ${indices.join(", ")} see only each other`,
      async () => await this.#disagreement(group) === undefined,
      { within },
    );
  }

  /** Says which of these agents does not see exactly them as alive. */
  async #disagreement(group: readonly ChaosAgent[]): Promise<string | undefined> {
    const wanted = group.map(({ name }) => name).sort().join();
    for (const agent of group) {
      const statuses = await agent.statuses();
      const alive = [...statuses ?? []].filter(([, status]) => status === "alive");
      const found = alive.map(([name]) => name).sort().join();
      if (found !== wanted) return `${agent.name} sees ${found || "nobody"}, not ${wanted}`;
    }
    return undefined;
  }

  /** Fires an event at one agent and waits until all that are up have logged it. */
  async spreadEvent(from: number, name: string, within = 60_000): Promise<void> {
    const source = this.agents[from]?.process;
    if (!source) throw new Error(`Agent ${from} is not up`);
    const { code, stdout } = await source.cli(["event", name], source.kind);
    if (code !== 0) throw new Error(`event failed: ${stdout}`);
    await eventually(`all agents hear of "${name}"`, () => {
      return Promise.resolve(this.agents.every(({ process }) => {
        return !process || process.output.includes(`Received event: user-event: ${name}`);
      }));
    }, { within });
  }
}
