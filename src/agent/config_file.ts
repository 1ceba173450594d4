/**
 * Configuration files: JSON objects, alone or in a directory (agent.md sections
 * 5.1 to 5.6).
 *
 * The shape is told once, as a schema, in the order of the reference's fields;
 * what a file gets wrong is told all at once.
 * Keys match without regard to case.
 */

import * as v from "valibot";
import { systemErrorText } from "../ports/system_error.ts";
import { type ConfigLayer, positive } from "./config.ts";
import { parseGoDuration } from "./go_duration.ts";
import { type JsonValue, readFirstJson } from "./go_json.ts";

type JsonObject = { readonly [key: string]: JsonValue };

/** No configuration file is longer than this many bytes. */
const sizeLimit = 16 * 1024 * 1024;

const whole = v.pipe(v.number(), v.transform(Math.trunc));
const texts = v.array(text());
const optionalText = v.optional(v.string());
const optionalWhole = v.optional(whole);
const optionalBoolean = v.optional(v.boolean());
const optionalTexts = v.optional(texts);

// A map, not a record: a tag may be called "constructor".
const textMap = v.pipe(
  v.custom<JsonObject>(isObject),
  v.transform((object) => new Map(Object.entries(object))),
  v.map(v.string(), text()),
);

const mdnsShape = v.object({
  interface: optionalText,
  disable_ipv4: optionalBoolean,
  disable_ipv6: optionalBoolean,
});

const shape = v.object({
  node_name: optionalText,
  role: optionalText,
  disable_coordinates: optionalBoolean,
  tags: v.optional(textMap),
  tags_file: optionalText,
  bind: optionalText,
  advertise: optionalText,
  encrypt_key: optionalText,
  encrypt_file: optionalText,
  keyring_file: optionalText,
  log_level: optionalText,
  log_format: optionalText,
  rpc_addr: optionalText,
  rpc_auth: optionalText,
  rpc_allow_open: optionalBoolean,
  rpc_tls_cert: optionalText,
  rpc_tls_key: optionalText,
  label: optionalText,
  cidr_allow: optionalTexts,
  protocol: optionalWhole,
  replay_on_join: optionalBoolean,
  query_response_size_limit: optionalWhole,
  query_size_limit: optionalWhole,
  user_event_size_limit: optionalWhole,
  start_join: optionalTexts,
  event_handlers: optionalTexts,
  handler_timeout: optionalText,
  profile: optionalText,
  snapshot_path: optionalText,
  leave_on_terminate: optionalBoolean,
  skip_leave_on_interrupt: optionalBoolean,
  discover: optionalText,
  mdns: v.optional(v.pipe(v.custom<v.InferInput<typeof mdnsShape>>(isObject), mdnsShape)),
  interface: optionalText,
  reconnect_interval: optionalText,
  reconnect_timeout: optionalText,
  tombstone_timeout: optionalText,
  disable_name_resolution: optionalBoolean,
  enable_syslog: optionalBoolean,
  syslog_facility: optionalText,
  retry_join: optionalTexts,
  retry_max_attempts: optionalWhole,
  retry_interval: optionalText,
  rejoin_after_leave: optionalBoolean,
  enable_compression: optionalBoolean,
  statsite_addr: optionalText,
  statsd_addr: optionalText,
  broadcast_timeout: optionalText,
  validate_node_names: optionalBoolean,
  msgpackusenewtimeformat: optionalBoolean,
});

/** The keys that a file may have; a key inside another one stands behind a dot. */
export const configKeys: readonly string[] = Object.keys(shape.entries).flatMap((key) =>
  key === "mdns" ? Object.keys(mdnsShape.entries).map((inner) => `mdns.${inner}`) : key
);

type ConfigFile = v.InferOutput<typeof shape>;

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

  const { known, unknown } = matchKeys(value, Object.keys(shape.entries));
  const mdns = matchMdns(known);
  const result = v.safeParse(shape, mdns.known);
  const problems = result.success ? [] : result.issues.map(tellIssue);
  if (mdns.unknown.length > 0) problems.push(invalidKeys("mdns", mdns.unknown));
  if (unknown.length > 0) problems.push(invalidKeys("agent.Config", unknown));
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

