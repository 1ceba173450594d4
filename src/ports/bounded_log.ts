/**
 * A log that peers can neither flood nor use to reach a terminal.
 *
 * Peers decide how many lines there are, and choose the names in them. So each kind of line has a
 * budget, and so has each level in all; what is left out is counted, and the count is logged once a
 * minute. Lines are cut, and control characters in them are escaped.
 *
 * A line's kind is its component, its level, its first word, and the field "kind" if it has one. No
 * line may start with what a peer chose. A line with a field "peer" is logged once a minute for
 * each kind and peer, so that one faulty peer does not hide the others.
 */

import type { Clock, Milliseconds } from "./clock.ts";
import type { Log, LogFields } from "./log.ts";
import { silentLog } from "./silence.ts";
import { TokenBucket } from "./token_bucket.ts";

/** Bytes a minute for one kind of debug or info line: 1,000 members that join are logged. */
export const kindBudget = 78 * 1024;
/** Bytes a minute for all debug lines, and for all info lines. */
export const levelBudget = 84 * 1024;
/** Bytes a minute for one kind of warning or error. */
export const complaintBudget = 3 * 1024;
/** Bytes a minute for all warnings, and for all errors. */
export const complaintsBudget = 12 * 1024;
export const maxLogMessage = 1024;
/** The same at the level of debugging, which shows what handlers print. */
const maxDebugMessage = 9 * 1024;

/** A budget that is used up is whole again after this long, and counts are logged this often. */
export const budgetInterval: Milliseconds = 60_000;

/** What a line takes beside its message: time, level, component, line end. */
const lineOverhead = 40;
/** Kinds are words of ours, so there are few; this holds even if that is not so. */
const maxKinds = 256;

type Level = "debug" | "info" | "warn" | "error";

interface Kind {
  readonly budget: TokenBucket;
  /** Logs how many were left out, as a line of this kind. */
  readonly tell: (leftOut: number) => void;
  /** Peers with a line since counts were logged. Few, because each took a line. */
  readonly peers: Set<string>;
  leftOut: number;
}

/** What all components of one log share. */
class Budgets {
  readonly #clock: Pick<Clock, "now">;
  readonly #levels: Readonly<Record<Level, TokenBucket>> = {
    debug: new TokenBucket(levelBudget, budgetInterval),
    info: new TokenBucket(levelBudget, budgetInterval),
    warn: new TokenBucket(complaintsBudget, budgetInterval),
    error: new TokenBucket(complaintsBudget, budgetInterval),
  };
  readonly #kinds = new Map<string, Kind>();
  #tellAt = Infinity;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Returns what one more line of a kind is to be paid from, if there is room for it. */
  admit(
    level: Level,
    name: string,
    peer: string | undefined,
    tell: Kind["tell"],
  ): Kind | undefined {
    const now = this.#clock.now();
    if (now >= this.#tellAt) this.#tellLeftOut();
    if (this.#tellAt === Infinity) this.#tellAt = now + budgetInterval;
    const kind = this.#kind(level, name, tell);
    const isRepeated = peer !== undefined && kind.peers.has(peer);
    if (isRepeated || !kind.budget.hasTokens(now) || !this.#levels[level].hasTokens(now)) {
      kind.leftOut++;
      return undefined;
    }
    if (peer !== undefined) kind.peers.add(peer);
    return kind;
  }

  pay(level: Level, { budget }: Kind, bytes: number): void {
    const now = this.#clock.now();
    budget.spend(now, bytes);
    this.#levels[level].spend(now, bytes);
  }

  #kind(level: Level, name: string, tell: Kind["tell"]): Kind {
    const known = this.#kinds.get(`${level} ${name}`);
    if (known) return known;
    const key = this.#kinds.size < maxKinds ? `${level} ${name}` : level;
    return this.#kinds.getOrInsertComputed(key, () => {
      const isNormal = level === "debug" || level === "info";
      const budget = new TokenBucket(isNormal ? kindBudget : complaintBudget, budgetInterval);
      return { budget, tell, peers: new Set(), leftOut: 0 };
    });
  }

  #tellLeftOut(): void {
    this.#tellAt = Infinity;
    for (const kind of this.#kinds.values()) {
      if (kind.leftOut > 0) kind.tell(kind.leftOut);
      kind.leftOut = 0;
      kind.peers.clear();
    }
  }
}

class BoundedLog implements Log {
  readonly #log: Log;
  readonly #component: string;
  readonly #budgets: Budgets;

  constructor(log: Log, component: string, budgets: Budgets) {
    this.#log = log;
    this.#component = component;
    this.#budgets = budgets;
  }

  get debugEnabled(): boolean {
    return this.#log.debugEnabled;
  }

  debug(message: string, fields?: LogFields): void {
    this.#write("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write("error", message, fields);
  }

  named(component: string): Log {
    return new BoundedLog(this.#log.named(component), component, this.#budgets);
  }

  #write(level: Level, message: string, fields: LogFields | undefined): void {
    const start = message.slice(0, 32).split(" ", 1)[0]!;
    const detail = fields?.kind === undefined ? "" : ` (${fields.kind})`;
    const name = `${this.#component} ${start}${detail}`;
    const peer = fields?.peer as string | undefined;
    const kind = this.#budgets.admit(level, name, peer, (leftOut) => {
      this.#log[level](`${leftOut} more lines "${start} …"${detail} were left out`);
    });
    if (!kind) return;
    const text = printableLine(message, level === "debug" ? maxDebugMessage : maxLogMessage);
    this.#log[level](text, fields && printableFields(fields));
    const bytes = text.length * (/^\p{ASCII}*$/u.test(text) ? 1 : 3);
    this.#budgets.pay(level, kind, lineOverhead + bytes);
  }
}

/** Returns `log` with budgets, or itself if it has them. Its components share them. */
export function boundedLog(log: Log, clock: Pick<Clock, "now">): Log {
  if (log instanceof BoundedLog || log === silentLog) return log;
  return new BoundedLog(log, "", new Budgets(clock));
}

/**
 * What moves a cursor, changes colours or reorders text; and line ends before what looks like
 * another entry, or like the agent's own output.
 */
const unprintable = new RegExp(
  String.raw`[[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]--[\n\t]]` +
    String.raw`|\n(?=\s*(?:\d{4}\/\d\d\/\d\d |==>|<\d))`,
  "gv",
);

/** Returns `text` fit for terminals and files: at most `limit` characters, nothing unprintable. */
export function printableLine(text: string, limit: number): string {
  const escaped = text.slice(0, limit + 1).replace(unprintable, escapeCharacter);
  if (escaped.length <= limit) return escaped;
  // Joined anew, because a slice would keep the whole text in memory.
  return [...escaped.slice(0, limit)].join("") + "…";
}

function escapeCharacter(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  const code = character.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}

function printableFields(fields: LogFields): LogFields {
  const printable = (
    [name, value]: [string, LogFields[string]],
  ) => [name, typeof value === "string" ? printableLine(value, maxLogMessage) : value];
  return Object.fromEntries(Object.entries(fields).map(printable));
}
