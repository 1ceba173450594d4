/**
 * Runs one script in the system's shell and gathers what it prints (agent.md
 * section 10.2).
 *
 * The run is over when the process has ended and nobody holds its output open. A
 * slow script is only reported, unless there is a limit (`script_limit.ts`).
 */

import { concatenate } from "../../bytes/concatenate.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import { errorText } from "../../ports/error_text.ts";
import { oneEachTurn } from "../next_turn.ts";
import { signalNames } from "../signals.ts";
import { type Limit, ScriptLimit } from "./script_limit.ts";
import { type Environment, shellCommand } from "./shell.ts";

/** Only this many bytes, the last ones, of a script's output are kept. */
export const outputLimit = 8192;
/** A script that runs longer than this is called slow. */
export const slowAfter: Milliseconds = 1000;

/** A script that printed more than this is read at a pace that leaves the agent alone. */
const floodLimit = 16 * 1024 * 1024;
/** The pause after each piece of a flood. */
const floodPause: Milliseconds = 10;

export interface ScriptRun {
  readonly script: string;
  /** Variables on top of the agent's own. */
  readonly environment: Environment;
  /** What it can read, in pieces: each is asked for when the script has taken those before. */
  readonly input: Iterable<Uint8Array>;
  /** Runs once if the script takes longer than {@linkcode slowAfter}. */
  readonly onSlow: () => void;
  /** When it has to end; absent for whenever it likes. */
  readonly limit?: Limit | undefined;
}

export interface ScriptOutcome {
  /** The end of what went to standard output and standard error. */
  readonly output: Uint8Array;
  /** How much there was of it, before it was cut. */
  readonly totalBytes: number;
  /** Why it failed, for instance `exit status 7`; `undefined` for status 0. */
  readonly failure: string | undefined;
}

/** Runs a script to its end. Never rejects: whatever goes wrong is its failure. */
export async function runScript(run: ScriptRun): Promise<ScriptOutcome> {
  const tail = new Tail();
  const startedAt = performance.now();
  let isSlow = false;
  const noteSlow = () => {
    if (!isSlow) run.onSlow();
    isSlow = true;
  };
  const timer = setTimeout(noteSlow, slowAfter);
  try {
    const child = commandOf(run).spawn();
    using limit = run.limit && new ScriptLimit(child, run.limit);
    const [status] = await Promise.all([
      child.status,
      feed(child, run.input),
      tail.fill(child.stdout, limit?.over),
      tail.fill(child.stderr, limit?.over),
    ]);
    // On a busy machine a script may have ended before the timer gets its turn.
    if (performance.now() - startedAt >= slowAfter) noteSlow();
    return { ...tail.result, failure: limit?.failure ?? describeFailure(status) };
  } catch (error) {
    return { ...tail.result, failure: errorText(error) };
  } finally {
    clearTimeout(timer);
  }
}

function commandOf({ script, environment, limit }: ScriptRun): Deno.Command {
  const { command, args, windowsRawArguments } = shellCommand(script, environment);
  return new Deno.Command(command, {
    args: [...args],
    windowsRawArguments,
    // A process group of its own can be ended with all that it started.
    detached: limit !== undefined,
    env: { ...environment },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Writes the input and closes it; a script need not read it. */
async function feed(child: Deno.ChildProcess, input: Iterable<Uint8Array>): Promise<void> {
  const writer = child.stdin.getWriter();
  const ended = child.status.then(() => writer.abort().catch(() => {}));
  try {
    for await (const piece of oneEachTurn(input)) await writer.write(piece.slice());
    await writer.close();
  } catch {
    // It ended, or closed its input, before it had read everything.
    await ended;
  }
}

class Tail {
  #output = new Uint8Array(0);
  #totalBytes = 0;

  get result(): Pick<ScriptOutcome, "output" | "totalBytes"> {
    return { output: this.#output, totalBytes: this.#totalBytes };
  }

  /** Reads a stream to its end, or until `over` aborts. */
  async fill(stream: ReadableStream<Uint8Array>, over?: AbortSignal): Promise<void> {
    const reader = stream.getReader();
    over?.addEventListener("abort", () => void reader.cancel(), { once: true });
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      this.#totalBytes += read.value.length;
      this.#output = concatenate([this.#output, read.value]).slice(-outputLimit);
      if (this.#totalBytes > floodLimit) {
        await new Promise((resume) => setTimeout(resume, floodPause));
      }
    }
  }
}

const signalTexts: Readonly<Record<string, string>> = {
  ...signalNames,
  SIGQUIT: "quit",
  SIGILL: "illegal instruction",
  SIGTRAP: "trace/breakpoint trap",
  SIGABRT: "aborted",
  SIGBUS: "bus error",
  SIGFPE: "floating point exception",
  SIGKILL: "killed",
  SIGUSR1: "user defined signal 1",
  SIGSEGV: "segmentation fault",
  SIGUSR2: "user defined signal 2",
  SIGPIPE: "broken pipe",
  SIGALRM: "alarm clock",
};

function describeFailure(status: Deno.CommandStatus): string | undefined {
  if (status.success) return undefined;
  if (status.signal === null) return `exit status ${status.code}`;
  return `signal: ${signalTexts[status.signal] ?? status.signal}`;
}
