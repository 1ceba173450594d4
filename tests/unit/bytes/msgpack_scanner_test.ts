import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { MsgpackError } from "../../../src/bytes/msgpack_error.ts";
import { MsgpackReader } from "../../../src/bytes/msgpack_reader.ts";
import { MsgpackScanner } from "../../../src/bytes/msgpack_scanner.ts";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";

/** One value of every format, each with the bytes that it consists of. */
const values: readonly string[] = [
  ...["00", "7f", "80", "81a16101", "90", "920102", "a0", "a3616263", "c0", "c2", "c3"],
  ...["c403010203", "c500020102", "c60000000101", "c7020501ff", "c800010501", "c90000000105ff"],
  ...["ca00000000", "cb0000000000000000", "ccff", "cdffff", "ceffffffff", "cf0000000000000001"],
  ...["d0ff", "d1ffff", "d2ffffffff", "d3ffffffffffffffff", "d405ff", "d505ffff", "d605ffffffff"],
  ...["d705" + "ff".repeat(8), "d805" + "ff".repeat(16), "d90161", "da000161", "db0000000161"],
  ...["dc00020102", "dd000000020102", "de0001a16101", "df00000001a16101", "e0", "ff"],
];

function scanWhole(bytes: Uint8Array, count = 1): MsgpackScanner | undefined {
  const scanner = new MsgpackScanner();
  scanner.start(0, count);
  return scanner.scan(bytes, bytes.length) ? scanner : undefined;
}

Deno.test("MsgpackScanner.scan() finds the end of a value of every format", () => {
  for (const hex of values) {
    const bytes = Uint8Array.fromHex(hex + "93");
    strictEqual(scanWhole(bytes)?.position, hex.length / 2, hex);
  }
});

Deno.test("MsgpackScanner.scan() waits for the last byte of every value", () => {
  for (const hex of values) {
    const bytes = Uint8Array.fromHex(hex);
    for (let end = 0; end < bytes.length; end++) {
      strictEqual(scanWhole(bytes.subarray(0, end)), undefined, `${hex} cut to ${end}`);
    }
  }
});

Deno.test("MsgpackScanner.scan() goes on where it stopped, whatever the chunks", () => {
  const hex = values.join("");
  const bytes = Uint8Array.fromHex(hex);
  const scanner = new MsgpackScanner();
  scanner.start(0, values.length);
  for (let end = 0; end < bytes.length; end++) strictEqual(scanner.scan(bytes, end), false);
  strictEqual(scanner.scan(bytes, bytes.length), true);
  deepStrictEqual([scanner.position, scanner.owed], [bytes.length, 0]);
});

Deno.test("MsgpackScanner.owed counts what containers hold once their head was seen", () => {
  const scanner = new MsgpackScanner();
  scanner.start(0, 1);
  strictEqual(scanner.owed, 1);
  scanner.scan(Uint8Array.fromHex("82"), 1);
  strictEqual(scanner.owed, 4);
  scanner.scan(Uint8Array.fromHex("820193"), 3);
  strictEqual(scanner.owed, 5);
});

Deno.test("MsgpackScanner.shift() follows bytes that were moved", () => {
  const scanner = new MsgpackScanner();
  scanner.start(5, 2);
  const bytes = Uint8Array.fromHex("ffffffffff01a261");
  strictEqual(scanner.scan(bytes, bytes.length), false);
  scanner.shift(-5);
  const moved = Uint8Array.fromHex("01a26162");
  strictEqual(scanner.scan(moved, moved.length), true);
  strictEqual(scanner.position, 4);
});

Deno.test("MsgpackScanner.scan() refuses the one byte that starts no value", () => {
  throws(
    () => scanWhole(Uint8Array.of(0x91, 0xc1)),
    (error) => error instanceof MsgpackError && error.reason === "malformed",
  );
});

Deno.test("MsgpackScanner takes nesting that would overflow a stack", () => {
  const bytes = new Uint8Array(1_000_001).fill(0x91);
  bytes[1_000_000] = 0xc0;
  strictEqual(scanWhole(bytes)?.position, bytes.length);
});

Deno.test("MsgpackScanner and MsgpackReader agree where a list of texts and bytes ends", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 70_000 }), { maxLength: 20 }), (list) => {
      const writer = new MsgpackWriter("raw");
      writer.writeArrayLength(list.length);
      for (const bytes of list) writer.writeBytes(bytes);
      const written = writer.copy();
      strictEqual(scanWhole(written)?.position, written.length);
      const reader = new MsgpackReader(written);
      strictEqual(reader.readArrayLength(), list.length);
    }),
    { numRuns: 50 },
  );
});
