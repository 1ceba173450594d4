/**
 * Tags on disk, so that those set at run time outlive the agent: a JSON object
 * of texts (agent.md section 8.1).
 */

import { systemErrorText } from "../../go/system_error.ts";
import { removeLeftovers, replaceFile } from "./atomic_file.ts";
import { jsonKind, readOnlyJson } from "../../go/json_reader.ts";

/**
 * Reads the tags that an earlier run left, and removes what a crash left beside the file.
 *
 * @returns `undefined` if there is no such file.
 * @throws {Error} `Failed to read tags file: …` or `Failed to decode tags file: …`.
 */
export function readTagsFile(path: string): Map<string, string> | undefined {
  removeLeftovers(path);
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new Error(`Failed to read tags file: open ${path}: ${systemErrorText(error)}`);
  }
  try {
    return decodeTagsFile(bytes);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Error(`Failed to decode tags file: ${error.message}`);
  }
}

/**
 * Writes tags: keys sorted, two-blank indentation, no newline at the end.
 *
 * @throws {Error} `Failed to write tags file: …`.
 */
export function writeTagsFile(path: string, tags: ReadonlyMap<string, string>): void {
  const sorted = [...tags].sort(([a], [b]) => a < b ? -1 : 1);
  const lines = sorted.map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  const text = lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n}`;
  try {
    replaceFile(path, text);
  } catch (error) {
    throw new Error(`Failed to write tags file: open ${path}: ${systemErrorText(error)}`);
  }
}

function decodeTagsFile(bytes: Uint8Array): Map<string, string> {
  const value = readOnlyJson(bytes);
  if (value === null) return new Map();
  const refuse = (kind: string, type: string): never => {
    throw new Error(`json: cannot unmarshal ${kind} into Go value of type ${type}`);
  };
  if (typeof value !== "object" || Array.isArray(value)) {
    return refuse(jsonKind(value), "map[string]string");
  }
  const tags = new Map<string, string>();
  for (const [key, tag] of Object.entries(value)) {
    if (tag !== null && typeof tag !== "string") return refuse(jsonKind(tag), "string");
    tags.set(key, tag ?? "");
  }
  return tags;
}
