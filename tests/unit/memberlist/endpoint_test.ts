import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { addressFromBytes } from "../../../src/ports/address.ts";
import { internEndpoint } from "../../../src/memberlist/endpoint.ts";

Deno.test("internEndpoint() gives an address one object, and its bytes one copy", () => {
  const bytes = Uint8Array.of(10, 0, 0, 9);
  const first = internEndpoint(bytes, 7946);
  bytes.fill(0xdb);
  deepStrictEqual(first.address, { host: "10.0.0.9", port: 7946 });
  deepStrictEqual([...first.ip], [10, 0, 0, 9]);
  strictEqual(internEndpoint(Uint8Array.of(10, 0, 0, 9), 7946), first);
  notStrictEqual(internEndpoint(Uint8Array.of(10, 0, 0, 9), 7947), first);
});

Deno.test("internEndpoint() returns the address it was given, also where some collide", () => {
  const endpoint = fc.tuple(fc.uint8Array({ maxLength: 17 }), fc.nat(65535));
  fc.assert(
    fc.property(fc.array(endpoint, { maxLength: 200 }), (list) => {
      for (const [ip, port] of list) {
        const { address, ip: kept } = internEndpoint(ip, port);
        deepStrictEqual([...kept], [...ip]);
        deepStrictEqual(address, addressFromBytes(ip, port));
      }
    }),
    { numRuns: 50 },
  );
});
