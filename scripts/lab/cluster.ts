/** Agents of one program that know each other, on addresses of their own. */

import type { RpcClient } from "../../src/rpc/client.ts";
import { type AgentOptions, AgentProcess } from "./agents.ts";
import type { Command } from "./command.ts";
import { gossipPort } from "./fakes/fake_member.ts";
import { delay, eventually } from "./waiting.ts";

/** The first two numbers of loopback addresses; the third tells clusters apart. */
const network = "127.75";
/** How many agents start at the same time. */
const starters = 4;
/** An agent's timers keep the phase of its start; real agents are not in step. */
const startSpread = 250;
/** A listener that lags behind would look like an agent that does not deliver. */
const recordLimit = 1_000_000;
let clusters = 0;

/** A program with Serf's command line. */
export interface Program {
  readonly command: Command;
}

export interface ClusterOptions {
  /** Where its n-th agent lives, and what runs programs there; on loopback if absent. */
  readonly placeOf?: (index: number) => Pick<AgentOptions, "wrapper"> & { readonly ip: string };
  readonly args?: readonly string[];
  /** The token that its agents ask for. */
  readonly authKey?: string;
  /** The folder for the logs, each named after its agent; without one there are no logs. */
  readonly logs?: string;
}

export interface ClusterAgent {
  readonly name: string;
  readonly ip: string;
  readonly gossip: string;
  readonly rpc: string;
  readonly process: AgentProcess;
  readonly client: RpcClient;
}

/** The agents that run, until it is disposed of. */
export class AgentCluster implements AsyncDisposable {
  readonly agents: ClusterAgent[] = [];
  readonly #program: Program;
  readonly #options: ClusterOptions;
  readonly #number = ++clusters;
  #started = 0;

  constructor(program: Program, options: ClusterOptions = {}) {
    this.#program = program;
    this.#options = options;
  }

  /** Starts agents, lets them join, and waits until all list all and `quiet` milliseconds more. */
  static async form(
    program: Program,
    size: number,
    options: ClusterOptions = {},
    quiet = 4000,
  ): Promise<AgentCluster> {
    const cluster = new AgentCluster(program, options);
    try {
      await cluster.startMany(size);
      await cluster.joinAll();
      await delay(quiet);
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts agents, some at the same time; each is alone at first. */
  async startMany(count: number): Promise<void> {
    let left = count;
    const work = async () => {
      while (left-- > 0) {
        await delay(startSpread * Math.random());
        await this.start();
      }
    };
    await Promise.all(Array.from({ length: starters }, work));
  }

  /** Starts one more agent, which is alone at first, under a new name. */
  async start(): Promise<ClusterAgent> {
    const index = this.#started++;
    const { placeOf, args = [], authKey = "", logs } = this.#options;
    const loopback = { ip: `${network}.${this.#number}.${index + 1}`, wrapper: [] };
    const { ip, wrapper = [] } = placeOf?.(index) ?? loopback;
    const name = `n${index}`;
    const gossip = `${ip}:${gossipPort}`;
    const logging = ["sh", "-c", 'log=$1; shift; exec "$@" >"$log" 2>&1', "sh", `${logs}/${name}`];
    const process = AgentProcess.spawn("ours", {
      name,
      bind: gossip,
      args,
      wrapper: logs === undefined ? wrapper : [...wrapper, ...logging],
      program: this.#program.command,
      isSilent: true,
    });
    const client = await process.connect({ authKey, recordLimit }).catch(async (error) => {
      await process.kill();
      throw error;
    });
    const agent = { name, ip, gossip, rpc: process.rpc, process, client };
    this.agents.push(agent);
    return agent;
  }

  /** Starts an agent in the place of one that is gone, and lets it join the others. */
  async replace(): Promise<ClusterAgent> {
    const [contact] = this.agents;
    const agent = await this.start();
    await agent.client.join([contact!.gossip]);
    await this.agreed();
    return agent;
  }

  /** Lets all join one of them at once; returns how long it took until all listed all. */
  async joinAll(): Promise<number> {
    const [first, ...others] = this.agents;
    const startedAt = performance.now();
    const joined = others.map(({ client }) => client.join([first!.gossip]));
    await Promise.all([...joined, this.agreed()]);
    return performance.now() - startedAt;
  }

  /** Waits until every agent lists as many members alive as there are agents. */
  async agreed(): Promise<void> {
    const size = this.agents.length;
    const pause = Math.max(25, size);
    await Promise.all(this.agents.map(async (agent, index) => {
      // In step, they would ask the one processor for everything at once.
      await delay(pause * index / size);
      await listsAlive(agent, size, pause);
    }));
  }

  /** Takes any agent out of the cluster, for the caller to end. */
  takeAny(): ClusterAgent {
    return this.agents.splice(Math.floor(Math.random() * this.agents.length), 1)[0]!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client } of this.agents) client.close();
    await Promise.all(this.agents.map(({ process }) => process.kill()));
  }
}

/** Waits until an agent lists at least `count` members alive. */
export async function listsAlive(agent: ClusterAgent, count: number, pause = 20): Promise<void> {
  const isDone = async () => await countAlive(agent) >= count;
  await eventually(`${agent.name} lists ${count}`, isDone, { pause, within: 120_000 });
}

/** How many members an agent holds to be alive: less work for it than listing them. */
export async function countAlive({ client }: ClusterAgent): Promise<number> {
  const counts = (await client.stats()).get("serf");
  const count = (key: string) => Number(counts?.get(key));
  return count("members") - count("failed") - count("left");
}
