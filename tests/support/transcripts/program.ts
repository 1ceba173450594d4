/** A started process: its output so far, signals, and its end. */

import { constants } from "node:os";

/** How often what a process printed is looked at, in milliseconds. */
const pollInterval = 10;

/** Waits for some milliseconds. */
export function sleep(delay: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delay));
}

/** Waits until `check` holds; returns whether it ever did. */
export async function until(
  check: () => boolean | Promise<boolean>,
  limit: number,
): Promise<boolean> {
  const end = performance.now() + limit;
  while (!await check()) {
    if (performance.now() > end) return false;
    await sleep(pollInterval);
  }
  return true;
}

/** A running process whose output is collected. */
export class Program {
  readonly #child: Deno.ChildProcess;
  readonly #drained: Promise<unknown>;
  #stdout = "";
  #stderr = "";
  #hasEnded = false;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    void child.status.then(() => this.#hasEnded = true);
    this.#drained = Promise.all([
      drain(child.stdout, (text) => this.#stdout += text),
      drain(child.stderr, (text) => this.#stderr += text),
    ]);
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Sends a signal; one to a process that has ended is lost. */
  signal(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /**
   * Waits for the end.
   *
   * @returns the exit status, or the negated number of the signal that ended it;
   *   undefined if it had to be killed after `limit` milliseconds.
   */
  async exit(limit: number): Promise<number | undefined> {
    const inTime = await until(() => this.#hasEnded, limit);
    if (!inTime) this.signal("SIGKILL");
    const { code, signal } = await this.#child.status;
    // A background child of a handler may hold the output open: don't wait for it for ever.
    await Promise.race([this.#drained, sleep(3000)]);
    if (!inTime) return undefined;
    return signal === null ? code : -constants.signals[signal as keyof typeof constants.signals];
  }

  /** Ends it the hard way. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exit(10_000);
  }
}

async function drain(
  stream: ReadableStream<Uint8Array>,
  take: (text: string) => void,
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) take(text);
}
