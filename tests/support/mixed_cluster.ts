/** A cluster of two agents of this program and two of HashiCorp's, for tests. */

import { AgentProcess, type Kind } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";

/** Two agents of each kind, and where their handlers note what they hear. */
export class MixedCluster implements AsyncDisposable {
  /** Who belongs to the cluster; a name says its kind, its number its address. */
  static readonly names = ["ours-1", "ours-2", "reference-1", "reference-2"] as const;

  /** A folder of its own, which goes with it. */
  readonly directory: string;
  readonly agents = new Map<string, AgentProcess>();
  readonly #net: string;
  readonly #args: readonly string[];

  private constructor(net: string, args: readonly string[], directory: string) {
    this.#net = net;
    this.#args = args;
    this.directory = directory;
  }

  /**
   * Prepares a cluster in which nobody runs yet.
   *
   * @param net the first three bytes of the loopback addresses that it may use.
   * @param args further arguments of every agent.
   */
  static async create(net: string, args: readonly string[] = []): Promise<MixedCluster> {
    return new MixedCluster(net, args, await Deno.makeTempDir());
  }

  /** The address of an agent, whether it runs or not. */
  bindOf(name: string): string {
    return `${this.#net}.${Number(name.at(-1)) + (kindOf(name) === "ours" ? 0 : 2)}`;
  }

  /** Starts (or restarts) one agent. */
  async start(name: string, ...more: readonly string[]): Promise<AgentProcess> {
    const kind = kindOf(name);
    const agent = await AgentProcess.start(kind, {
      name,
      bind: this.bindOf(name),
      args: [
        "-profile=local",
        `-tag=kind=${kind}`,
        `-tag=name=${name}`,
        `-event-handler=user=echo "$SERF_USER_EVENT $(cat)" >> ${this.#logOf(name)}`,
        ...this.#args,
        ...more,
      ],
    });
    this.agents.set(name, agent);
    return agent;
  }

  /** Starts everybody side by side and waits until all see all. */
  async startAll(moreOf: (name: string) => readonly string[] = () => []): Promise<void> {
    const { names } = MixedCluster;
    await Promise.all(names.map((name) => this.start(name, ...moreOf(name))));
    const [first, ...others] = names;
    for (const name of others) {
      await this.agent(first).cli(["join", this.bindOf(name)], "reference");
    }
    await this.allSee(Object.fromEntries(names.map((name) => [name, "alive"])));
  }

  agent(name: string): AgentProcess {
    const agent = this.agents.get(name);
    if (!agent) throw new Error(`No agent "${name}"`);
    return agent;
  }

  /** Ends an agent the hard way. */
  async kill(name: string): Promise<void> {
    await this.agent(name).kill();
    this.agents.delete(name);
  }

  /** Waits until all running agents agree on everybody's status. */
  async allSee(expected: Readonly<Record<string, string>>): Promise<void> {
    for (const agent of this.agents.values()) {
      let seen: Record<string, string> = {};
      await eventually(`${agent.name} sees ${JSON.stringify(expected)}`, async () => {
        // HashiCorp's command line starts faster, which counts when asking again and again.
        const members = [...(await agent.members("reference")).values()];
        seen = Object.fromEntries(members.map(({ name, status }) => [name, status]));
        return sorted(seen) === sorted(expected);
      }, { detail: () => `It sees ${JSON.stringify(seen)}\n${agent.output}` });
    }
  }

  /** The lines that the handler of `name` wrote. */
  async heard(name: string): Promise<string[]> {
    const text = await Deno.readTextFile(this.#logOf(name)).catch(() => "");
    return text.split("\n").filter((line) => line !== "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.agents.values()].map((agent) => agent.kill()));
    await Deno.remove(this.directory, { recursive: true });
  }

  #logOf(name: string): string {
    return `${this.directory}/${name}.log`;
  }
}

function kindOf(name: string): Kind {
  return name.startsWith("ours") ? "ours" : "reference";
}

function sorted(record: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(record).sort());
}
