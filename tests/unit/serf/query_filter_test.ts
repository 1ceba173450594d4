import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Tags } from "../../../src/serf/member.ts";
import { encodeFilters, matchesFilters } from "../../../src/serf/query_filter.ts";
import { RecordingLog } from "../../support/recorders.ts";

function isMeant(
  filters: readonly Uint8Array[],
  tags: Tags = { role: "web-01" },
  log = new RecordingLog(),
): boolean {
  return matchesFilters(filters, "a", tags, log);
}

const noTags = new Map<string, string>();

Deno.test("encodeFilters() writes one filter for all names and one for each tag", () => {
  const filters = encodeFilters(["a", "b"], new Map([["role", "web"], ["dc", "."]]));
  deepStrictEqual(filters.map((filter) => filter.toHex()), [
    "0092a161a162",
    "0182a445787072a3776562a3546167a4726f6c65",
    "0182a445787072a12ea3546167a26463",
  ]);
  deepStrictEqual(encodeFilters([], noTags), []);
});

Deno.test("matchesFilters() without filters means everybody", () => {
  strictEqual(isMeant([]), true);
});

Deno.test("matchesFilters() compares whole names", () => {
  strictEqual(isMeant(encodeFilters(["b", "a"], noTags)), true);
  strictEqual(isMeant(encodeFilters(["b", "aa", "A", ""], noTags)), false);
  strictEqual(isMeant([Uint8Array.of(0, 0x90)]), false);
});

Deno.test("matchesFilters() looks for expressions anywhere in the value of a tag", () => {
  strictEqual(isMeant(encodeFilters([], new Map([["role", "b-0"]]))), true);
  strictEqual(isMeant(encodeFilters([], new Map([["role", "^b-0"]]))), false);
});

Deno.test("matchesFilters() takes a missing tag for an empty one", () => {
  strictEqual(isMeant(encodeFilters([], new Map([["dc", "^$"]]))), true);
  strictEqual(isMeant(encodeFilters([], new Map([["dc", "."]]))), false);
});

Deno.test("matchesFilters() wants every filter to match", () => {
  const web = encodeFilters(["a"], new Map([["role", "web"]]));
  strictEqual(isMeant(web), true);
  strictEqual(isMeant([...web, ...encodeFilters(["b"], noTags)]), false);
});

Deno.test("matchesFilters() takes what it cannot read for no match, and says so", () => {
  const cases: [Uint8Array, string][] = [
    [new Uint8Array(0), "warn failed to decode filter of a query: "],
    [Uint8Array.of(0), "warn failed to decode filter of a query: "],
    [Uint8Array.of(0, 0x92, 0xa1, 0x61), "warn failed to decode filter of a query: "],
    [Uint8Array.of(1, 0x05), "warn failed to decode filter of a query: "],
    [Uint8Array.of(2, 0x91, 0xa1, 0x61), "warn query has unrecognized filter type: 2"],
    [
      encodeFilters([], new Map([["role", "("]]))[0]!,
      "warn failed to compile filter regex ((): error parsing regexp: missing closing ): `(`",
    ],
  ];
  for (const [filter, complaint] of cases) {
    const log = new RecordingLog();
    strictEqual(isMeant([filter], {}, log), false, complaint);
    strictEqual(log.lines.length, 1);
    ok(log.lines[0]!.startsWith(complaint), log.lines[0]);
  }
});

Deno.test("matchesFilters() does not let the filters of one query keep a member busy", () => {
  const large = encodeFilters([], new Map([["role", "([a-z-]|[0-9]){0,900}"]]))[0]!;
  const log = new RecordingLog();
  strictEqual(isMeant([large, large, large], {}, log), true);
  strictEqual(isMeant(new Array<Uint8Array>(20).fill(large), {}, log), false);
  deepStrictEqual(log.lines, ["warn filters of a query are too large"]);
});
