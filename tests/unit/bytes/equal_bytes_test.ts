import { strictEqual } from "node:assert/strict";
import { emptyBytes } from "../../../src/bytes/empty_bytes.ts";
import { equalBytes } from "../../../src/bytes/equal_bytes.ts";

Deno.test("equalBytes() compares with all bytes, or with some", () => {
  const known = Uint8Array.of(1, 2, 3);
  strictEqual(equalBytes(known, known), true);
  strictEqual(equalBytes(known, Uint8Array.of(1, 2, 3)), true);
  strictEqual(equalBytes(known, Uint8Array.of(1, 2, 4)), false);
  strictEqual(equalBytes(known, Uint8Array.of(1, 2)), false);
  strictEqual(equalBytes(known, Uint8Array.of(0, 1, 2, 3, 4), 1, 4), true);
  strictEqual(equalBytes(known, Uint8Array.of(0, 1, 2, 3, 4), 1), false);
  strictEqual(equalBytes(emptyBytes, known, 2, 2), true);
  strictEqual(equalBytes(known, known, 0, 2), false);
});
