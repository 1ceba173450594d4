/**
 * What a node remembers over a restart: who was there, and how far the Lamport
 * clocks had come (gossip.md section 30).
 *
 * The snapshot is a list of text lines, in the reference's own format, so that
 * either program can start from the other's file. It only ever grows by a line;
 * once most of it is history it is written anew.
 *
 * What the reference does not remember is kept in comments, which it skips: the
 * own incarnation, so that a restart needs no refutation, and who is gone, so
 * that a node which finds nobody can look for those, too.
 */

import { formatAddress } from "../../ports/address.ts";
import type { Clock, Milliseconds, Timer } from "../../ports/clock.ts";
import type { Journal } from "../../ports/journal.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import type { SerfEvent } from "../event.ts";
import type { LamportTime } from "../lamport_clock.ts";
import type { SerfMember } from "../member.ts";
import { maxLamportTime } from "../message_type.ts";

/** How often the member clock is looked at. */
const clockCheckInterval: Milliseconds = 500;
/** The snapshot may have this many bytes for each member in it before it is written anew. */
const bytesPerMember = 128 * 2;
/** While the file cannot be written anew, or is no smaller then, it is tried this seldom. */
const compactionPause: Milliseconds = 30_000;
/** So many lines that cannot be understood are logged; the others are counted. */
const maxReplayComplaints = 10;
/** More members than this are not remembered. */
export const maxRememberedMembers = 1 << 20;

/** Comments with a meaning. */
const gonePrefix = "# gone: ";
const forgottenPrefix = "# forgotten: ";
const incarnationPrefix = "# incarnation: ";
/** A higher incarnation is damage: no node was ever accused that often. */
const maxUsableIncarnation = 2 ** 31;

/** What the lines of a snapshot amount to. */
export interface SnapshotContent {
  /** Name to address, as text and unchecked. */
  readonly alive: ReadonlyMap<string, string>;
  /** The same for members that failed or left and were not forgotten since. */
  readonly gone: ReadonlyMap<string, string>;
  /** The own incarnation; 0 if nothing is known of it. */
  readonly incarnation: number;
  /** Whether this node left and met nobody since. */
  readonly hasLeft: boolean;
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
  /** The own name. */
  readonly self: string;
  /** The time of the member clock. */
  readonly memberTime: () => LamportTime;
  /** The own incarnation; 0 before the node has started. */
  readonly incarnation: () => number;
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
  self = "",
): SnapshotContent {
  const alive = new Map<string, string>();
  const gone = new Map<string, string>();
  const clocks = { clock: 0n, eventClock: 0n, queryClock: 0n };
  let incarnation = 0;
  let hasLeft = false;
  let complaints = 0;
  const complain = (message: string) => {
    if (++complaints <= maxReplayComplaints) log.warn(message);
  };
  const takeClock = (name: keyof typeof clocks, text: string) => {
    if (/^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n) clocks[name] = BigInt(text);
    else complain(`Failed to convert clock time of the snapshot: ${text}`);
  };
  for (const line of lines) {
    if (line.startsWith("alive: ")) {
      const member = readMember(line.slice("alive: ".length));
      if (!member) {
        complain(`Failed to parse address of the snapshot: ${line.slice("alive: ".length)}`);
        continue;
      }
      remember(alive, member, gone);
      if (member[0] !== self) hasLeft = false;
    } else if (line.startsWith("not-alive: ")) {
      const name = line.slice("not-alive: ".length);
      const address = alive.get(name);
      if (address !== undefined) remember(gone, [name, address], alive);
    } else if (line.startsWith("clock: ")) takeClock("clock", line.slice("clock: ".length));
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
      gone.clear();
      clocks.clock = clocks.eventClock = clocks.queryClock = 0n;
      hasLeft = true;
    } else if (line.startsWith(gonePrefix)) {
      const member = readMember(line.slice(gonePrefix.length));
      if (member) remember(gone, member, alive);
    } else if (line.startsWith(forgottenPrefix)) gone.delete(line.slice(forgottenPrefix.length));
    else if (line.startsWith(incarnationPrefix)) {
      incarnation = readIncarnation(line.slice(incarnationPrefix.length));
    } else if (!line.startsWith("coordinate: ") && !line.startsWith("#")) {
      complain(`Unrecognized snapshot line: ${line}`);
    }
  }
  const silenced = complaints - maxReplayComplaints;
  if (silenced > 0) log.warn(`${silenced} more snapshot lines were not understood`);
  return { alive, gone, incarnation, hasLeft, ...clocks };
}

/** Reads a name and an address. Names may hold blanks, addresses do not. */
function readMember(text: string): readonly [string, string] | undefined {
  const at = text.lastIndexOf(" ");
  return at < 0 ? undefined : [text.slice(0, at), text.slice(at + 1)];
}

/** Puts a member into one table and out of the other. */
function remember(
  into: Map<string, string>,
  [name, address]: readonly [string, string],
  outOf: Map<string, string>,
): void {
  outOf.delete(name);
  if (into.size < maxRememberedMembers) into.set(name, address);
}

