/**
 * Real agents for tests and experiments: this program or HashiCorp's, started as processes at
 * addresses of the caller's choosing, watched and always ended.
 */

import { RpcClient, type RpcClientOptions } from "../../src/rpc/client.ts";
import { findReferenceSerf } from "./reference_serf.ts";
import { delay, eventually } from "./waiting.ts";

/** `ours` is this program, `reference` HashiCorp's. */
export type Kind = "ours" | "reference";

const mainModule = new URL("../../main.ts", import.meta.url).pathname;

/** The path of HashiCorp's serf, or undefined where it cannot be had. */
export const referencePath: string | undefined = await findReferenceSerf();

/** Test option: skips a test, visibly, where the reference is missing. */
export const needsReference = { ignore: referencePath === undefined };

/** A build of this program, which takes the place of its sources. */
const builtProgram = Deno.env.get("SERF_BUILD");

/** The command that runs a Serf of the given kind; `SERF_BUILD` names a build of ours. */
export function serfCommand(kind: Kind): readonly [string, ...string[]] {
  if (kind === "reference") return [referencePath ?? "serf"];
  if (builtProgram) return [builtProgram];
  return [Deno.execPath(), "run", "-A", "--unstable-net", "--quiet", "--no-lock", mainModule];
}

/** What a finished command printed. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command of a Serf to its end, at most `limit` milliseconds. */
export async function runSerf(
  kind: Kind,
  args: readonly string[],
  options: {
    env?: Record<string, string>;
    cwd?: string;
    limit?: number;
    wrapper?: readonly string[];
    program?: readonly string[];
  } = {},
): Promise<Outcome> {
  const program = options.program ?? serfCommand(kind);
  const [command = "", ...first] = [...options.wrapper ?? [], ...program];
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...first, ...args],
    stdin: "null",
    env: { NO_COLOR: "1", ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    signal: AbortSignal.timeout(options.limit ?? 60_000),
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** How to start an agent. */
export interface AgentOptions {
  readonly name: string;
  /** IP, or IP and port; the port defaults to 7946. */
  readonly bind: string;
  /** RPC address; the default is the bind IP with port 7373. */
  readonly rpc?: string;
  readonly args?: readonly string[];
  /** A command that runs the one behind it, for instance in a network namespace. */
  readonly wrapper?: readonly string[];
  /** The command that is Serf; by default the one for the agent's kind. */
  readonly program?: readonly string[];
  /** Variables of its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder it runs in. */
  readonly cwd?: string;
  /** Whether its output goes nowhere, so that reading it takes no time from anybody. */
  readonly isSilent?: boolean;
}

/** A running agent. */
export class AgentProcess implements AsyncDisposable {
  readonly kind: Kind;
  readonly name: string;
  readonly bind: string;
  readonly rpc: string;
  readonly #options: AgentOptions;
  #child: Deno.ChildProcess;
  #output = "";
  #hasEnded = false;
  #drained: Promise<unknown>;

  private constructor(kind: Kind, options: AgentOptions) {
    this.kind = kind;
    this.name = options.name;
    const [ip] = splitPort(options.bind);
    this.bind = options.bind;
    this.rpc = options.rpc ?? `${ip}:7373`;
    this.#options = options;
    const program = options.program ?? serfCommand(kind);
    const [command = "", ...first] = [...options.wrapper ?? [], ...program];
    this.#child = new Deno.Command(command, {
      args: [
        ...first,
        "agent",
        `-node=${options.name}`,
        `-bind=${options.bind}`,
        `-rpc-addr=${this.rpc}`,
        ...options.args ?? [],
      ],
      stdin: "null",
      stdout: options.isSilent ? "null" : "piped",
      stderr: options.isSilent ? "null" : "piped",
      env: { NO_COLOR: "1", ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
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
      await agent.waitForOutput("Log data will now stream in", 60_000);
    } catch (error) {
      await agent.kill();
      throw error;
    }
    return agent;
  }

  /** Everything printed so far. */
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
    await eventually(what, () => {
      return Promise.resolve(this.#output.includes(text) || this.#hasEnded);
    }, { within, detail });
    if (!this.#output.includes(text)) throw new Error(`It ended before: ${what}\n${detail()}`);
  }

  /** Connects a client, as soon as the agent runs. */
  async connect(options: Omit<RpcClientOptions, "address"> = {}): Promise<RpcClient> {
    const limit = performance.now() + 60_000;
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
  cli(args: readonly string[], kind: Kind = this.kind): Promise<Outcome> {
    const [command = "", ...rest] = args;
    const { wrapper, program, env, cwd } = this.#options;
    return runSerf(kind, [command, `-rpc-addr=${this.rpc}`, ...rest], {
      ...(wrapper ? { wrapper } : {}),
      ...(program && kind === this.kind ? { program } : {}),
      ...(env ? { env: { ...env } } : {}),
      ...(cwd === undefined ? {} : { cwd }),
    });
  }

  /** Name to `address status tags` for all members, as this agent lists them. */
  async members(kind: Kind = this.kind): Promise<Map<string, MemberLine>> {
    const { code, stdout, stderr } = await this.cli(["members", "-format=json"], kind);
    if (code !== 0) throw new Error(`members at ${this.name} failed: ${stdout}${stderr}`);
    const parsed: { members: MemberLine[] | null } = JSON.parse(stdout);
    return new Map((parsed.members ?? []).map((member) => [member.name, member]));
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for the end and returns the exit code, or the signal's number negated. */
  async exit(): Promise<number> {
    const status = await this.#child.status;
    await this.#drained;
    return status.signal ? -1 : status.code;
  }

  /** Ends the process the hard way, as `kill -9` does. */
  async kill(): Promise<void> {
    end(this.#child);
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
export interface MemberLine {
  readonly name: string;
  readonly addr: string;
  readonly status: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Ends a process the hard way, if it has not ended. */
export function end(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
}

/** An address of this machine with a port that nobody uses. */
export function freeAddress(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `127.0.0.1:${listener.addr.port}`;
}

function splitPort(bind: string): [string, string | undefined] {
  const match = /^(.*?)(?::(\d+))?$/.exec(bind);
  return [match?.[1] ?? bind, match?.[2]];
}
