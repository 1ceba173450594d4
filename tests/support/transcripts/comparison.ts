/**
 * Compares what a program printed with what was recorded, by the rules of
 * `tests/transcripts/README.md`: placeholders, free orders, lines that may come
 * or not.
 */

import { hasLogLines, toStrands, withoutHaste } from "./log_strands.ts";
import type { Order } from "./transcript.ts";

/** What the placeholders of a record stand for. */
const placeholders: Readonly<Record<string, string>> = {
  "<TIME>": String.raw`\d{4}/\d\d/\d\d \d\d:\d\d:\d\d`,
  "<SYSLOG TIME>": String.raw`[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d`,
  "<PORT>": String.raw`\d{4,5}`,
  "<PID>": String.raw`\d+`,
  "<N>": String.raw`\d+`,
  "<F>": String.raw`-?\d+\.\d{3,6}`,
  "<T>": String.raw`\d+(?:\.\d+)?(?:e-\d+)?`,
  "<MS>": String.raw`\d+\.\d{3}`,
  "<KEY>": String.raw`[A-Za-z0-9+/]{43}=`,
  "<VERSION>": String.raw`\d+\.\d+\.\d+\S*`,
  "<RUNTIME>": String.raw`\S.*`,
  "<RESOLVER ERROR>": String.raw`.*`,
  "<HOST>": String.raw`[^.]\S*?`,
  "<INTERVAL>": String.raw`[^\]]+`,
  "<WHEN>": String.raw`\S.*`,
  "<1100 x>": "x{1100}",
  "<PAYLOAD>": String.raw`(?:<\d+ bytes>|".+")`,
};

/**
 * Said now and then, and harmless: a handler ended without reading, a client was
 * quick to go, or an answer came just after the time was over.
 */
const noise = [
  "[ERR] Error writing payload: ",
  "[ERR] agent.ipc: Failed to stream ",
  "[DEBUG] serf: reply for non-running query ",
];

/** How one text is compared. */
export interface Rules {
  readonly order: Order;
  /** Texts whose lines may be missing, be there, or stand elsewhere. */
  readonly racyLines: readonly string[];
  /** Whether blanks at the ends of lines count for nothing, as in tables. */
  readonly isTable: boolean;
  /** Whether the fields of a monitored event, which are indented, have no order. */
  readonly hasFreeFields: boolean;
  /** Whether the text goes on: what the end of an agent leaves open must be there now. */
  readonly isUnfinished?: boolean;
}

/**
 * Compares a text with the recorded one.
 *
 * @returns undefined if they agree, or else both, with the first line that differs.
 */
export function compareText(recorded: string, actual: string, rules: Rules): string | undefined {
  const { expected, rest, helped } = cutHelp(recorded, actual);
  if (!helped) return describe("no usage text where one was recorded", recorded, actual);

  const wanted = arrange(expected, rules);
  const found = arrange(rest, rules);
  if (rules.order === "any") return undefined;
  const at = rules.order === "exact"
    ? differenceInOrder(wanted, found, rules.isUnfinished ?? false)
    : firstUnmatched(wanted, found);
  return at === undefined ? undefined : describe(at, recorded, actual);
}

/**
 * Whether a text agrees with a recorded one that may hold placeholders.
 *
 * The reference logs payloads; this program logs their size, since they may be secret.
 */
export function matches(recorded: string, actual: string): boolean {
  const hidden = recorded.replace(/(\[DEBUG\] agent: Requesting .* Payload: )".+"$/, "$1<PAYLOAD>");
  return pattern(hidden).test(actual);
}

/** Returns the first recorded metric that is not among those heard, in whatever detail. */
export function missingMetric(
  recorded: readonly string[],
  heard: readonly string[],
): string | undefined {
  const rest = heard.map(withoutSpread);
  return recorded.find((line) => {
    const wanted = pattern(withoutSpread(line));
    return !rest.some((actual) => wanted.test(actual));
  });
}

/** A metric whose values were all equal is shown without their spread. */
function withoutSpread(line: string): string {
  return line.replace(/ Min: \S+ Mean: \S+ Max: \S+ Stddev: \S+/, "");
}

