import { type MsgpackValue, readAny } from "../support/msgpack_value.ts";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { MsgpackError, MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { MsgpackScanner } from "../../src/bytes/msgpack_scanner.ts";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import { type FuzzTarget, mayThrow, testTarget } from "../support/fuzzing.ts";
import { recordedPackets, recordedRpc } from "../support/fuzz_seeds.ts";
import { bytesFromHex, readVectors } from "../support/vectors.ts";

/** Where the first value ends, found with everything there at once. */
function endOf(input: Uint8Array): number | undefined {
  const scanner = new MsgpackScanner();
  scanner.start(0, 1);
  return scanner.scan(input, input.length) ? scanner.position : undefined;
}

/** The same with one byte arriving after another. */
function endOfDrops(input: Uint8Array): number | undefined {
  const scanner = new MsgpackScanner();
  scanner.start(0, 1);
  for (let end = 0; end <= input.length; end++) {
    if (scanner.scan(input, end)) return scanner.position;
  }
  return undefined;
}

function depthOf(value: MsgpackValue): number {
  if (value instanceof Map) return 1 + Math.max(0, ...[...value.values()].map(depthOf));
  return Array.isArray(value) ? 1 + Math.max(0, ...value.map(depthOf)) : 0;
}

/** Reads with every method, since a field may hold anything. */
const methods: readonly ((reader: MsgpackReader) => unknown)[] = [
  (reader) => reader.readText(),
  (reader) => reader.readBytes(),
  (reader) => reader.readUint(),
  (reader) => reader.readInt(),
  (reader) => reader.readBigInt(),
  (reader) => reader.readBool(),
  (reader) => reader.readFloat(),
  (reader) => reader.readMapLength(),
  (reader) => reader.readArrayLength(),
  (reader) => reader.skip(),
];

/** A value in the form in which it is read back. */
const values = fc.letrec<{ value: MsgpackValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(undefined),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: 1n << 53n, max: (1n << 64n) - 1n }),
    fc.bigInt({ min: -(1n << 63n), max: -(1n << 53n) }),
    fc.double({ noInteger: true }),
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(fc.string({ maxLength: 40 }), tie("value"), { maxKeys: 20 })
      .map((object) => new Map(Object.entries(object))),
  ),
})).value;

function write(writer: MsgpackWriter, value: MsgpackValue): void {
  if (value === undefined) writer.writeNil();
  else if (typeof value === "boolean") writer.writeBool(value);
  else if (typeof value === "bigint") writer.writeInt(value);
  else if (typeof value === "string") writer.writeText(value);
  else if (value instanceof Uint8Array) writer.writeBytes(value);
  else if (typeof value === "number") {
    if (Number.isSafeInteger(value)) writer.writeInt(value);
    else writer.writeFloat(value);
  } else if (value instanceof Map) {
    writer.writeMapLength(value.size);
    for (const [key, inner] of value) {
      writer.writeText(key);
      write(writer, inner);
    }
  } else if (Array.isArray(value)) {
    writer.writeArrayLength(value.length);
    for (const inner of value) write(writer, inner);
  }
}

/** What a value reads as: there is no negative zero among integers. */
function plain(value: MsgpackValue): MsgpackValue {
  if (Object.is(value, -0)) return 0;
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  return new Map([...value].map(([key, inner]) => [key, plain(inner)]));
}

export const target: FuzzTarget = {
  name: "msgpack",
  seeds: () => [
    ...readVectors<{ decode: { hex: string }[] }>("msgpack").decode
      .map(({ hex }) => bytesFromHex(hex)),
    ...recordedPackets().slice(0, 60).map((packet) => packet.subarray(1)),
    ...recordedRpc("agent to client").slice(0, 40),
  ],
  check(input) {
    for (const method of methods) mayThrow([MsgpackError], () => method(new MsgpackReader(input)));

    const whole = mayThrow([MsgpackError], () => endOf(input));
    strictEqual(mayThrow([MsgpackError], () => endOfDrops(input)), whole);
    const reader = new MsgpackReader(input);
    const value = mayThrow([MsgpackError], () => ({ value: readAny(reader, 8) }));
    if (!value) return;
    strictEqual(reader.position, whole);
    ok(depthOf(value.value) <= 8);
  },
  properties: {
    "gives back what the writer was given": fc.property(values, (value) => {
      const writer = new MsgpackWriter("modern");
      write(writer, value);
      const bytes = writer.view();
      const reader = new MsgpackReader(bytes);
      deepStrictEqual(readAny(reader, 64), plain(value));
      strictEqual(reader.remaining, 0);
      strictEqual(endOfDrops(bytes), bytes.length);
    }),
  },
};

testTarget(target);
