/**
 * How simple is the house?
 *
 *     deno task lab house
 *
 * Prints the figures by which it is judged, each with its goal. Functions are found by their
 * layout, which `deno fmt` keeps: a body ends at the first brace as far in as its head.
 */

import { crossingsOfEvent } from "../house/crossings.ts";
import { runScript } from "../lab/command_line.ts";
import { filesIn } from "../lab/files.ts";
import { printTable } from "../lab/table.ts";

interface Source {
  readonly path: string;
  readonly lines: readonly string[];
}

interface Body {
  readonly name: string;
  readonly place: string;
  readonly length: number;
}

const folders = ["src", "scripts"];
/** A setting of the agent, as it is named in code, in a file and on the command line. */
const setting = /broadcast[_-]?timeout/i;
/** Lines no farther apart than this are one place. */
const placeGap = 5;
const modifiers = "(?:(?:export|default|async|static|override|private|get|set) )*";
const heads = [
  new RegExp(`^ *${modifiers}function\\*? ?(\\w*)`),
  new RegExp(`^ *${modifiers}\\*?(?!(?:if|for|while|switch|catch|return)\\b)(#?\\w+)(?:<.*>)?\\(`),
  /^ *(.*\([^()]*(?:\([^()]*\)[^()]*)*\)(?:: .*)?|.*\w) => \{$/,
];

function sourcesIn(folder: string): Source[] {
  return filesIn(folder, ".ts").map((path) => (
    { path, lines: Deno.readTextFileSync(path).trimEnd().split("\n") }
  ));
}

/** Every function of a module whose body has lines of its own. */
export function bodiesOf({ path, lines }: Source): Body[] {
  const bodies: Body[] = [];
  for (const [at, line] of lines.entries()) {
    if (!/[^(]\{$/.test(line)) continue;
    const indent = /^ */.exec(line)![0];
    const start = headOf(lines, at, indent);
    const head = heads.map((each) => each.exec(lines[start]!)).find((each) => each);
    if (!head) continue;
    const end = lines.findIndex((each, n) => n > at && new RegExp(`^${indent}\\}`).test(each));
    const place = `${path}:${start + 1}`;
    bodies.push({ name: head[1] || "function", place, length: end - start + 1 });
  }
  return bodies;
}

/** The line where the head of a body begins that opens at the end of a line. */
function headOf(lines: readonly string[], at: number, indent: string): number {
  if (!/^ *[)}]/.test(lines[at]!)) return at;
  for (let start = at - 1; start >= 0; start--) {
    if (new RegExp(`^${indent}[^ )}]`).test(lines[start]!)) return start;
  }
  return at;
}

/** In how many places a module names the setting, comments aside. */
function placesOf({ lines }: Source): number {
  const named = lines.flatMap((line, at) =>
    setting.test(line) && !/^ *(\*|\/[/*])/.test(line) ? [at] : []
  );
  return named.filter((at, n) => n === 0 || at - named[n - 1]! > placeGap).length;
}

function longest(bodies: readonly Body[]): Body {
  return bodies.reduce((a, b) => a.length >= b.length ? a : b);
}

function main(): number {
  const sources = folders.flatMap(sourcesIn);
  const count = (some: readonly Source[]) => some.reduce((sum, { lines }) => sum + lines.length, 0);
  const bodies = sources.flatMap(bodiesOf);
  const constructor = longest(bodies.filter(({ name }) => name === "constructor"));
  const long = bodies.filter(({ length }) => length > 70).sort((a, b) => b.length - a.length);
  const byFolder = Map.groupBy(sources, ({ path }) => path.slice(0, path.lastIndexOf("/")));
  const [folder, files] = [...byFolder].reduce((a, b) => a[1].length >= b[1].length ? a : b);
  const namers = sources.filter(({ path }) => /^src\/(agent|cli)\//.test(path)).map(placesOf);
  const lines = folders.map((each) => count(sources.filter(({ path }) => path.startsWith(each))));

  const figures = [
    [`lines of ${folders.join(" and ")} (${lines.join(" + ")})`, lines[0]! + lines[1]!, 35_000],
    [`lines of the longest constructor (${constructor.place})`, constructor.length, 70],
    ["functions over 70 lines", long.length, 0],
    [`files in one folder, at most (${folder})`, files.length, 20],
    ["places of the agent that name broadcast_timeout", namers.reduce((a, b) => a + b), 2],
    ["crossings from serf to memberlist and back on an event's way", crossingsOfEvent(), 1],
  ] as const;
  const rows = figures.map(([figure, value, goal]) => [
    ...[figure, String(value), `≤ ${goal}`],
    value <= goal ? "yes" : "no",
  ]);
  printTable([["figure", "now", "goal", "met"], ...rows]);
  for (const { name, place, length } of long) console.log(`${length} lines: ${name}, ${place}`);
  return 0;
}

if (import.meta.main) {
  Deno.chdir(new URL("../..", import.meta.url));
  await runScript(main);
}
