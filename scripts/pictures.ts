/**
 * Draws the pictures in `src/docs` that follow from the code; a test compares them with it.
 *
 *     deno task docs
 */

import { readdirSync } from "node:fs";
import { spreadPicture } from "./experiments/spread.ts";
import { housePicture } from "./house/picture.ts";

/** Returns the pictures by their paths. */
export function pictures(): ReadonlyMap<string, string> {
  const paths = ["README.md", "main.ts"];
  for (const name of readdirSync("src", { recursive: true, encoding: "utf8" })) {
    if (name.endsWith(".ts")) paths.push(`src/${name.replaceAll("\\", "/")}`);
  }
  const files = new Map(paths.map((path) => [path, Deno.readTextFileSync(path)]));
  return new Map([
    ["src/docs/house.svg", housePicture(files)],
    ["src/docs/protocol/dissemination.svg", spreadPicture()],
  ]);
}

if (import.meta.main) {
  for (const [path, text] of pictures()) {
    Deno.writeTextFileSync(path, text);
    console.log(path);
  }
}
