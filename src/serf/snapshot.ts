/**
 * What a node remembers over a restart: who was there, and how far the Lamport
 * clocks had come (gossip.md section 30).
 *
 * The snapshot is a list of text lines, in the reference's own format, so that
 * either program can start from the other's file. It only ever grows by a line;
 * once most of it is history it is written anew.
 */

import { formatAddress } from "../ports/address.ts";
import type { Clock, Milliseconds, Timer } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import type { SerfEvent } from "./event.ts";
import type { LamportTime } from "./lamport_clock.ts";
import type { SerfMember } from "./member.ts";
import { maxLamportTime } from "./message_type.ts";

/** How often the member clock is looked at. */
const clockCheckInterval: Milliseconds = 500;
/** The snapshot may have this many bytes for each member alive before it is written anew. */
const bytesPerMember = 128 * 2;
/** While the file cannot be written anew, or is no smaller then, it is tried this seldom. */
const compactionPause: Milliseconds = 30_000;
/** So many lines that cannot be understood are logged; the others are counted. */
const maxReplayComplaints = 10;
/** More members than this are not remembered. */
export const maxRememberedMembers = 1 << 20;

/** What the lines of a snapshot amount to. */
export interface SnapshotContent {
  /** Name to address, as text and unchecked. */
  readonly alive: ReadonlyMap<string, string>;
  readonly clock: bigint;
  readonly eventClock: bigint;
  readonly queryClock: bigint;
}

/** What a snapshot works with. */
export interface SnapshotOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly journal: Journal;
  /** The time of the member clock. */
  readonly memberTime: () => LamportTime;
  /** Whether the snapshot outlives a graceful leave. */
  readonly rejoinAfterLeave: boolean;
  /** A snapshot smaller than this many bytes is never written anew. */
  readonly minSize: number;
}

/** Adds up the lines of a snapshot. What cannot be understood is said and skipped. */
export function replaySnapshot(
  lines: Iterable<string>,
  rejoinAfterLeave: boolean,
  log: Log,
): SnapshotContent {
  const alive = new Map<string, string>();
  const clocks = { clock: 0n, eventClock: 0n, queryClock: 0n };
  let complaints = 0;
  const complain = (message: string) => {
    if (++complaints <= maxReplayComplaints) log.warn(message);
  };
  const takeClock = (name: keyof typeof clocks, text: string) => {
    if (/^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n) clocks[name] = BigInt(text);
    else complain(`Failed to convert clock time of the snapshot: ${text}`);
  };
  for (const line of lines) {
    if (line.startsWith("alive: ")) takeAlive(alive, line.slice("alive: ".length), complain);
    else if (line.startsWith("not-alive: ")) alive.delete(line.slice("not-alive: ".length));
    else if (line.startsWith("clock: ")) takeClock("clock", line.slice("clock: ".length));
    else if (line.startsWith("event-clock: ")) {
      takeClock("eventClock", line.slice("event-clock: ".length));
    } else if (line.startsWith("query-clock: ")) {
      takeClock("queryClock", line.slice("query-clock: ".length));
    } else if (line === "leave") {
      if (rejoinAfterLeave) {
        log.info("Ignoring previous leave in snapshot");
        continue;
      }
      alive.clear();
      clocks.clock = clocks.eventClock = clocks.queryClock = 0n;
    } else if (!line.startsWith("coordinate: ") && !line.startsWith("#")) {
      complain(`Unrecognized snapshot line: ${line}`);
    }
  }
  const silenced = complaints - maxReplayComplaints;
  if (silenced > 0) log.warn(`${silenced} more snapshot lines were not understood`);
  return { alive, ...clocks };
}

/** Names may hold blanks, addresses do not. */
function takeAlive(
  alive: Map<string, string>,
  text: string,
  complain: (message: string) => void,
): void {
  const at = text.lastIndexOf(" ");
  if (at < 0) return complain(`Failed to parse address of the snapshot: ${text}`);
  if (alive.size < maxRememberedMembers) alive.set(text.slice(0, at), text.slice(at + 1));
}

/**
 * Returns a clock's time, or 0 for one that no message can carry.
 *
 * No cluster lives that long: such a time is damage, and members would refuse
 * whatever a node says that took it over. They will tell it the right one.
 */
