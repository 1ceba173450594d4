/**
 * Fuzzing: what a reader is fed, and what it may do about it.
 *
 * A reader returns a value or throws an error of its own kind, in bounded time.
 * Inputs are recorded bytes, cut off and mutated; everything follows from a seed,
 * so that a finding can be had again.
 */

import fc from "fast-check";
import { deepStrictEqual, ok } from "node:assert/strict";
import { MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import { SimRandom } from "../../src/sim/sim_random.ts";

/** No input is made longer than this, and none may take longer than the limit to read. */
const maxInputLength = 70_000;
const timeLimit = 10_000;

/** A reader, as the fuzzer sees it. */
export interface FuzzTarget {
  /** Names the reader, its test file and its corpus. */
  readonly name: string;
  /** Recorded input to start from. */
  readonly seeds: () => readonly Uint8Array[];
  /** Reads the input; throws if the reader did anything that it may not do. */
  readonly check: (input: Uint8Array) => void | Promise<void>;
  /** What must hold for values of the reader's own making, for instance round trips. */
  readonly properties?: Readonly<Record<string, Property>>;
}

/** A property of fast-check, whatever it is about. */
export type Property = fc.IRawProperty<unknown>;

/** How much to try. */
export interface FuzzRun {
  readonly seed: number;
  /** How many mutated inputs. */
  readonly inputs: number;
  /** How many values for each property. */
  readonly values: number;
}

/** What is tried with every `deno task test`: the same each time. */
const shortRun: FuzzRun = { seed: 20_240_229, inputs: 1500, values: 100 };

/** An input that a reader could not cope with. */
export class FuzzFinding extends Error {
  readonly input: Uint8Array;

  constructor(target: string, input: Uint8Array, cause: unknown) {
    const reason = cause instanceof Error ? cause.stack ?? cause.message : String(cause);
    super(`${target} cannot cope with ${input.toHex()}\n${reason}`, { cause });
    this.name = "FuzzFinding";
    this.input = input;
  }
}

/** An input that was found once, kept so that it stays found. */
interface CorpusCase {
  readonly about: string;
  readonly hex: string;
}

/** Registers the short form of a target as tests. */
export function testTarget(target: FuzzTarget, run: FuzzRun = shortRun): void {
  Deno.test(`The ${target.name} reader copes with what was found before`, async () => {
    for (const { hex } of readCorpus(target.name)) await tryInput(target, Uint8Array.fromHex(hex));
  });
  Deno.test(`The ${target.name} reader copes with recordings, whole and cut off`, async () => {
    for (const input of cutOff(target.seeds(), run.inputs)) await tryInput(target, input);
  });
  Deno.test(`The ${target.name} reader copes with mutated recordings`, async () => {
    await tryMutations(target, run);
  });
  for (const [title, property] of Object.entries(target.properties ?? {})) {
    Deno.test(`The ${target.name} reader ${title}`, () => holds(property, run));
  }
}

/** Tries everything there is about a target once, for one seed. */
export async function fuzzOnce(target: FuzzTarget, run: FuzzRun): Promise<void> {
  await tryMutations(target, run);
  for (const property of Object.values(target.properties ?? {})) await holds(property, run);
}

/** Returns the shortest form of an input, found by leaving parts out, that still fails. */
export async function shrink(target: FuzzTarget, input: Uint8Array): Promise<Uint8Array> {
  let best = input;
  for (let size = best.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at + size <= best.length;) {
      const shorter = concat(best.subarray(0, at), best.subarray(at + size));
      if (await fails(target, shorter)) best = shorter;
      else at += size;
    }
  }
  return best;
}

/** Runs `read` and lets errors of the given kinds pass. */
export function mayThrow<T>(
  kinds: readonly (abstract new (...args: never[]) => Error)[],
  read: () => T,
): T | undefined {
  try {
    return read();
  } catch (error) {
    if (kinds.some((kind) => error instanceof kind)) return undefined;
    throw error;
  }
}

/** As `mayThrow`, for readers whose mistakes are plain errors with a message fit to print. */
export function mayThrowPlain<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    // A `TypeError` or a `RangeError` is a mistake of the reader's.
    const isPlain = error instanceof Error &&
      (error.constructor === Error || error.name === "JsonSyntaxError");
    if (isPlain && error.message !== "") return undefined;
    throw error;
  }
}

/** Returns records as the program makes them; those of fast-check lack a prototype. */
export function records<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(fields, { noNullPrototype: true });
}

async function holds(property: Property, run: FuzzRun): Promise<void> {
  await fc.assert(property, { seed: run.seed, numRuns: run.values });
}