/** Help texts are each program's own: takes them off both sides. */
function cutHelp(recorded: string, actual: string) {
  const start = recorded.indexOf("<HELP>");
  if (start < 0) return { expected: recorded, rest: actual, helped: true };
  const helped = /^usage:? /i.test(actual.slice(start));
  return { expected: recorded.slice(0, start), rest: actual.slice(0, start), helped };
}

/** The lines of a text, in an order in which they can be compared. */
function arrange(text: string, rules: Rules): string[] {
  // Two lines written at the same moment may share one.
  const separate = text.replace(/([^\n]) {4}(?=(?:<TIME>|\d{4}\/\S+ \S+) \[)/g, "$1\n    ");
  let lines = separate.split("\n").filter((line) => {
    return ![...noise, ...rules.racyLines].some((racy) => line.includes(racy));
  });
  if (rules.isTable) lines = lines.map((line) => line.trimEnd());
  if (rules.hasFreeFields) lines = sortFields(lines);
  if (rules.order === "tags-any-order") lines = lines.map(sortTags);
  if (rules.order === "members-any-order") lines = groupMembers(lines);
  // A last line that may be missing took the line end with it.
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

function sortFields(lines: readonly string[]): string[] {
  const sorted: string[] = [];
  let fields: string[] = [];
  for (const line of [...lines, ""]) {
    if (line.startsWith("\t")) {
      fields.push(line);
      continue;
    }
    sorted.push(...fields.sort(), line);
    fields = [];
  }
  return sorted.slice(0, -1);
}

function sortTags(line: string): string {
  return line.replace(/\S*$/, (tags) => tags.split(",").sort().join());
}

/** Makes one element of each member of a JSON list. */
function groupMembers(lines: readonly string[]): string[] {
  const groups: string[][] = [];
  for (const line of lines) {
    const isWithin = groups.at(-1)?.[0] === "    {" && groups.at(-1)?.at(-1) !== "    }";
    if (isWithin) groups.at(-1)?.push(line === "    }," ? "    }" : line);
    else groups.push([line]);
  }
  return groups.map((group) => group.join("\n"));
}

function differenceInOrder(
  wanted: readonly string[],
  found: readonly string[],
  isUnfinished: boolean,
): string | undefined {
  if (!hasLogLines([...wanted, ...found])) return firstDifference(wanted, found);
  const expected = toStrands(withoutHaste(wanted, wanted, isUnfinished));
  const actual = toStrands(withoutHaste(wanted, found, isUnfinished));
  for (const strand of new Set([...expected.keys(), ...actual.keys()])) {
    const difference = firstDifference(expected.get(strand) ?? [], actual.get(strand) ?? []);
    if (difference) return `${difference} (among the lines of "${strand}")`;
  }
  return undefined;
}

function firstDifference(wanted: readonly string[], found: readonly string[]): string | undefined {
  for (let at = 0; at < Math.max(wanted.length, found.length); at++) {
    const line = wanted[at];
    const actual = found[at];
    if (line !== undefined && actual !== undefined && matches(line, actual)) continue;
    return `expected ${quote(line)}, found ${quote(actual)}`;
  }
  return undefined;
}

function firstUnmatched(wanted: readonly string[], found: readonly string[]): string | undefined {
  const open = [...found];
  for (const line of wanted) {
    const at = open.findIndex((actual) => matches(line, actual));
    if (at < 0) return `expected ${quote(line)}, found it nowhere`;
    open.splice(at, 1);
  }
  return open.length === 0 ? undefined : `expected nothing more, found ${quote(open[0])}`;
}

function quote(line: string | undefined): string {
  return line === undefined ? "the end" : JSON.stringify(line);
}

function describe(what: string, recorded: string, actual: string): string {
  return `${what}\n--- recorded ---\n${recorded}\n--- printed ---\n${actual}\n---`;
}

const placeholderPattern = new RegExp(Object.keys(placeholders).join("|"), "g");

function pattern(recorded: string): RegExp {
  let source = "";
  let from = 0;
  for (const match of recorded.matchAll(placeholderPattern)) {
    source += RegExp.escape(recorded.slice(from, match.index)) + placeholders[match[0]];
    from = match.index + match[0].length;
  }
  return new RegExp(`^${source}${RegExp.escape(recorded.slice(from))}$`);
}
