/**
 * Ends a script that takes too long, or that still runs when the agent ends, with
 * all that it started: first politely, then for good.
 *
 * Parity: the reference has no such limit; its scripts outlive it.
 */

import type { Milliseconds } from "../../ports/clock.ts";
import { formatGoDuration } from "../../go/duration.ts";

/** Scripts that have not ended this long after SIGTERM get SIGKILL. */
export const killDelay: Milliseconds = 2000;
/** When the agent ends, scripts may go on for this long before they get SIGTERM. */
export const farewellTime: Milliseconds = 2000;

export interface Limit {
  readonly time: Milliseconds;
  /** Aborts when the agent ends. */
  readonly agentEnd: AbortSignal;
}

/** Watches over one script; to be disposed of once that has ended. */
export class ScriptLimit implements Disposable {
  readonly #child: Deno.ChildProcess;
  readonly #limit: Limit;
  readonly #over = new AbortController();
  /** Aborts once nothing more is to be expected, even if somebody holds the output open. */
  readonly over = this.#over.signal;
  readonly #onAgentEnd = () => this.#restart(farewellTime, "the agent ended");
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Why the script was ended; `undefined` if it was not. */
  failure: string | undefined;

  /** `child` leads a process group of its own. */
  constructor(child: Deno.ChildProcess, limit: Limit) {
    this.#child = child;
    this.#limit = limit;
    this.#restart(limit.time, `time limit of ${formatGoDuration(limit.time)} exceeded`);
    limit.agentEnd.addEventListener("abort", this.#onAgentEnd);
    if (limit.agentEnd.aborted) this.#onAgentEnd();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#limit.agentEnd.removeEventListener("abort", this.#onAgentEnd);
  }

  #restart(time: Milliseconds, reason: string): void {
    if (this.failure !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(reason), time);
  }

  #end(reason: string): void {
    this.failure = reason;
    this.#signal("SIGTERM");
    this.#timer = setTimeout(() => {
      this.#signal("SIGKILL");
      this.#over.abort();
    }, killDelay);
  }

  /** Signals the whole group; Windows knows none, so there only the script itself ends. */
  #signal(signal: "SIGTERM" | "SIGKILL"): void {
    if (Deno.build.os !== "windows") signalGroup(this.#child.pid, signal);
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended already.
    }
  }
}

/** Has the shell do it: an agent that may only run scripts has no right to signal others. */
function signalGroup(leader: number, signal: "SIGTERM" | "SIGKILL"): void {
  const args = ["-c", `kill -s ${signal.slice(3)} -- -${leader}`];
  try {
    new Deno.Command("/bin/sh", { args, stdin: "null", stderr: "null" }).outputSync();
  } catch {
    // No process can be started now; the script alone gets the signal.
  }
}