/** Anybody may edit a comment: what makes no sense is none of ours. */
function readIncarnation(text: string): number {
  const incarnation = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return incarnation <= maxUsableIncarnation ? incarnation : 0;
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
  readonly #gone: Map<string, string>;
  #incarnation: number;
  #clock: LamportTime;
  #eventClock: LamportTime;
  #queryClock: LamportTime;
  #timer: Timer | undefined;
  #hasLeft = false;
  /** Whether this node left in an earlier life, and nobody was met since. */
  #isAway: boolean;
  #compactedInVainAt: Milliseconds = -Infinity;
  /** What was found at the start. */
  readonly found: SnapshotContent;

  constructor(options: SnapshotOptions) {
    const { journal, rejoinAfterLeave, log, self } = options;
    this.#options = options;
    this.found = replaySnapshot(journal.lines, rejoinAfterLeave, log, self);
    this.#isAway = this.found.hasLeft;
    this.#alive = new Map(this.found.alive);
    this.#gone = new Map(this.found.gone);
    this.#incarnation = this.found.incarnation;
    this.#clock = usableTime(this.found.clock);
    this.#eventClock = usableTime(this.found.eventClock);
    this.#queryClock = usableTime(this.found.queryClock);
  }

  /** Begins to look at the clock and the incarnation. */
  start(): void {
    this.#timer = this.#options.clock.after(clockCheckInterval, () => {
      this.#checkTimes();
      this.start();
    });
  }

  /** Writes what is left to write. */
  stop(): void {
    this.#timer?.cancel();
    this.#checkTimes();
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
        return this.#checkTimes();
      case "member-leave":
      case "member-failed":
        for (const member of event.members) this.#recordGone(member);
        return this.#checkTimes();
      default:
        return this.#checkTimes();
    }
  }

  /** Takes note that this node leaves: a restart will not bring it back by itself. */
  recordLeave(): void {
    this.#hasLeft = true;
    if (!this.#options.rejoinAfterLeave) {
      this.#alive.clear();
      this.#gone.clear();
    }
    this.#append("leave");
    this.#options.journal.sync();
  }

  /** Takes note that a member which is gone need not be looked for any more. */
  forget(name: string): void {
    if (this.#hasLeft) return;
    if (this.#alive.delete(name)) this.#append(`not-alive: ${name}`);
    else if (!this.#gone.delete(name)) return;
    this.#append(`${forgottenPrefix}${name}`);
  }

  #recordJoin({ name, address }: SerfMember): void {
    // A line end in a name would forge a line of its own.
    if (/[\r\n]/.test(name)) return;
    const where = formatAddress(address);
    if (name !== this.#options.self) this.#isAway = false;
    remember(this.#alive, [name, where], this.#gone);
    this.#append(`alive: ${name} ${where}`);
  }

  #recordGone({ name }: SerfMember): void {
    if (/[\r\n]/.test(name)) return;
    const where = this.#alive.get(name);
    if (where !== undefined) remember(this.#gone, [name, where], this.#alive);
    this.#append(`not-alive: ${name}`);
  }

  #checkTimes(): void {
    const seen = this.#options.memberTime() - 1;
    if (seen > this.#clock) {
      this.#clock = seen;
      this.#append(`clock: ${seen}`);
    }
    const incarnation = this.#options.incarnation();
    if (incarnation > this.#incarnation) {
      this.#incarnation = incarnation;
      this.#append(`${incarnationPrefix}${incarnation}`);
    }
  }

  #append(line: string): void {
    const { clock, journal, meter } = this.#options;
    const startedAt = clock.now();
    journal.append(line);
    meter.sample("serf.snapshot.appendLine", clock.now() - startedAt);
    if (journal.size > this.#sizeLimit) this.#compact();
  }

  get #sizeLimit(): number {
    const members = this.#alive.size + this.#gone.size;
    return Math.max(members * bytesPerMember, this.#options.minSize);
  }

  /** Writes the snapshot anew: only what still counts. */
  #compact(): void {
    const { clock, journal, meter } = this.#options;
    const startedAt = clock.now();
    if (startedAt - this.#compactedInVainAt < compactionPause) return;
    const lines = this.#isAway ? ["leave"] : [];
    for (const [name, where] of this.#alive) lines.push(`alive: ${name} ${where}`);
    lines.push(
      `clock: ${this.#clock}`,
      `event-clock: ${this.#eventClock}`,
      `query-clock: ${this.#queryClock}`,
    );
    for (const [name, where] of this.#gone) lines.push(`${gonePrefix}${name} ${where}`);
    if (this.#incarnation > 0) lines.push(`${incarnationPrefix}${this.#incarnation}`);
    if (this.#hasLeft) lines.push("leave");
    journal.replace(lines);
    if (journal.size > this.#sizeLimit) this.#compactedInVainAt = startedAt;
    meter.sample("serf.snapshot.compact", clock.now() - startedAt);
  }
}
