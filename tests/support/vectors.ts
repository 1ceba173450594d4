/**
 * Recorded vectors: what real peers wrote, and how they read it.
 *
 * The files lie in `tests/vectors`. In each, a field without suffix is what the
 * old reference produced, and also the new one unless a sibling with the suffix
 * `_new` says otherwise.
 */

/** What every generated vector file looks like; `data` is its own. */
export interface VectorFile<T> {
  readonly description: string;
  readonly producers: { readonly old: string; readonly new: string };
  readonly data: T;
}

/** One live datagram of a capture. */
export interface CapturedPacket {
  readonly hex: string;
  readonly src: string;
  readonly dst: string;
  readonly t_ms: number;
  readonly decoded: CapturedContent;
}

/** Both directions of one connection of a capture. */
export interface CapturedStream {
  readonly src: string;
  readonly dst: string;
  readonly [field: string]: unknown;
}

/** What the reference understood of a datagram. */
export interface CapturedContent {
  readonly layers: readonly Readonly<Record<string, unknown>>[];
  readonly message: Readonly<Record<string, unknown>>;
}

/** A file `capture-*.json`. */
export interface Capture {
  readonly description: string;
  readonly scenario: string;
  readonly keys_base64: readonly string[];
  readonly label: string;
  readonly udp: readonly CapturedPacket[];
  readonly streams: readonly CapturedStream[];
}

const folder = new URL("../vectors/", import.meta.url);

/**
 * Reads a vector file, parsed and as it is.
 *
 * @param name the file below `tests/vectors`, without `.json`, for instance "crc" or "rpc/join".
 */
export function readVectorFile<T>(name: string): T {
  return JSON.parse(Deno.readTextFileSync(new URL(`${name}.json`, folder))) as T;
}

/** Reads the `data` of a generated vector file. */
export function readVectors<T>(name: string): T {
  return readVectorFile<VectorFile<T>>(name).data;
}

/** Reads every capture of live traffic, in order of file name. */
export function readCaptures(): Capture[] {
  return vectorNames().filter((name) => name.startsWith("capture-"))
    .map((name) => readVectorFile<Capture>(name));
}

/** The names of all vector files directly in the folder, sorted, without `.json`. */
export function vectorNames(): string[] {
  return [...Deno.readDirSync(folder)]
    .filter((entry) => entry.isFile && entry.name.endsWith(".json"))
    .map((entry) => entry.name.slice(0, -".json".length))
    .sort();
}

/** Returns the bytes that lower-case hex stands for. */
export function bytesFromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(hex);
}

/** Returns bytes as lower-case hex. */
export function hexFromBytes(bytes: Uint8Array): string {
  return bytes.toHex();
}

/** The two forms of a field that the producers may encode differently; equal where they agree. */
export function bothProducers<T>(vector: Readonly<Record<string, unknown>>, field: string): T[] {
  const old = vector[field];
  const newer = `${field}_new` in vector ? vector[`${field}_new`] : old;
  return [old as T, newer as T];
}
