import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { internBytes, keepBytes } from "../../../src/bytes/interned_bytes.ts";

Deno.test("internBytes() gives equal short strings one array, wherever they stand", () => {
  const packet = Uint8Array.of(9, 10, 0, 0, 1, 9, 10, 0, 0, 1);
  const first = internBytes(packet, 1, 5);
  strictEqual(internBytes(packet, 6, 10), first);
  strictEqual(internBytes(Uint8Array.of(10, 0, 0, 1), 0, 4), first);
  notStrictEqual(internBytes(packet, 1, 4), first);
  deepStrictEqual([...first], [10, 0, 0, 1]);
});

Deno.test("internBytes() keeps a copy: the packet may be overwritten", () => {
  const packet = Uint8Array.of(1, 2, 3);
  const kept = internBytes(packet, 0, 3);
  packet.fill(0xdb);
  deepStrictEqual([...kept], [1, 2, 3]);
});

Deno.test("internBytes() is a view where the string is long, and nothing for none", () => {
  const long = new Uint8Array(65).fill(7);
  strictEqual(internBytes(long, 0, 65).buffer, long.buffer);
  notStrictEqual(internBytes(long, 0, 64).buffer, long.buffer);
  strictEqual(internBytes(long, 3, 3).length, 0);
});

Deno.test("internBytes() returns the bytes it was given, also where strings collide", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 200 }), (list) => {
      for (const bytes of list) {
        deepStrictEqual([...internBytes(bytes, 0, bytes.length)], [...bytes]);
      }
    }),
    { numRuns: 50 },
  );
});

Deno.test("internBytes() shares most addresses of a cluster of 2,000 members", () => {
  const addresses = Array.from({ length: 2000 }, (_, i) => Uint8Array.of(10, 0, i >> 8, i));
  const read = () => addresses.map((bytes) => internBytes(bytes, 0, 4));
  read();
  const again = read();
  const lost = read().filter((bytes, i) => bytes !== again[i]).length;
  ok(lost < 300, `${lost} of 2000`);
});

Deno.test("keepBytes() copies, and gives equal messages one copy", () => {
  const message = new Uint8Array(256).fill(9);
  const kept = keepBytes(message);
  strictEqual(keepBytes(new Uint8Array(256).fill(9)), kept);
  message.fill(0);
  strictEqual(kept[255], 9);

  const long = new Uint8Array(257).fill(9);
  notStrictEqual(keepBytes(long), keepBytes(long));
  notStrictEqual(keepBytes(long).buffer, long.buffer);
});
