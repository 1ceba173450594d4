/**
 * Real agents for tests and experiments: this program or HashiCorp's, started as processes at
 * addresses of the caller's choosing, watched and always ended.
 */

import { RpcClient, type RpcClientOptions } from "../../src/rpc/client.ts";
import { type Command, type Outcome, run } from "./command.ts";
import { findReferenceSerf } from "./reference_serf.ts";
import { delay, eventually } from "./waiting.ts";

/** `ours` is this program, `reference` HashiCorp's. */
export type Kind = "ours" | "reference";

const mainModule = new URL("../../main.ts", import.meta.url).pathname;
/** How long an agent may take to start, in milliseconds. */
const startLimit = 60_000;

/** The path of HashiCorp's serf, or undefined where it is not installed. */
export const referencePath: string | undefined = await findReferenceSerf();

/** Test option: skips a test, visibly, where the reference is missing. */
export const needsReference = { ignore: referencePath === undefined };

/** The command that runs a Serf of the given kind; `SERF_BUILD` names a build of ours. */
export function serfCommand(kind: Kind): Command {
  if (kind === "reference") return [referencePath ?? "serf"];
  const build = Deno.env.get("SERF_BUILD");
  if (build) return [build];
  return [Deno.execPath(), "run", "-A", "--unstable-net", "--quiet", "--no-lock", mainModule];
}

/** Where a Serf runs. */
interface Surroundings {
  /** A command that runs the one behind it, for instance in a network namespace. */
  readonly wrapper?: readonly string[];
  /** The command that is Serf; by default the one for its kind. */
  readonly program?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs one command of a Serf to its end, at most `limit` milliseconds. */
export function runSerf(
  kind: Kind,
  args: readonly string[],
  options: Surroundings & { readonly limit?: number } = {},
): Promise<Outcome> {
  const { limit = 60_000, env = {}, cwd } = options;
  const signal = AbortSignal.timeout(limit);
  return run(commandLine(kind, args, options), { env, signal, ...cwd !== undefined && { cwd } });
}

function commandLine(kind: Kind, args: readonly string[], options: Surroundings): Command {
  const { wrapper = [], program = serfCommand(kind) } = options;
  return [...wrapper, ...program, ...args] as readonly string[] as Command;
}

export interface AgentOptions extends Surroundings {
  readonly name: string;
  /** IP, or IP and port; the port defaults to 7946. */
  readonly bind: string;
  /** RPC address; the default is the bind IP with port 7373. */
  readonly rpc?: string;
  readonly args?: readonly string[];
  /** Discards the output, so that reading it takes no time. */
  readonly isSilent?: boolean;
}

export class AgentProcess implements AsyncDisposable {
  readonly kind: Kind;
  readonly name: string;
  readonly bind: string;
  readonly rpc: string;
  readonly #options: AgentOptions;
  readonly #child: Deno.ChildProcess;
  readonly #drained: Promise<unknown>;
  #output = "";
  #hasEnded = false;

  private constructor(kind: Kind, options: AgentOptions) {
    const { name, bind, rpc = `${bind.replace(/:\d+$/, "")}:7373`, cwd } = options;
    this.kind = kind;
    this.name = name;
    this.bind = bind;
    this.rpc = rpc;
    this.#options = options;
    const flags = [`-node=${name}`, `-bind=${bind}`, `-rpc-addr=${rpc}`, ...options.args ?? []];
    const [command, ...args] = commandLine(kind, ["agent", ...flags], options);
    const output = options.isSilent ? "null" : "piped";
    this.#child = new Deno.Command(command, {
      args,
      stdin: "null",
      stdout: output,
      stderr: output,
      env: { NO_COLOR: "1", ...options.env },
      ...cwd !== undefined && { cwd },
    }).spawn();
    const streams = options.isSilent ? [] : [this.#child.stdout, this.#child.stderr];
    this.#drained = Promise.all([this.#child.status, ...streams.map((each) => this.#drain(each))])
      .finally(() => this.#hasEnded = true);
  }

  /** Starts an agent that may take a while until it runs. */
  static spawn(kind: Kind, options: AgentOptions): AgentProcess {
    return new AgentProcess(kind, options);
  }

  /** Starts an agent and waits until it says that it runs. */
  static async start(kind: Kind, options: AgentOptions): Promise<AgentProcess> {
    const agent = new AgentProcess(kind, options);
    try {
      await agent.waitForOutput("Log data will now stream in", startLimit);
    } catch (error) {
      await agent.kill();
      throw error;
    }
    return agent;
  }

  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Waits until the output contains `text`; gives up at once if the agent has ended without it. */
  async waitForOutput(text: string, within = 60_000): Promise<void> {
    const what = `${this.name} (${this.kind}) prints "${text}"`;
    const detail = () => this.#output;
    const isDone = () => this.#output.includes(text) || this.#hasEnded;
    await eventually(what, isDone, { within, detail });
    if (!this.#output.includes(text)) throw new Error(`It ended before: ${what}\n${detail()}`);
  }

  /** Connects a client, as soon as the agent runs. */
  async connect(options: Omit<RpcClientOptions, "address"> = {}): Promise<RpcClient> {
    const limit = performance.now() + startLimit;
    while (true) {
      try {
        return await RpcClient.connect({ ...options, address: this.rpc });
      } catch (error) {
        if (this.#hasEnded) throw new Error(`${this.name} ended as it started`, { cause: error });
        if (performance.now() > limit) throw error;
        await delay(20);
      }
    }
  }

  /** Runs a client command of the given kind against this agent. */
  cli([command = "", ...args]: readonly string[], kind: Kind = this.kind): Promise<Outcome> {
    const { program, ...where } = this.#options;
    return runSerf(kind, [command, `-rpc-addr=${this.rpc}`, ...args], {
      ...where,
      ...program && kind === this.kind && { program },
    });
  }

  /** The members as this agent lists them, by name. */
  async members(kind: Kind = this.kind): Promise<Map<string, MemberLine>> {
    const { code, stdout, stderr } = await this.cli(["members", "-format=json"], kind);
    if (code !== 0) throw new Error(`members at ${this.name} failed: ${stdout}${stderr}`);
    const parsed: { members: MemberLine[] | null } = JSON.parse(stdout);
    return new Map((parsed.members ?? []).map((member) => [member.name, member]));
  }

  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for the end and returns the exit code, or -1 after a signal. */
  async exit(): Promise<number> {
    const { signal, code } = await this.#child.status;
    await this.#drained;
    return signal ? -1 : code;
  }

  /** Ends the process as `kill -9` does, if it has not ended. */
  async kill(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.exit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #drain(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.#output += text;
  }
}

/** One member as `members -format=json` shows it. */
interface MemberLine {
  readonly name: string;
  readonly addr: string;
  readonly status: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** An address of this machine with a port that nobody uses. */
export function freeAddress(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `127.0.0.1:${listener.addr.port}`;
}
