/**
 * Tags on disk, so that those set at run time outlive the agent: a JSON object
 * of texts (agent.md section 8.1).
 */

import { sortedEntries } from "../../go/byte_order.ts";
import { cannotUnmarshal, type JsonValue, readOnlyJson, readString } from "../../go/json_reader.ts";
import { systemErrorText } from "../../go/system_error.ts";
import { addContext, withContext } from "../../ports/error_context.ts";
import { removeLeftovers, replaceFile } from "./atomic_file.ts";

/**
 * Reads the tags that an earlier run left, and removes what a crash left beside the file.
 *
 * @returns `undefined` if there is no file.
 * @throws {Error} `Failed to read tags file: …` or `Failed to decode tags file: …`.
 */
export function readTagsFile(path: string): Map<string, string> | undefined {
  removeLeftovers(path);
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    return addContext(`Failed to read tags file: open ${path}`, systemErrorText)(error);
  }
  return withContext("Failed to decode tags file", () => decodeTags(readOnlyJson(bytes)));
}

/**
 * Writes tags: keys sorted, two-blank indentation, no newline at the end.
 *
 * @throws {Error} `Failed to write tags file: …`.
 */
export function writeTagsFile(path: string, tags: ReadonlyMap<string, string>): void {
  const lines = sortedEntries(tags)
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  const text = lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n}`;
  const context = `Failed to write tags file: open ${path}`;
  withContext(context, () => replaceFile(path, text), systemErrorText);
}

function decodeTags(value: JsonValue): Map<string, string> {
  if (value === null) return new Map();
  if (typeof value !== "object" || Array.isArray(value)) {
    throw cannotUnmarshal(value, "map[string]string");
  }
  return new Map(Object.entries(value).map(([key, tag]) => [key, readString(tag)]));
}