function toLayer(file: ConfigFile): ConfigLayer {
  return {
    nodeName: file.node_name,
    role: file.role,
    disableCoordinates: file.disable_coordinates,
    tags: file.tags,
    tagsFile: file.tags_file,
    bind: file.bind,
    advertise: file.advertise,
    encryptKey: file.encrypt_key,
    encryptFile: file.encrypt_file,
    keyringFile: file.keyring_file,
    logLevel: file.log_level,
    logFormat: file.log_format,
    rpcAddr: file.rpc_addr,
    rpcAuth: file.rpc_auth,
    rpcAllowOpen: file.rpc_allow_open,
    rpcTlsCert: file.rpc_tls_cert,
    rpcTlsKey: file.rpc_tls_key,
    label: file.label,
    cidrAllow: file.cidr_allow,
    protocol: positive(file.protocol),
    replayOnJoin: file.replay_on_join,
    queryResponseSizeLimit: positive(file.query_response_size_limit),
    querySizeLimit: positive(file.query_size_limit),
    userEventSizeLimit: positive(file.user_event_size_limit),
    startJoin: file.start_join,
    eventHandlers: file.event_handlers,
    handlerTimeout: duration("handler_timeout", file),
    profile: file.profile,
    snapshotPath: file.snapshot_path,
    leaveOnTerminate: file.leave_on_terminate,
    skipLeaveOnInterrupt: file.skip_leave_on_interrupt,
    discover: file.discover,
    mdnsInterface: file.mdns?.interface,
    mdnsDisableIpv4: file.mdns?.disable_ipv4,
    mdnsDisableIpv6: file.mdns?.disable_ipv6,
    interface: file.interface,
    reconnectInterval: duration("reconnect_interval", file),
    reconnectTimeout: duration("reconnect_timeout", file),
    tombstoneTimeout: duration("tombstone_timeout", file),
    retryInterval: duration("retry_interval", file),
    broadcastTimeout: duration("broadcast_timeout", file),
    disableNameResolution: file.disable_name_resolution,
    enableSyslog: file.enable_syslog,
    syslogFacility: file.syslog_facility,
    retryJoin: file.retry_join,
    retryMaxAttempts: file.retry_max_attempts,
    rejoinAfterLeave: file.rejoin_after_leave,
    enableCompression: file.enable_compression,
    statsiteAddr: file.statsite_addr,
    statsdAddr: file.statsd_addr,
    validateNodeNames: file.validate_node_names,
  };
}

type DurationKey =
  | "handler_timeout"
  | "reconnect_interval"
  | "reconnect_timeout"
  | "tombstone_timeout"
  | "retry_interval"
  | "broadcast_timeout";

function duration(key: DurationKey, file: ConfigFile): number | undefined {
  const text = file[key];
  if (text === undefined || text === "") return undefined;
  try {
    return parseGoDuration(text);
  } catch (error) {
    throw new Error(`'${key}': ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * Sorts the members of an object into those that a schema knows, under the
 * schema's spelling, and the names of the others. Null counts as absent.
 */
function matchKeys(
  object: JsonObject,
  names: readonly string[],
): { known: Map<string, JsonValue>; unknown: string[] } {
  const left = new Map(Object.entries(object));
  const known = new Map<string, JsonValue>();
  for (const name of names) {
    const key = left.has(name) ? name : [...left.keys()].find((key) => key.toLowerCase() === name);
    if (key === undefined) continue;
    const value = left.get(key) ?? null;
    left.delete(key);
    if (value !== null) known.set(name, value);
  }
  return { known, unknown: [...left.keys()].sort(compareBytewise) };
}

/** The known members as a plain object, with those of `mdns` matched as well. */
function matchMdns(known: Map<string, JsonValue>): { known: JsonObject; unknown: string[] } {
  const value = known.get("mdns");
  if (!isObject(value)) return { known: Object.fromEntries(known), unknown: [] };
  const inner = matchKeys(value, Object.keys(mdnsShape.entries));
  const mdns = Object.fromEntries(inner.known);
  return { known: { ...Object.fromEntries(known), mdns }, unknown: inner.unknown };
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
  const parent = `${first?.key ?? ""}`;
  const steps = inner.map(({ key }) => parent === "mdns" ? `.${key}` : `[${key}]`);
  const wanted = issue.type === "custom" ? "object" : issue.type;
  return `'${parent}${steps.join("")}' must be ${kindNames[wanted]}, not ${kindOf(issue.input)}`;
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
