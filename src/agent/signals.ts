/** Signals of the operating system, as a list to wait on (agent.md section 3). */

/** The signals that an agent acts on, and their names in its messages. */
export const signalNames = {
  SIGINT: "interrupt",
  SIGTERM: "terminated",
  SIGHUP: "hangup",
} as const;

export type AgentSignal = keyof typeof signalNames;

/** Windows has no others. */
const windowsSignals: readonly AgentSignal[] = ["SIGINT"];
const unixSignals: readonly AgentSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** The parts of the platform that signals come from; the platform itself by default. */
export interface SignalSystem {
  readonly build: { readonly os: string };
  addSignalListener(signal: Deno.Signal, handler: () => void): void;
  removeSignalListener(signal: Deno.Signal, handler: () => void): void;
}

/** Receives signals until it is closed; those that nobody waited for are kept. */
export class Signals implements Disposable {
  readonly #listeners = new DisposableStack();
  readonly #waiting: AgentSignal[] = [];
  #reader: ((signal: AgentSignal) => void) | undefined;

  /** @param dump runs at every SIGUSR1, or BREAK on Windows. */
  constructor(dump: () => void, system: SignalSystem = Deno) {
    const listen = (signal: Deno.Signal, handler: () => void) => {
      system.addSignalListener(signal, handler);
      this.#listeners.defer(() => system.removeSignalListener(signal, handler));
    };
    const isWindows = system.build.os === "windows";
    for (const signal of isWindows ? windowsSignals : unixSignals) {
      listen(signal, () => this.#receive(signal));
    }
    listen(isWindows ? "SIGBREAK" : "SIGUSR1", dump);
  }

  /** Resolves to the next signal. One reader at a time. */
  next(): Promise<AgentSignal> {
    const waiting = this.#waiting.shift();
    if (waiting) return Promise.resolve(waiting);
    return new Promise((resolve) => this.#reader = resolve);
  }

  /** Gives the signals back their default action. */
  [Symbol.dispose](): void {
    this.#listeners.dispose();
  }

  #receive(signal: AgentSignal): void {
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader) reader(signal);
    else if (this.#waiting.length < 16) this.#waiting.push(signal);
  }
}
