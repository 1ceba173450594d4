/**
 * What happened, as lines that people read, and as one number that machines compare.
 *
 * The hash covers every line and every datagram, so that two histories with the
 * same hash are the same history.
 */

import type { Address } from "../ports/address.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Fact, Observer } from "../ports/observer.ts";
import { silentLog } from "../ports/silence.ts";
import type { SerfEvent } from "../serf/event.ts";

/** How many of the last lines a trace keeps. */
export const keptLines = 2000;

/** The history of a simulation. */
export class Trace {
  readonly #clock: Clock;
  readonly #onLine: (line: string) => void;
  #lines: string[] = [];
  /** Two independent 32-bit hashes in the manner of FNV-1a. */
  #high = 0x811c9dc5;
  #low = 0x01000193;

  /** @param onLine gets every line at once. */
  constructor(clock: Clock, onLine: (line: string) => void = () => {}) {
    this.#clock = clock;
    this.#onLine = onLine;
  }

  /** The last lines, oldest first. */
  get lines(): readonly string[] {
    return this.#lines.slice(-keptLines);
  }

  /** 16 hexadecimal digits for all that happened so far. */
  get hash(): string {
    const hex = (word: number) => (word >>> 0).toString(16).padStart(8, "0");
    return hex(this.#high) + hex(this.#low);
  }

  /** Notes that something happened to `who`. */
  add(who: string, what: string): void {
    const seconds = (this.#clock.now() / 1000).toFixed(3).padStart(9);
    const line = `${seconds} ${who.padEnd(9)} ${what}`;
    for (let i = 0; i < line.length; i++) this.#mix(line.charCodeAt(i));
    this.#mix(0x0a);
    this.#lines.push(line);
    if (this.#lines.length >= 2 * keptLines) this.#lines = this.#lines.slice(-keptLines);
    this.#onLine(line);
  }

  /** Notes an event that `who` delivers. */
  addEvent(who: string, event: SerfEvent): void {
    this.add(who, describe(event));
  }

  /** Takes a datagram into the hash; a line for each would hide everything else. */
  addPacket(from: Address, to: Address, packet: Uint8Array): void {
    this.#mix(this.#clock.now() * 1000);
    this.#mix(lastNumber(from.host) << 16 ^ lastNumber(to.host));
    this.#mix(packet.length);
    for (let i = 0; i < packet.length; i += 4) this.#mix(packet[i]!);
  }

  /** Returns the log of `who`, which goes into the trace, but for debug entries. */
  logOf(who: string, component = ""): Log {
    const add = (level: string) => (message: string) =>
      this.add(who, `${level} ${component}: ${message}`);
    return {
      ...silentLog,
      info: add("info"),
      warn: add("warn"),
      error: add("error"),
      named: (name) => this.logOf(who, name),
    };
  }

  /** Returns what adds the facts that `who` sees, but for those that it logs. */
  observerOf(who: string): Observer {
    return {
      note: (fact) => {
        if (unlogged.has(fact.type)) this.add(who, describeFact(fact));
      },
    };
  }

  #mix(word: number): void {
    this.#high = Math.imul(this.#high ^ word, 0x01000193);
    this.#low = Math.imul(this.#low ^ word, 0x85ebca6b) ^ (this.#low >>> 13);
  }
}

/** Facts that no log line tells; of probes only those that do not simply work. */
const unlogged: ReadonlySet<Fact["type"]> = new Set([
  "probe-relayed",
  "probe-nack",
  "probe-refused",
  "suspected",
  "suspicion-confirmed",
  "suspicion-refuted",
  "declared-failed",
  "member-gone",
  "health-changed",
  "stalled",
]);

function describeFact({ type, at: _, ...details }: Fact): string {
  const texts = Object.entries(details).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [type, ...texts].join(" ");
}

/** Says in a few words what an event is about. */
function describe(event: SerfEvent): string {
  switch (event.type) {
    case "user":
      return `event ${event.name} (time ${event.ltime})`;
    case "query":
      return `query ${event.name} from ${event.source} (time ${event.ltime})`;
    default:
      return `${event.type} ${event.members.map(({ name }) => name).join(" ")}`;
  }
}

/** The last two bytes of an IPv4 address as a number. */
function lastNumber(host: string): number {
  const at = host.lastIndexOf(".");
  const before = host.lastIndexOf(".", at - 1);
  return Number(host.slice(before + 1, at)) << 8 ^ Number(host.slice(at + 1));
}
