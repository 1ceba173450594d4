/** Files of the repository. */

import { readdirSync } from "node:fs";

/** The paths of all files below a folder whose names end so, with forward slashes. */
export function filesIn(folder: string, ending = ""): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map(({ parentPath, name }) => `${parentPath}/${name}`.replaceAll("\\", "/"));
}
