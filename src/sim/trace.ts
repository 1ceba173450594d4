/**
 * What happened, as lines that people read, and as one number that machines compare.
 *
 * The hash covers every line and every datagram, so that two histories with the
 * same hash are the same history.
 */

import type { Address } from "../ports/address.ts";
import type { Clock, Milliseconds } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { SerfEvent } from "../serf/event.ts";

/** A trace keeps this many lines, the last ones, unless told otherwise. */
export const defaultTraceLines = 2000;

/** How a trace is kept. */
export interface TraceOptions {
  readonly clock: Clock;
  /** Keeps this many of the last lines. */
  readonly lines?: number;
  /** Hears every line at once. */
  readonly onLine?: (line: string) => void;
}

/** The history of a simulation. */
export class Trace {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #onLine: ((line: string) => void) | undefined;
  #lines: string[] = [];
  /** Two independent 32-bit hashes in the manner of FNV-1a. */
  #high = 0x811c9dc5;
  #low = 0x01000193;

  constructor({ clock, lines = defaultTraceLines, onLine }: TraceOptions) {
    this.#clock = clock;
    this.#limit = lines;
    this.#onLine = onLine;
  }

  /** The last lines, oldest first. */
  get lines(): readonly string[] {
    return this.#lines.slice(-this.#limit);
  }

  /** 16 hexadecimal digits for all that happened so far. */
  get hash(): string {
    const hex = (word: number) => (word >>> 0).toString(16).padStart(8, "0");
    return hex(this.#high) + hex(this.#low);
  }

  /** Notes that something happened to `who`. */
  add(who: string, what: string): void {
    const line = `${formatTime(this.#clock.now())} ${who.padEnd(9)} ${what}`;
    for (let i = 0; i < line.length; i++) this.#mix(line.charCodeAt(i));
    this.#mix(0x0a);
    this.#lines.push(line);
    if (this.#lines.length >= 2 * this.#limit) this.#lines = this.#lines.slice(-this.#limit);
    this.#onLine?.(line);
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

  /** Returns the log of `who`, which goes into the trace. */
  logOf(who: string): Log {
    return new TraceLog(this, who, "");
  }

  #mix(word: number): void {
    this.#high = Math.imul(this.#high ^ word, 0x01000193);
    this.#low = Math.imul(this.#low ^ word, 0x85ebca6b) ^ (this.#low >>> 13);
  }
}

/** Prints a time in seconds, aligned. */
export function formatTime(time: Milliseconds): string {
  return (time / 1000).toFixed(3).padStart(9);
}

/** Says in a few words what an event is about. */
export function describe(event: SerfEvent): string {
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

class TraceLog implements Log {
  readonly debugEnabled = false;
  readonly #trace: Trace;
  readonly #who: string;
  readonly #component: string;

  constructor(trace: Trace, who: string, component: string) {
    this.#trace = trace;
    this.#who = who;
    this.#component = component;
  }

  debug(): void {}

  info(message: string): void {
    this.#add("info", message);
  }

  warn(message: string): void {
    this.#add("warn", message);
  }

  error(message: string): void {
    this.#add("error", message);
  }

  named(component: string): Log {
    return new TraceLog(this.#trace, this.#who, component);
  }

  #add(level: string, message: string): void {
    this.#trace.add(this.#who, `${level} ${this.#component}: ${message}`);
  }
}
