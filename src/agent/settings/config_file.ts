/**
 * Configuration files: JSON objects, alone or in a directory (agent.md sections
 * 5.1 to 5.6).
 *
 * All that a file gets wrong is told at once. Keys match without regard to case.
 */

import { compareBytes } from "../../go/byte_order.ts";
import { type JsonValue, readFirstJson } from "../../go/json_reader.ts";
import { systemErrorText } from "../../go/system_error.ts";
import { addContext, withContext } from "../../ports/error_context.ts";
import { type ConfigLayer, fileKey, makeLayer, readValue, settingEntries } from "./config.ts";
import type { Kind } from "./setting_kind.ts";

type JsonObject = { readonly [key: string]: JsonValue };

/** No configuration file is longer than this many bytes. */
const sizeLimit = 16 * 1024 * 1024;

/** What a file holds for a setting of each kind, in the words of the page on configuration. */
const jsonNames: Readonly<Record<Kind | "object", string>> = {
  text: "a text",
  number: "a number",
  boolean: "a boolean",
  duration: "a text",
  list: "a list",
  tags: "an object",
  object: "an object",
};

const kinds: ReadonlyMap<string, Kind | "object"> = new Map([
  ...settingEntries.map(([name, { kind }]) => [fileKey(name), kind] as const),
  ["mdns", "object"],
  // Without effect: it stands in files written for HashiCorp's agent.
  ["msgpackusenewtimeformat", "boolean"],
]);

/**
 * Reads files, and directories of them, in the order given.
 *
 * @throws {Error} `Error reading 'PATH': …` or `Error decoding 'PATH': …`.
 */
export async function readConfigPaths(paths: readonly string[]): Promise<ConfigLayer[]> {
  const layers: ConfigLayer[] = [];
  for (const path of paths) {
    for (const file of await filesAt(path)) layers.push(await readConfigFile(file));
  }
  return layers;
}

/**
 * Decodes what a configuration file holds.
 *
 * @throws {Error} with every problem.
 */
export function decodeConfig(bytes: Uint8Array): ConfigLayer {
  const value = readFirstJson(bytes);
  if (value === null) return {};
  if (!isObject(value)) throw new Error(`it must hold an object, not ${jsonName(value)}`);

  const keys = [...kinds.keys()];
  const outer = matchKeys(value, keys.filter((key) => !key.includes(".")));
  const mdns = outer.known.get("mdns");
  const inner = matchKeys(isObject(mdns) ? mdns : {}, keys, "mdns.");
  const problems: string[] = [];
  const values = new Map<string, unknown>();
  for (const [key, kind] of kinds) {
    const given = outer.known.get(key) ?? inner.known.get(key);
    if (given !== undefined) values.set(key, readJson(key, kind, given, problems));
  }
  if (inner.unknown.length > 0) problems.push(invalidKeys("mdns", inner.unknown));
  if (outer.unknown.length > 0) problems.push(invalidKeys("agent.Config", outer.unknown));
  if (problems.length > 0) {
    throw new Error(`decoding failed due to the following error(s):\n\n${problems.join("\n")}`);
  }
  return makeLayer(settingEntries, (name, setting) => {
    const key = fileKey(name);
    return withContext(`'${key}'`, () => readValue(setting, values.get(key)));
  });
}

/** The files meant by one path: itself, or those of a directory that end in `.json`. */
async function filesAt(path: string): Promise<string[]> {
  try {
    if (!(await Deno.stat(path)).isDirectory) return [path];
    const names: string[] = [];
    for await (const entry of Deno.readDir(path)) {
      if (entry.name.endsWith(".json") && !entry.isDirectory) names.push(entry.name);
    }
    const directory = path.replace(/(?<=.)\/+$/, "");
    return names.sort(compareBytes).map((name) => `${directory}/${name}`);
  } catch (error) {
    return cannotRead(path)(error);
  }
}

async function readConfigFile(path: string): Promise<ConfigLayer> {
  const { size } = await Deno.stat(path).catch(cannotRead(path));
  if (size > sizeLimit) cannotRead(path)(`larger than ${sizeLimit} bytes`);
  const bytes = await Deno.readFile(path).catch(cannotRead(path));
  const layer = withContext(`Error decoding '${path}'`, () => decodeConfig(bytes));
  return layer.encryptKey || layer.rpcAuth ? { ...layer, secretFiles: [path] } : layer;
}

function cannotRead(path: string): (error: unknown) => never {
  return addContext(`Error reading '${path}': open ${path}`, systemErrorText);
}

/**
 * Sorts the members of an object into those that have a key, and the names of the
 * others. Null counts as absent.
 *
 * @param parent what stands in front of the object's own keys.
 */
function matchKeys(
  object: JsonObject,
  keys: readonly string[],
  parent = "",
): { known: Map<string, JsonValue>; unknown: string[] } {
  const left = new Map(Object.entries(object));
  const known = new Map<string, JsonValue>();
  for (const key of keys.filter((key) => key.startsWith(parent))) {
    const name = key.slice(parent.length);
    const own = left.has(name) ? name : [...left.keys()].find((own) => own.toLowerCase() === name);
    if (own === undefined) continue;
    const value = left.get(own) ?? null;
    left.delete(own);
    if (value !== null) known.set(key, value);
  }
  return { known, unknown: [...left.keys()].sort(compareBytes) };
}

function invalidKeys(where: string, keys: readonly string[]): string {
  return `'${where}' has invalid keys: ${keys.join(", ")}`;
}

/**
 * Reads what a file says for a key; what is wrong with it is added to `problems`.
 *
 * Parity: the reference tells it in the words of its language, such as `float64`.
 */
function readJson(
  key: string,
  kind: Kind | "object",
  value: JsonValue,
  problems: string[],
): unknown {
  if (jsonName(value) !== jsonNames[kind]) {
    problems.push(`'${key}' must be ${jsonNames[kind]}, not ${jsonName(value)}`);
    return undefined;
  }
  // Inside lists and maps the reference reads null as an empty text.
  const readItem = ([name, item]: [string, JsonValue]) =>
    [name, readJson(`${key}[${name}]`, "text", item ?? "", problems)] as const;
  if (kind === "list") return Object.entries(value ?? []).map((entry) => readItem(entry)[1]);
  // A map, not a record: a tag may be called "constructor".
  if (kind === "tags") return new Map(Object.entries(value ?? {}).map(readItem));
  return typeof value === "number" ? Math.trunc(value) : value;
}

function jsonName(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return jsonNames.list;
  if (typeof value === "string") return jsonNames.text;
  if (typeof value === "number") return jsonNames.number;
  return typeof value === "boolean" ? jsonNames.boolean : jsonNames.object;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
