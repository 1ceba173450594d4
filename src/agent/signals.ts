/** Signals of the operating system, as a list to wait on (agent.md section 3). */

/** The signals that an agent acts on, and their names in its messages. */
export const signalNames = {
  SIGINT: "interrupt",
  SIGTERM: "terminated",
  SIGHUP: "hangup",
} as const;

/** A signal that an agent acts on. */
export type AgentSignal = keyof typeof signalNames;

/** What a platform without the others still has. */
const windowsSignals: readonly AgentSignal[] = ["SIGINT"];

/** The parts of the platform that signals come from; the platform itself by default. */
export interface SignalSystem {
  readonly build: { readonly os: string };
  addSignalListener(signal: Deno.Signal, handler: () => void): void;
  removeSignalListener(signal: Deno.Signal, handler: () => void): void;
}

/** Hears signals until it is closed; those that came while nobody asked are kept. */
export class Signals implements Disposable {
  readonly #system: SignalSystem;
  readonly #handlers = new Map<Deno.Signal, () => void>();
  readonly #waiting: AgentSignal[] = [];
  #reader: ((signal: AgentSignal) => void) | undefined;

  /** @param dump runs at every SIGUSR1, or BREAK on Windows. */
  constructor(dump: () => void, system: SignalSystem = Deno) {
    this.#system = system;
    const isWindows = system.build.os === "windows";
    const heard: readonly AgentSignal[] = isWindows
      ? windowsSignals
      : ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of heard) this.#listen(signal, () => this.#hear(signal));
    this.#listen(isWindows ? "SIGBREAK" : "SIGUSR1", dump);
  }

  /** Resolves to the next signal. One reader at a time. */
  next(): Promise<AgentSignal> {
    const waiting = this.#waiting.shift();
    if (waiting) return Promise.resolve(waiting);
    return new Promise((resolve) => this.#reader = resolve);
  }

  /** Gives the signals back their default action. */
  [Symbol.dispose](): void {
    for (const [signal, handler] of this.#handlers) {
      this.#system.removeSignalListener(signal, handler);
    }
    this.#handlers.clear();
  }

  #listen(signal: Deno.Signal, handler: () => void): void {
    this.#system.addSignalListener(signal, handler);
    this.#handlers.set(signal, handler);
  }

  #hear(signal: AgentSignal): void {
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader) reader(signal);
    else if (this.#waiting.length < 16) this.#waiting.push(signal);
  }
}
