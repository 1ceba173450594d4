/**
 * What a case finds when it begins: a directory with its files, a network, and
 * the agents and servers of its setup.
 */

import { Program, sleep, until } from "./program.ts";
import { Sandbox } from "./sandbox.ts";
import { splitArguments } from "./script.ts";

/** How long an agent may take to come up, or to hear of another. */
const patience = 60_000;
/** How long a reload may take to show, where it shows. */
const reloading = 5000;
/** Printed by an agent that runs. */
export const runningLine = "Log data will now stream in as it occurs:";

const peersModule = new URL("peers.ts", import.meta.url).pathname;
const burstModule = new URL("event_burst.ts", import.meta.url).pathname;
const scriptCommand = [Deno.execPath(), "run", "-A", "--quiet", "--no-lock"];

/** Which programs play: paths or command lines to which arguments are added. */
export interface Cast {
  readonly command: readonly string[];
  /** Plays the agents of the setup. */
  readonly agent: readonly string[];
}

/** What a world is made of. */
export interface WorldOptions {
  readonly cast: Cast;
  readonly files: Readonly<Record<string, string>>;
  /** Shell commands that prepare the network. */
  readonly network: readonly string[];
  /** Whether the system's syslog is replaced: by none, or by one that is listened to. */
  readonly syslog?: "none" | "heard";
}

/** The environment of a case. */
export class World implements AsyncDisposable {
  readonly directory: string;
  /** Datagrams that the syslog server heard. */
  readonly syslog: string[] = [];
  readonly #cast: Cast;
  readonly #sandbox: Sandbox;
  readonly #agents = new Map<string, Program>();
  readonly #servers = new Map<string, Program>();
  readonly #resources: AsyncDisposableStack;

  private constructor(
    parts: { directory: string; cast: Cast; sandbox: Sandbox; resources: AsyncDisposableStack },
  ) {
    this.directory = parts.directory;
    this.#cast = parts.cast;
    this.#sandbox = parts.sandbox;
    this.#resources = parts.resources;
  }

  /** Opens a world without agents. */
  static async open(options: WorldOptions): Promise<World> {
    await using resources = new AsyncDisposableStack();
    const directory = await Deno.makeTempDir({ prefix: "serf-transcript-" });
    resources.defer(() => Deno.remove(directory, { recursive: true }));

    const network = [...options.network];
    if (options.syslog) {
      await Deno.mkdir(`${directory}/run`);
      network.push(`mount --bind ${directory}/run /run`);
    }
    const sandbox = await Sandbox.open(network) ?? Sandbox.shared();
    resources.use(sandbox);

    const { cast } = options;
    const world = new World({ directory, cast, sandbox, resources: resources.move() });
    for (const [name, text] of Object.entries(options.files)) await world.write(name, text);
    if (options.syslog === "heard") world.#listenToSyslog();
    return world;
  }

  /** Puts the directory's name where a text of the case says so. */
  expand(text: string): string {
    return text.replaceAll("<DIR>", this.directory);
  }

  /** Puts `<DIR>` where the text of a program names the directory. */
  normalise(text: string): string {
    return withoutFacts(text).replaceAll(this.directory, "<DIR>");
  }

