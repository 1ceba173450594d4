/** Ports that take the time of every turn of a core, and know what kind of turn it is. */

import type { Clock } from "../../../src/ports/clock.ts";
import type { Inbound, Transport } from "../../../src/ports/transport.ts";
import { Stopwatch } from "./stopwatch.ts";
import type { TurnTimes } from "./turn_times.ts";

export class TurnWatch {
  readonly #times: TurnTimes;
  kind = "";
  /** How long watching itself took. */
  #overhead = 0;

  constructor(times: TurnTimes) {
    this.#times = times;
  }

  /** Runs one turn. Turns that the network of a simulation nests count for themselves. */
  run<T>(kind: string, turn: () => T): T {
    const outer = this.kind;
    this.kind = kind;
    const before = this.#overhead;
    const watch = new Stopwatch();
    try {
      return turn();
    } finally {
      const { time, hasCollected } = watch.lap();
      this.#times.add(kind, { time: Math.max(0, time - this.#overhead + before), hasCollected });
      this.kind = outer;
    }
  }

  /** Finds out what kind of turn is booked: that takes long, and no turn is to blame. */
  kindOfTimer(): string {
    const startedAt = performance.now();
    const kind = kindOfTimer(this.kind);
    this.#overhead += performance.now() - startedAt;
    return kind;
  }
}

/** A clock whose timers are turns, named after the file that books them. */
export function timedClock(clock: Clock, watch: TurnWatch): Clock {
  return {
    now: () => clock.now(),
    after(delay, action) {
      const kind = watch.kindOfTimer();
      return clock.after(delay, () => watch.run(kind, action));
    },
  };
}

/** Others book timers through these files, and name the kinds. */
const carriers = new Set(["timed_ports", "ticker", "sim_process", "sliced_work"]);

Error.stackTraceLimit = 6;

function kindOfTimer(current: string): string {
  const files = (new Error().stack ?? "").matchAll(/\/(\w+)\.ts:\d+/g);
  for (const [, file = ""] of files) {
    if (file === "ticker" && current.startsWith("timer of ")) return current;
    if (file === "sliced_work") {
      return current.replace(/( \(a later slice\))?$/, " (a later slice)");
    }
    if (!carriers.has(file)) return `timer of ${file}`;
  }
  return "timer";
}

/** A transport whose answers are turns. */
export function timedTransport(transport: Transport, watch: TurnWatch): Transport {
  return {
    sendPacket: (to, packet) => transport.sendPacket(to, packet),
    exchange(to, request, options) {
      const done: typeof options.done = (result) =>
        watch.run("stream reply", () => options.done(result));
      transport.exchange(to, request, { ...options, done });
    },
  };
}

/** A core whose packets and requests are turns. */
export function timedInbound(inbound: Inbound, watch: TurnWatch): Inbound {
  return {
    receivePacket: (from, packet) => watch.run("packet", () => inbound.receivePacket(from, packet)),
    judgeRequest: (start) => inbound.judgeRequest(start),
    receiveRequest: (from, request, answer) =>
      watch.run("stream request", () => inbound.receiveRequest(from, request, answer)),
  };
}