async function tryMutations(target: FuzzTarget, run: FuzzRun): Promise<void> {
  const random = new SimRandom(run.seed);
  const seeds = target.seeds();
  for (let i = 0; i < run.inputs; i++) await tryInput(target, mutated(seeds, random));
}

async function tryInput(target: FuzzTarget, input: Uint8Array): Promise<void> {
  const start = performance.now();
  try {
    await target.check(input.slice());
    const time = performance.now() - start;
    ok(time < timeLimit, `Reading took ${time} ms`);
  } catch (error) {
    throw new FuzzFinding(target.name, input, error);
  }
}

async function fails(target: FuzzTarget, input: Uint8Array): Promise<boolean> {
  try {
    await tryInput(target, input);
    return false;
  } catch {
    return true;
  }
}

/** The seeds, and how they begin: at every byte if that is not more than `limit` in all. */
function* cutOff(seeds: readonly Uint8Array[], limit: number): Generator<Uint8Array> {
  const total = seeds.reduce((sum, seed) => sum + seed.length, 0);
  const step = Math.max(1, Math.ceil(total / limit));
  for (const seed of seeds) {
    yield seed;
    for (let length = 0; length < seed.length; length += step) yield seed.subarray(0, length);
  }
}

/** Bytes and lengths that readers trip over. */
const oddBytes = [0, 1, 0x7f, 0x80, 0x8f, 0x90, 0xa0, 0xbf, 0xc0, 0xc1, 0xd9, 0xdd, 0xdf, 0xff];
const oddHeads = [
  [0xc6, 0xff, 0xff, 0xff, 0xff],
  [0xdb, 0x7f, 0xff, 0xff, 0xff],
  [0xdc, 0xff, 0xff],
  [0xdd, 0xff, 0xff, 0xff, 0xff],
  [0xde, 0xff, 0xff],
  [0xdf, 0x7f, 0xff, 0xff, 0xff],
  [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0],
  [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
  [0x91, 0x91, 0x91, 0x91, 0x91, 0x91, 0x91, 0x91],
].map((bytes) => Uint8Array.from(bytes));

/** Returns a seed with a few things wrong with it. */
function mutated(seeds: readonly Uint8Array[], random: SimRandom): Uint8Array {
  let bytes: Uint8Array = pick(seeds, random).slice();
  const changes = 1 + random.below(random.uniform() < 0.2 ? 16 : 4);
  for (let i = 0; i < changes; i++) bytes = changed(bytes, seeds, random);
  return bytes.subarray(0, maxInputLength);
}

function changed(
  bytes: Uint8Array,
  seeds: readonly Uint8Array[],
  random: SimRandom,
): Uint8Array {
  const at = random.below(bytes.length + 1);
  const length = 1 + random.below(Math.min(32, bytes.length + 1));
  switch (random.below(9)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return concat(bytes.subarray(0, at), bytes.subarray(at + length));
    case 2:
      return replaced(bytes, at, (byte) => byte ^ 1 << random.below(8));
    case 3:
      return replaced(bytes, at, () => pick(oddBytes, random));
    case 4:
      return replaced(bytes, at, (byte) => byte + random.below(17) - 8);
    case 5:
      return concat(bytes.subarray(0, at), pick(oddHeads, random), bytes.subarray(at));
    case 6: {
      // Something that was there before, once more or somewhere else.
      const from = random.below(bytes.length + 1);
      return concat(bytes.subarray(0, at), bytes.subarray(from, from + length), bytes.subarray(at));
    }
    case 7: {
      const other = pick(seeds, random);
      const from = random.below(other.length + 1);
      return concat(bytes.subarray(0, at), other.subarray(from));
    }
    default: {
      const noise = new Uint8Array(length);
      random.fill(noise);
      return concat(bytes.subarray(0, at), noise, bytes.subarray(at));
    }
  }
}

function replaced(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const result = bytes.slice();
  if (at < result.length) result[at] = change(result[at]!);
  return result;
}

function pick<T>(items: readonly T[], random: SimRandom): T {
  return items[random.below(items.length)]!;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function readCorpus(name: string): readonly CorpusCase[] {
  try {
    const url = new URL(`../fuzz/corpus/${name}.json`, import.meta.url);
    return JSON.parse(Deno.readTextFileSync(url));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** A property: what a writer wrote is read back as it was, to the last byte. */
export function roundTrip<T>(
  values: fc.Arbitrary<T>,
  write: (writer: MsgpackWriter, value: T) => void,
  read: (reader: MsgpackReader) => T,
) {
  return fc.property(values, (value) => {
    const writer = new MsgpackWriter("raw");
    write(writer, value);
    const reader = new MsgpackReader(writer.view(), 1);
    deepStrictEqual(read(reader), value);
    deepStrictEqual(reader.remaining, 0);
  });
}