export function usableTime(time: bigint): LamportTime {
  return time > BigInt(maxLamportTime) ? 0 : Number(time);
}

/** Keeps the snapshot of a node. */
export class Snapshot {
  readonly #options: SnapshotOptions;
  readonly #alive: Map<string, string>;
  #clock: LamportTime;
  #eventClock: LamportTime;
  #queryClock: LamportTime;
  #timer: Timer | undefined;
  #hasLeft = false;
  #compactedInVainAt: Milliseconds = -Infinity;
  /** What was found at the start. */
  readonly found: SnapshotContent;

  constructor(options: SnapshotOptions) {
    const { journal, rejoinAfterLeave, log } = options;
    this.#options = options;
    this.found = replaySnapshot(journal.lines, rejoinAfterLeave, log);
    this.#alive = new Map(this.found.alive);
    this.#clock = usableTime(this.found.clock);
    this.#eventClock = usableTime(this.found.eventClock);
    this.#queryClock = usableTime(this.found.queryClock);
  }

  /** Begins to look at the member clock. */
  start(): void {
    this.#timer = this.#options.clock.after(clockCheckInterval, () => {
      this.#checkClock();
      this.start();
    });
  }

  /** Writes what is left to write. */
  stop(): void {
    this.#timer?.cancel();
    this.#checkClock();
    this.#options.journal.sync();
  }

  /** Takes note of an event. After the leave nothing is noted any more. */
  record(event: SerfEvent): void {
    if (this.#hasLeft) return;
    switch (event.type) {
      case "user":
        if (event.ltime <= this.#eventClock) return;
        this.#eventClock = event.ltime;
        return this.#append(`event-clock: ${event.ltime}`);
      case "query":
        if (event.ltime <= this.#queryClock) return;
        this.#queryClock = event.ltime;
        return this.#append(`query-clock: ${event.ltime}`);
      case "member-join":
        for (const member of event.members) this.#recordJoin(member);
        return this.#checkClock();
      case "member-leave":
      case "member-failed":
        for (const member of event.members) this.#recordGone(member);
        return this.#checkClock();
      default:
        return this.#checkClock();
    }
  }

  /** Takes note that this node leaves: a restart will not bring it back by itself. */
  recordLeave(): void {
    this.#hasLeft = true;
    if (!this.#options.rejoinAfterLeave) this.#alive.clear();
    this.#append("leave");
    this.#options.journal.sync();
  }

  #recordJoin({ name, address }: SerfMember): void {
    // A line end in a name would forge a line of its own.
    if (/[\r\n]/.test(name)) return;
    const where = formatAddress(address);
    if (this.#alive.size < maxRememberedMembers) this.#alive.set(name, where);
    this.#append(`alive: ${name} ${where}`);
  }

  #recordGone({ name }: SerfMember): void {
    if (/[\r\n]/.test(name)) return;
    this.#alive.delete(name);
    this.#append(`not-alive: ${name}`);
  }

  #checkClock(): void {
    const seen = this.#options.memberTime() - 1;
    if (seen <= this.#clock) return;
    this.#clock = seen;
    this.#append(`clock: ${seen}`);
  }

  #append(line: string): void {
    const { clock, journal, meter } = this.#options;
    const startedAt = clock.now();
    journal.append(line);
    meter.sample("serf.snapshot.appendLine", clock.now() - startedAt);
    if (journal.size > this.#sizeLimit) this.#compact();
  }

  get #sizeLimit(): number {
    return Math.max(this.#alive.size * bytesPerMember, this.#options.minSize);
  }

  /** Writes the snapshot anew: only what still counts. */
  #compact(): void {
    const { clock, journal, meter } = this.#options;
    const startedAt = clock.now();
    if (startedAt - this.#compactedInVainAt < compactionPause) return;
    const lines = Array.from(this.#alive, ([name, where]) => `alive: ${name} ${where}`);
    lines.push(
      `clock: ${this.#clock}`,
      `event-clock: ${this.#eventClock}`,
      `query-clock: ${this.#queryClock}`,
    );
    if (this.#hasLeft) lines.push("leave");
    journal.replace(lines);
    if (journal.size > this.#sizeLimit) this.#compactedInVainAt = startedAt;
    meter.sample("serf.snapshot.compact", clock.now() - startedAt);
  }
}