  /** Writes a file into the directory, which others cannot read; scripts become executable. */
  async write(name: string, text: string): Promise<void> {
    const path = `${this.directory}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text, { mode: name.endsWith(".sh") ? 0o755 : 0o600 });
  }

  /** Starts the program under test. */
  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
    return this.#spawn(this.#cast.command, args, env);
  }

  /** Runs the program under test to its end, and returns what it printed. */
  async run(args: readonly string[]): Promise<string> {
    const program = this.start(args);
    await program.exit(patience);
    return withoutFacts(program.stdout);
  }

  /** The output of the first agent. */
  get agentOutput(): string {
    return this.#agents.values().next().value?.stdout ?? "";
  }

  /** Whether any agent runs. */
  get hasAgents(): boolean {
    return this.#agents.size > 0;
  }

  /** How many clients the agents have said to have accepted. */
  get acceptedClients(): number {
    const outputs = [...this.#agents.values()].map(({ stdout }) => stdout);
    return outputs.join("").split("agent.ipc: Accepted client: ").length - 1;
  }

  /** Makes the latest agent print its metrics, and returns all that it printed so far. */
  async dumpMetrics(): Promise<string> {
    const agent = [...this.#agents.values()].at(-1);
    agent?.signal("SIGUSR1");
    await sleep(1000);
    return agent?.stderr ?? "";
  }

  /**
   * Sends user events as these commands would, but all from one process: those
   * that may be merged must come close together however slow processes start.
   */
  async sendEvents(commands: readonly (readonly string[])[]): Promise<void> {
    const { code, stderr } = await this.#sandbox.spawn(
      [...scriptCommand, burstModule, ...commands.map((args) => JSON.stringify(args))],
      { cwd: this.directory, env: plainEnvironment() },
    ).output();
    if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  }

  /** What a server has printed. */
  serverOutput(role: string): string {
    return this.#servers.get(role)?.stdout ?? "";
  }

  /** Does what one line of a setup says. @throws {Error} on a sentence it does not know. */
  async perform(line: string): Promise<void> {
    let words: RegExpExecArray | null;
    if (line.startsWith("serf agent ")) return await this.#startAgent(line);
    if (line.startsWith("serf ")) return void await this.run(this.#arguments(line));
    if ((words = /^wait until the handler ran (\d+) times? for (\S+)$/.exec(line))) {
      return await this.#waitForHandler(words[2] ?? "", Number(words[1]));
    }
    if ((words = /^wait until (\S+) prints '(.*)'$/.exec(line))) {
      return await this.#waitForLine(words[1] ?? "", words[2] ?? "");
    }
    if ((words = /^wait ([\d.]+) s$/.exec(line))) return await sleep(Number(words[1]) * 1000);
    if ((words = /^wait for all (\d+) agents$/.exec(line))) {
      return await this.#waitFor(["members", "-status=alive"], (text) => {
        return text.trim().split("\n").length === Number(words?.[1]);
      });
    }
    if ((words = /^wait until (serf .*) succeeds$/.exec(line))) {
      const args = this.#arguments(words[1] ?? "");
      return await this.#waitFor(args, (_text, exit) => exit === 0);
    }
    if ((words = /^(SIG\w+) to (\S+), command sent at once$/.exec(line))) {
      return this.#agent(words[2]).signal(words[1] === "SIGSTOP" ? "SIGSTOP" : "SIGHUP");
    }
    if ((words = /^(\S+) rewritten to (.*), SIGHUP$/.exec(line))) {
      return await this.#reload(words[1] ?? "", words[2] ?? "");
    }
    if ((words = /^kill -9 of (\S+), command sent at once$/.exec(line))) {
      return await this.#kill(words[1]);
    }
    if ((words = /^kill -9 of (\S+), wait until it is listed as failed$/.exec(line))) {
      await this.#kill(words[1]);
      const args = ["members", "-status=failed", `-name=${words[1]}`];
      return await this.#waitFor(args, (text) => text.includes("failed"));
    }
    if ((words = /^an? (\w+) server on ([\d.]+:\d+)$/.exec(line))) {
      return await this.#serve(words[1] ?? "", words[2] ?? "");
    }
    throw new Error(`No such setup: "${line}"`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const programs = [...this.#agents.values(), ...this.#servers.values()];
    await Promise.all(programs.map((program) => program.kill()));
    await this.#resources.disposeAsync();
  }

  #spawn(
    command: readonly string[],
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Program {
    const child = this.#sandbox.spawn([...command, ...args.map((arg) => this.expand(arg))], {
      cwd: this.directory,
      env: { ...plainEnvironment(), ...env },
    });
    return new Program(child);
  }

  #arguments(line: string): readonly string[] {
    return splitArguments(line).slice(1);
  }

  #agent(name: string | undefined): Program {
    const agent = this.#agents.get(name ?? "");
    if (!agent) throw new Error(`No agent "${name}"`);
    return agent;
  }

  async #startAgent(line: string): Promise<void> {
    const name = /-node=(\S+)/.exec(line)?.[1] ?? "";
    const agent = this.#spawn(this.#cast.agent, this.#arguments(line));
    this.#agents.set(name, agent);
    const isUp = () => agent.stdout.includes(runningLine) || agent.hasEnded;
    if (!await until(isUp, patience) || agent.hasEnded) {
      throw new Error(`Agent "${name}" did not start:\n${agent.stdout}${agent.stderr}`);
    }
  }

  async #kill(name: string | undefined): Promise<void> {
    await this.#agent(name).kill();
    this.#agents.delete(name ?? "");
  }

  /** The reload says nothing when it is done; this program shows what changed, the reference nothing. */
  async #reload(file: string, text: string): Promise<void> {
    const before = await this.run(["info"]);
    await this.write(file, text);
    const [first] = this.#agents.values();
    first?.signal("SIGHUP");
    await until(() => this.agentOutput.includes("Reloading configuration..."), patience);
    await until(async () => await this.run(["info"]) !== before, reloading);
  }

  async #waitForHandler(event: string, times: number): Promise<void> {
    const count = async () => {
      const text = await Deno.readTextFile(`${this.directory}/invocations`).catch(() => "");
      const runs = text.split("==\n").slice(0, -1);
      return runs.filter((run) => run.includes(`SERF_EVENT=${event}\n`)).length;
    };
    if (await until(async () => await count() >= times, patience)) return;
    throw new Error(`The handler ran ${await count()} times for ${event}`);
  }

  async #waitForLine(name: string, text: string): Promise<void> {
    const agent = this.#agent(name);
    if (await until(() => agent.stdout.includes(text), patience)) return;
    throw new Error(`"${name}" never printed "${text}":\n${agent.stdout}`);
  }

  async #serve(role: string, address: string): Promise<void> {
    const server = this.#spawn(
      [...scriptCommand, peersModule],
      [role, address],
    );
    this.#servers.set(role, server);
    if (!await until(() => server.stdout.startsWith("ready"), patience)) {
      throw new Error(`No ${role} server: ${server.stderr}`);
    }
  }

  /** Runs a command again and again until what it prints is right. */
  async #waitFor(
    args: readonly string[],
    isRight: (text: string, exit: number | undefined) => boolean,
  ): Promise<void> {
    let text = "";
    const wasRight = await until(async () => {
      const program = this.start(args);
      const exit = await program.exit(patience);
      text = program.stdout;
      if (isRight(text, exit)) return true;
      await sleep(100);
      return false;
    }, patience);
    if (!wasRight) throw new Error(`"${args.join(" ")}" still prints:\n${text}`);
  }

  #listenToSyslog(): void {
    const socket = Deno.listenDatagram({
      transport: "unixpacket",
      path: `${this.directory}/run/syslog`,
    });
    this.#resources.defer(() => socket.close());
    const decoder = new TextDecoder();
    void (async () => {
      for await (const [packet] of socket) this.syslog.push(decoder.decode(packet));
    })();
  }
}

/** A nearly empty environment; DENO_DIR is where this program's modules lie. */
function plainEnvironment(): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of ["PATH", "HOME", "DENO_DIR"]) {
    const value = Deno.env.get(name);
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

/** What `info` prints as the reference does: behind it stand facts that change by the second. */
function withoutFacts(text: string): string {
  return text.replace(/^addresses:\n\tadvertised = [^]*/m, "");
}
