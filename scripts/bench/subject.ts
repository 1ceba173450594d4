/** A `serf` to measure, and clusters of its agents on loopback. */

import { RpcClient } from "../../src/rpc/client.ts";

/** A program with Serf's command line. */
export interface Subject {
  readonly name: string;
  readonly command: readonly string[];
}

const gossipPort = 7946;
const rpcPort = 7373;
/** The first two numbers of all addresses; the third tells clusters apart. */
const network = "127.75";
let clusters = 0;

/** One agent that runs. */
export interface BenchAgent {
  readonly name: string;
  readonly gossip: string;
  readonly rpc: string;
  readonly process: Deno.ChildProcess;
  readonly client: RpcClient;
}

/** Agents of one subject that know each other. */
export class BenchCluster implements AsyncDisposable {
  readonly agents: BenchAgent[] = [];
  readonly #subject: Subject;
  readonly #number = ++clusters;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** Starts agents, lets them join, and waits until all list all. */
  static async form(subject: Subject, size: number): Promise<BenchCluster> {
    const cluster = new BenchCluster(subject);
    try {
      for (let i = 0; i < size; i++) await cluster.start();
      await cluster.joinAll();
      await delay(4000);
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts one more agent, which is alone at first. */
  async start(): Promise<BenchAgent> {
    const index = this.agents.length;
    const host = `${network}.${this.#number}.${index + 1}`;
    const [program, ...args] = this.#subject.command;
    const name = `n${index}`;
    const gossip = `${host}:${gossipPort}`;
    const rpc = `${host}:${rpcPort}`;
    const process = new Deno.Command(program!, {
      args: [...args, "agent", `-node=${name}`, `-bind=${gossip}`, `-rpc-addr=${rpc}`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const client = await connect(rpc).catch((error) => {
      process.kill("SIGKILL");
      throw error;
    });
    const agent = { name, gossip, rpc, process, client };
    this.agents.push(agent);
    return agent;
  }

  /** Lets all join the first at once; returns how long it took until all listed all. */
  async joinAll(): Promise<number> {
    const [first, ...others] = this.agents;
    const startedAt = performance.now();
    const joined = others.map(({ client }) => client.join([first!.gossip]));
    const agreed = this.agents.map(({ client }) =>
      until(async () => {
        const alive = (await client.members()).filter(({ status }) => status === "alive");
        return alive.length === this.agents.length;
      }, 25)
    );
    await Promise.all([...joined, ...agreed]);
    return performance.now() - startedAt;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client, process } of this.agents) {
      client.close();
      try {
        process.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
    }
    await Promise.all(this.agents.map(({ process }) => process.status));
  }
}

/** Waits so many milliseconds. */
export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until `condition` holds, asking every so many milliseconds, for two minutes at most. */
export async function until(condition: () => Promise<boolean>, pause: number): Promise<void> {
  const limit = performance.now() + 120_000;
  while (!await condition()) {
    if (performance.now() > limit) throw new Error("It took more than two minutes");
    await delay(pause);
  }
}

async function connect(address: string): Promise<RpcClient> {
  const limit = performance.now() + 60_000;
  while (true) {
    try {
      return await RpcClient.connect({ address });
    } catch (error) {
      if (performance.now() > limit) throw error;
      await delay(20);
    }
  }
}
