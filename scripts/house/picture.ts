/**
 * Draws the folders of `src` in layers, with their wings and who imports whom.
 *
 * `deno task docs` writes it to `src/docs/house.svg`. Arrows are what modules import; one that
 * follows from others is left out. What a folder holds is told by the table in `README.md`.
 */

import { importsOf } from "./imports.ts";
import { type Arrow, type Box, layOut, type Point } from "./layered_graph.ts";
import { curve, picture, text } from "../lab/svg.ts";
import { coreFolders } from "../lint_plugin.ts";

/** A folder, a module at the top, or a wing. */
interface Room extends Box {
  readonly kind: "room" | "room core" | "door" | "wing";
  readonly about: string;
  readonly inside: Drawing;
}

interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly elements: readonly string[];
}

/** An import that leads from one place to another. */
type Imports = readonly (readonly [importer: string, target: string])[];

const margin = 24;
const padding = 14;
/** How wide a letter is, of a name and of other text. */
const letter = { name: 8.6, wing: 7.2, about: 6.3 };

/** Draws the house from the text of all files, by their paths. */
export function housePicture(files: ReadonlyMap<string, string>): string {
  const readme = files.get("README.md") ?? "";
  const modules = [...files].filter(([path]) => /^(?:main|src\/.*)\.ts$/.test(path));
  const imports = modules.flatMap(([path, source]) =>
    importsOf(path, source).map(({ path: target }) => [path, target] as const)
  ).filter((pair) => !pair.includes("src/assert.ts"));
  const rooms = namesOf(imports, folderOf).map((name) => makeRoom(name, imports, readme));
  const { elements, height, width } = draw(rooms, arrowsOf(imports, folderOf), 22, 34);
  return picture({
    width: width + 2 * margin,
    height: height + 2 * margin + 30,
    title: "The folders of src and who imports whom",
    style,
  }, [
    '<marker id="head" viewBox="0 0 8 8" refX="3" refY="4" markerWidth="7" markerHeight="7" ' +
    'orient="auto"><path class="head" d="M0 0.5L7 4L0 7.5z"/></marker>',
    `<g transform="translate(${margin} ${margin})">`,
    ...elements,
    `</g><g transform="translate(${margin} ${height + 2 * margin + 6})">`,
    '<rect class="room core" width="18" height="14" rx="3"/>',
    text(26, 11.5, "left about", "the core: it never waits, and names no clock, socket or chance"),
    '<path class="arrow" d="M420 7h24"/>',
    text(458, 11.5, "left about", "imports, and what is below that"),
    "</g>",
  ]);
}

/** The folder below `src` that a module lies in, or the module itself. */
function folderOf(path: string): string {
  return path.replace(/^src\//, "").split("/")[0]!;
}

/** The wing that a module lies in, "" for none. */
function wingOf(path: string): string {
  return /^src\/\w+\/(\w+)\//.exec(path)?.[1] ?? "";
}

function namesOf(imports: Imports, placeOf: (path: string) => string): string[] {
  return [...new Set(imports.flat().map(placeOf))].filter((name) => name !== "").sort();
}

function arrowsOf(imports: Imports, placeOf: (path: string) => string): Arrow[] {
  const pairs = imports.map((pair) => pair.map(placeOf))
    .filter(([from, to]) => from !== to && from !== "" && to !== "");
  return [...new Set(pairs.map((pair) => pair.join(" ")))].sort()
    .map((pair) => pair.split(" ") as [string, string]);
}

function makeRoom(name: string, imports: Imports, readme: string): Room {
  const row = new RegExp(`^\\| \`src/${name}\` *\\| (.*?) *\\|$`, "m").exec(readme);
  const about = row?.[1]?.replaceAll("`", "") ?? "";
  const own = imports.filter((pair) => pair.every((path) => folderOf(path) === name));
  const wings = namesOf(own, wingOf).map((wing): Room => ({
    name: wing,
    width: wing.length * letter.wing + 18,
    height: 24,
    kind: "wing",
    about: "",
    inside: draw([], [], 0, 0),
  }));
  const inside = draw(wings, arrowsOf(own, wingOf), 12, 20);
  const words = Math.max(name.length * letter.name, about.length * letter.about);
  const isModule = name.endsWith(".ts");
  return {
    name,
    width: Math.max(words, inside.width) + 2 * padding,
    height: isModule ? 34 : 52 + (wings.length > 0 ? inside.height + padding : 0),
    kind: isModule ? "door" : coreFolders.includes(name) ? "room core" : "room",
    about,
    inside,
  };
}

/** Draws rooms in layers, as far apart as said, with arrows between them. */
function draw(
  rooms: readonly Room[],
  arrows: readonly Arrow[],
  across: number,
  down: number,
): Drawing {
  const { height, places, routes, width } = layOut(rooms, arrows, { across, down });
  const elements = [
    ...routes.map((route) => `<path class="arrow" d="${lineThrough(route)}"/>`),
    ...rooms.flatMap((room) => drawRoom(room, places.get(room.name)!)),
  ];
  return { width, height, elements };
}

function drawRoom({ about, height, inside, kind, name, width }: Room, { x, y }: Point): string[] {
  const [middle, line] = [x + width / 2, kind === "wing" ? 16 : 22];
  return [
    `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/>`,
    text(middle, y + line, kind === "wing" ? "small name" : "name", name),
    ...(about === "" ? [] : [text(middle, y + 40, "about", about)]),
    `<g transform="translate(${middle - inside.width / 2} ${y + 52})">`,
    ...inside.elements,
    "</g>",
  ];
}

/** A smooth line down through points, which leaves room for the head at its end. */
function lineThrough(route: readonly Point[]): string {
  const points = route.map(({ x, y }, n) => ({ x, y: n === route.length - 1 ? y - 5 : y }));
  const parts = points.slice(1).map(({ x, y }, n) => curve(points[n]!.x, points[n]!.y, x, y, "y"));
  return `M${points[0]!.x} ${points[0]!.y}${parts.join("")}`;
}

const style = `
.room { fill: var(--panel); stroke: var(--line) }
.core { fill: var(--tint); stroke: var(--blue); stroke-opacity: 0.45 }
.door, .wing { fill: var(--paper); stroke: var(--line) }
.name { font: 600 14px ui-monospace, "DejaVu Sans Mono", monospace; fill: var(--ink) }
.small { font-size: 12px; font-weight: 400 }
.about { font-size: 11.5px; fill: var(--faint) }
text { text-anchor: middle }
.left { text-anchor: start }
.arrow { fill: none; stroke: var(--faint); stroke-width: 1.1; marker-end: url(#head) }
.head { fill: var(--faint) }
`;
