/**
 * Configuration files: JSON objects, alone or in a directory (agent.md sections
 * 5.1 to 5.6).
 *
 * What a file gets wrong is told all at once. Keys match without regard to case.
 */

import * as v from "valibot";
import { systemErrorText } from "../../go/system_error.ts";
import { type ConfigLayer, fileKey, makeLayer, readValue, settingEntries } from "./config.ts";
import { type JsonValue, readFirstJson } from "../../go/json_reader.ts";
import { inOrder, type Kind } from "./setting_kind.ts";

type JsonObject = { readonly [key: string]: JsonValue };

/** No configuration file is longer than this many bytes. */
const sizeLimit = 16 * 1024 * 1024;

const whole = v.pipe(v.number(), v.transform(Math.trunc));

// A map, not a record: a tag may be called "constructor".
const textMap = v.pipe(
  v.custom<JsonObject>(isObject),
  v.transform((object) => new Map(Object.entries(object))),
  v.map(v.string(), text()),
);

/** What a file may hold for a setting of each kind. */
const kinds: Readonly<Record<Kind, v.GenericSchema>> = {
  text: v.string(),
  number: whole,
  boolean: v.boolean(),
  duration: v.string(),
  list: v.array(text()),
  tags: textMap,
};

/** The order in which problems are told, that of the reference's fields; other keys come last. */
const order =
  "node_name role disable_coordinates tags tags_file bind advertise encrypt_key encrypt_file " +
  "keyring_file log_level log_format rpc_addr rpc_auth rpc_allow_open rpc_tls_cert rpc_tls_key " +
  "label cidr_allow protocol replay_on_join query_response_size_limit query_size_limit " +
  "user_event_size_limit start_join event_handlers handler_timeout profile snapshot_path " +
  "leave_on_terminate skip_leave_on_interrupt discover mdns mdns.interface mdns.disable_ipv4 " +
  "mdns.disable_ipv6 interface reconnect_interval reconnect_timeout tombstone_timeout " +
  "disable_name_resolution enable_syslog syslog_facility retry_join retry_max_attempts " +
  "retry_interval rejoin_after_leave enable_compression statsite_addr statsd_addr " +
  "broadcast_timeout validate_node_names msgpackusenewtimeformat";
const fileEntries = inOrder(order, settingEntries, ([name]) => fileKey(name));

/** The keys that a file may have; a key inside another one stands behind a dot. */
export const configKeys: readonly string[] = fileEntries.map(([name]) => fileKey(name));

const schemas: readonly (readonly [key: string, schema: v.GenericSchema])[] = [
  ...fileEntries.map(([name, { kind }]) => [fileKey(name), kinds[kind]] as const),
  ["mdns", v.custom(isObject)],
  // Without effect: it stands in files written for HashiCorp's agent.
  ["msgpackusenewtimeformat", v.boolean()],
];
const shape = v.object(Object.fromEntries(
  inOrder(order, schemas, ([key]) => key).map(([key, schema]) => [key, v.optional(schema)]),
));

/** Inside lists and maps the reference reads null as an empty text. */
function text() {
  return v.pipe(v.nullable(v.string(), ""), v.transform((value) => value ?? ""));
}

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
  if (!isObject(value)) throw new Error(`it must hold an object, not ${kindOf(value)}`);

  const keys = Object.keys(shape.entries);
  const outer = matchKeys(value, keys.filter((key) => !key.includes(".")));
  const mdns = outer.known.get("mdns");
  const inner = matchKeys(isObject(mdns) ? mdns : {}, keys, "mdns.");
  const result = v.safeParse(shape, Object.fromEntries([...outer.known, ...inner.known]));
  const problems = result.success ? [] : result.issues.map(tellIssue);
  if (inner.unknown.length > 0) problems.push(invalidKeys("mdns", inner.unknown));
  if (outer.unknown.length > 0) problems.push(invalidKeys("agent.Config", outer.unknown));
  if (!result.success || problems.length > 0) {
    throw new Error(
      `decoding failed due to the following error(s):\n\n${problems.join("\n")}`,
    );
  }
  return toLayer(result.output);
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
    return names.sort(compareBytewise).map((name) => `${directory}/${name}`);
  } catch (error) {
    throw new Error(`Error reading '${path}': open ${path}: ${systemErrorText(error)}`);
  }
}

async function readConfigFile(path: string): Promise<ConfigLayer> {
  let bytes: Uint8Array;
  try {
    const { size } = await Deno.stat(path);
    if (size > sizeLimit) throw new Error(`larger than ${sizeLimit} bytes`);
    bytes = await Deno.readFile(path);
  } catch (error) {
    throw new Error(`Error reading '${path}': open ${path}: ${systemErrorText(error)}`);
  }
  try {
    const layer = decodeConfig(bytes);
    return layer.encryptKey || layer.rpcAuth ? { ...layer, secretFiles: [path] } : layer;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Error(`Error decoding '${path}': ${error.message}`);
  }
}

function toLayer(file: Readonly<Record<string, unknown>>): ConfigLayer {
  return makeLayer(fileEntries, (name, setting) => {
    const key = fileKey(name);
    try {
      return readValue(setting, file[key]);
    } catch (error) {
      throw new Error(`'${key}': ${error instanceof Error ? error.message : error}`);
    }
  });
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
  return { known, unknown: [...left.keys()].sort(compareBytewise) };
}

function invalidKeys(where: string, keys: readonly string[]): string {
  return `'${where}' has invalid keys: ${keys.join(", ")}`;
}

/**
 * Words one problem that the schema found.
 *
 * Parity: the reference tells it in the words of its language, such as `float64`.
 */
function tellIssue(issue: v.InferIssue<typeof shape>): string {
  const [first, ...inner] = issue.path ?? [];
  const steps = inner.map(({ key }) => `[${key}]`);
  const wanted = issue.type === "custom" ? "object" : issue.type;
  return `'${first?.key}${steps.join("")}' must be ${kindNames[wanted]}, not ${
    kindOf(issue.input)
  }`;
}

/** Kinds of JSON values, as the page on configuration calls them. */
const kindNames: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  boolean: "a boolean",
  array: "a list",
  object: "an object",
};

function kindOf(value: unknown): string {
  return kindNames[Array.isArray(value) ? "array" : typeof value] ?? "null";
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function compareBytewise(a: string, b: string): number {
  const [left, right] = [new TextEncoder().encode(a), new TextEncoder().encode(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
