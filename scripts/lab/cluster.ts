/** Agents of one subject that know each other, on addresses of their own. */

import { RpcClient } from "../../src/rpc/client.ts";
import type { Subject } from "../experiments/bench/subject.ts";
import { delay, until } from "./waiting.ts";

const gossipPort = 7946;
const rpcPort = 7373;
/** The first two numbers of loopback addresses; the third tells clusters apart. */
const network = "127.75";
/** How many agents start at the same time. */
const starters = 4;
/** An agent's timers keep the phase of its start; real agents are not in step. */
const startSpread = 250;
/** A listener that lags behind would look like an agent that does not deliver. */
const recordLimit = 1_000_000;
let clusters = 0;

/** Where an agent lives. */
export interface Place {
  readonly ip: string;
  /** The command that runs another one there; none for where this process is. */
  readonly wrapper?: readonly string[];
}

/** Where a cluster lives, and how its agents are set up. */
export interface ClusterOptions {
  /** Where its n-th agent lives; on loopback if absent. */
  readonly placeOf?: (index: number) => Place;
  /** Further arguments of every agent. */
  readonly args?: readonly string[];
  /** The token that its agents ask for. */
  readonly authKey?: string;
}

/** One agent that runs. */
export interface BenchAgent {
  readonly name: string;
  readonly index: number;
  readonly ip: string;
  readonly gossip: string;
  readonly rpc: string;
  readonly process: Deno.ChildProcess;
  readonly client: RpcClient;
}

/** The agents that run, until it is disposed of. */
export class BenchCluster implements AsyncDisposable {
  readonly agents: BenchAgent[] = [];
  readonly #subject: Subject;
  readonly #options: ClusterOptions;
  readonly #number = ++clusters;
  #started = 0;

  constructor(subject: Subject, options: ClusterOptions = {}) {
    this.#subject = subject;
    this.#options = options;
  }

  /** Starts agents, lets them join, and waits until all list all and it is quiet. */
  static async form(
    subject: Subject,
    size: number,
    options: ClusterOptions = {},
  ): Promise<BenchCluster> {
    const cluster = new BenchCluster(subject, options);
    try {
      await cluster.startMany(size);
      await cluster.joinAll();
      await delay(4000);
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

  /** Starts one more agent, which is alone at first, under a name that was not there before. */
  async start(): Promise<BenchAgent> {
    const index = this.#started++;
    const { ip, wrapper = [] } = this.#options.placeOf?.(index) ?? this.#loopback(index);
    const [program = "", ...args] = [...wrapper, ...this.#subject.command];
    const name = `n${index}`;
    const gossip = `${ip}:${gossipPort}`;
    const rpc = `${ip}:${rpcPort}`;
    const settings = [`-node=${name}`, `-bind=${gossip}`, `-rpc-addr=${rpc}`];
    const process = new Deno.Command(program, {
      args: [...args, "agent", ...settings, ...this.#options.args ?? []],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const client = await connect(rpc, process, this.#options.authKey).catch((error) => {
      end(process);
      throw error;
    });
    const agent = { name, index, ip, gossip, rpc, process, client };
    this.agents.push(agent);
    return agent;
  }

  /** Starts an agent in the place of one that is gone, and lets it join those that are there. */
  async replace(): Promise<BenchAgent> {
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
      await until(async () => await countAlive(agent) === size, pause);
    }));
  }

  /** Forgets an agent, which somebody else ends. */
  remove(agent: BenchAgent): void {
    this.agents.splice(this.agents.indexOf(agent), 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client, process } of this.agents) {
      client.close();
      end(process);
    }
    await Promise.all(this.agents.map(({ process }) => process.status));
  }

  #loopback(index: number): Place {
    return { ip: `${network}.${this.#number}.${index + 1}` };
  }
}

/** How many members an agent holds to be alive: less work for it than listing them. */
export async function countAlive({ client }: BenchAgent): Promise<number> {
  const counts = (await client.stats()).get("serf");
  const count = (key: string) => Number(counts?.get(key));
  return count("members") - count("failed") - count("left");
}

/** Ends a process the hard way, if it has not ended. */
export function end(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
}

/** Connects to an agent that may still be starting. */
async function connect(
  address: string,
  process: Deno.ChildProcess,
  authKey = "",
): Promise<RpcClient> {
  let hasEnded = false;
  void process.status.then(() => hasEnded = true);
  const limit = performance.now() + 60_000;
  while (true) {
    try {
      return await RpcClient.connect({ address, authKey, recordLimit });
    } catch (error) {
      if (hasEnded) throw new Error(`The agent at ${address} ended as it started`);
      if (performance.now() > limit) throw error;
      await delay(20);
    }
  }
}
