import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import {
  hasVersions,
  readVersions,
  unknownVersions,
  writeVersions,
} from "../../../../src/memberlist/membership/versions.ts";

const today = Uint8Array.of(1, 5, 2, 2, 5, 4);

Deno.test("writeVersions() writes what readVersions() read", () => {
  const versions = readVersions(today, unknownVersions);
  deepStrictEqual(writeVersions(versions), today);
  deepStrictEqual(writeVersions(unknownVersions), new Uint8Array(6));
  deepStrictEqual(writeVersions(versions), today);
});

Deno.test("writeVersions() writes the same object only once in a row, and each its own bytes", () => {
  const versions = readVersions(today, unknownVersions);
  const bytes = writeVersions(versions);
  strictEqual(writeVersions(versions), bytes);
  notStrictEqual(writeVersions({ ...versions, delegateCurrent: 5 }), bytes);
  deepStrictEqual(bytes, today);
});

Deno.test("readVersions() hands back the versions at hand where the bytes say the same", () => {
  const versions = readVersions(today, unknownVersions);
  strictEqual(readVersions(today, versions), versions);
  notStrictEqual(readVersions(Uint8Array.of(1, 5, 2, 2, 5, 5), versions), versions);
  deepStrictEqual([hasVersions(today, versions), hasVersions(today, unknownVersions)], [
    true,
    false,
  ]);
});
