/**
 * A recipe as a user would run it: its scripts copied into a folder, `serf` on the
 * path, agents with its handlers, and the real servers that it is for.
 */

import { findProgram, missingPackages } from "../../scripts/debian_packages.ts";
import { AgentProcess, type Kind, serfCommand } from "../../scripts/lab/agents.ts";
import type { Outcome } from "../../scripts/lab/command.ts";
import { eventually } from "../../scripts/lab/waiting.ts";

const recipes = new URL("../../scripts/recipes/", import.meta.url).pathname;

/** Test option: skips a test, and says which of Debian's packages it lacks. */
export async function needsPrograms(
  ...programs: readonly string[]
): Promise<{ readonly ignore: boolean }> {
  const missing = await missingPackages(programs);
  if (Deno.build.os !== "linux") missing.push("Linux");
  if (missing.length > 0) {
    console.warn(`TESTS ARE SKIPPED: they need ${missing.join(", ")}`);
  }
  return { ignore: missing.length > 0 };
}

/** Makes `serf` a command in a new folder, for whoever has that on the path. */
export async function installSerf(folder: string, kind: Kind = "ours"): Promise<void> {
  await Deno.mkdir(folder);
  const words = serfCommand(kind).map((word) => `'${word}'`).join(" ");
  await Deno.writeTextFile(`${folder}/serf`, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
}

/** How a node of the recipe starts. */
export interface NodeOptions {
  readonly name: string;
  readonly ip: string;
  readonly args?: readonly string[];
  /** What the recipe's scripts read; `FOLDER` in it is the node's folder. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A machine of the recipe: a folder with its scripts, an agent, and servers. */
export class RecipeNode {
  readonly folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #servers: Deno.ChildProcess[] = [];
  #agent: AgentProcess | undefined;

  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.#env = env;
  }

  /** Starts the agent. */
  async startAgent({ name, ip, args = [] }: NodeOptions): Promise<void> {
    this.#agent = await AgentProcess.start("ours", {
      name,
      bind: ip,
      cwd: this.folder,
      env: this.#env,
      args: ["-profile=local", ...args],
    });
  }

  /** The agent. */
  get agent(): AgentProcess {
    if (!this.#agent) throw new Error("The node has no agent yet");
    return this.#agent;
  }

  /** Runs a command line in the node's folder. */
  async run(line: string): Promise<Outcome> {
    const { code, stdout, stderr } = await new Deno.Command("/bin/sh", {
      args: ["-c", line],
      cwd: this.folder,
      env: { ...this.#env },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  /** Starts a server in the foreground, to be ended with the node. */
  async startServer(program: string, args: readonly string[]): Promise<Deno.ChildProcess> {
    const path = await findProgram(program);
    if (path === undefined) throw new Error(`There is no ${program}`);
    const server = new Deno.Command("/bin/sh", {
      args: ["-c", 'exec "$@" >> server.log 2>&1', "sh", path, ...args],
      cwd: this.folder,
      env: { ...this.#env },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#servers.push(server);
    return server;
  }

  /** A file in the node's folder; empty if it is not there. */
  async read(name: string): Promise<string> {
    return await Deno.readTextFile(`${this.folder}/${name}`).catch(() => "");
  }

  /** Ends the agent the hard way, as a crash does, and then the servers. */
  async kill(): Promise<void> {
    await this.#agent?.kill();
    for (const server of this.#servers.splice(0)) await endServer(server);
  }
}

/** Ends a server so that it ends its own processes: a killed nginx leaves them behind. */
async function endServer(server: Deno.ChildProcess): Promise<void> {
  const signal = (name: Deno.Signal) => {
    try {
      server.kill(name);
    } catch {
      // It has ended already.
    }
  };
  signal("SIGTERM");
  const timer = setTimeout(() => signal("SIGKILL"), 10_000);
  await server.status;
  clearTimeout(timer);
}

/** The machines of a recipe, until it is disposed of. */
export class Recipe implements AsyncDisposable {
  readonly #folder: string;
  readonly #name: string;
  readonly #nodes: RecipeNode[] = [];

  private constructor(name: string, folder: string) {
    this.#name = name;
    this.#folder = folder;
  }

  static async open(name: string): Promise<Recipe> {
    const folder = await Deno.makeTempDir({ prefix: "serf-recipe-" });
    // Servers that give up their rights must still reach their files.
    await Deno.chmod(folder, 0o755);
    await installSerf(`${folder}/bin`);
    return new Recipe(name, folder);
  }

  /** Makes a machine; `prepare` puts its servers' files into the folder before the agent starts. */
  async addNode(
    options: NodeOptions,
    prepare: (node: RecipeNode) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<RecipeNode> {
    const folder = `${this.#folder}/${options.name}`;
    await Deno.mkdir(folder);
    for await (const { name } of Deno.readDir(`${recipes}${this.#name}`)) {
      await Deno.copyFile(`${recipes}${this.#name}/${name}`, `${folder}/${name}`);
    }
    const own = Object.entries(options.env ?? {})
      .map(([name, value]) => [name, value.replaceAll("FOLDER", folder)]);
    const node = new RecipeNode(folder, {
      PATH: `${this.#folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      SERF_RPC_ADDR: `${options.ip}:7373`,
      ...Object.fromEntries(own),
    });
    this.#nodes.push(node);
    await prepare(node);
    await node.startAgent(options);
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#nodes) await node.kill();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Waits until something that may fail meanwhile returns what is wanted. */
export async function eventuallyEqual<T>(
  what: string,
  expected: T,
  look: () => Promise<T>,
): Promise<void> {
  let last: unknown;
  await eventually(what, async () => {
    last = await look().catch((error) => String(error));
    return JSON.stringify(last) === JSON.stringify(expected);
  }, { detail: () => `It is ${JSON.stringify(last)}, not ${JSON.stringify(expected)}` });
}
