import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { addressFromBytes } from "../../../../src/ports/address.ts";
import { cachedAddress } from "../../../../src/memberlist/membership/address_cache.ts";

Deno.test("cachedAddress() gives an address one object, and its bytes one copy", () => {
  const bytes = Uint8Array.of(10, 0, 0, 9);
  const first = cachedAddress(bytes, 7946);
  bytes.fill(0xdb);
  deepStrictEqual(first.address, { host: "10.0.0.9", port: 7946 });
  deepStrictEqual([...first.ip], [10, 0, 0, 9]);
  strictEqual(cachedAddress(Uint8Array.of(10, 0, 0, 9), 7946), first);
  notStrictEqual(cachedAddress(Uint8Array.of(10, 0, 0, 9), 7947), first);
});

Deno.test("cachedAddress() returns the address it was given, also where some collide", () => {
  const endpoint = fc.tuple(fc.uint8Array({ maxLength: 17 }), fc.nat(65535));
  fc.assert(
    fc.property(fc.array(endpoint, { maxLength: 200 }), (list) => {
      for (const [ip, port] of list) {
        const { address, ip: kept } = cachedAddress(ip, port);
        deepStrictEqual([...kept], [...ip]);
        deepStrictEqual(address, addressFromBytes(ip, port));
      }
    }),
    { numRuns: 50 },
  );
});
