import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Tags } from "../../../../src/serf/member.ts";
import {
  encodeFilters,
  filterCostPerSecond,
  QueryFilters,
} from "../../../../src/serf/queries/query_filter.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";
import { QueriesUnderTest } from "../../../support/query_parts.ts";
import { RecordingLog } from "../../../support/recorders.ts";

function isMeant(
  filters: readonly Uint8Array[],
  tags: Tags = { role: "web-01" },
  log = new RecordingLog(),
): boolean {
  return new QueryFilters({ clock: new SimClock(), log }).judge(filters, "a", tags) === "meant";
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

Deno.test("QueryFilters.judge() without filters means everybody", () => {
  strictEqual(isMeant([]), true);
});

Deno.test("QueryFilters.judge() compares whole names", () => {
  strictEqual(isMeant(encodeFilters(["b", "a"], noTags)), true);
  strictEqual(isMeant(encodeFilters(["b", "aa", "A", ""], noTags)), false);
  strictEqual(isMeant([Uint8Array.of(0, 0x90)]), false);
});

Deno.test("QueryFilters.judge() looks for expressions anywhere in the value of a tag", () => {
  strictEqual(isMeant(encodeFilters([], new Map([["role", "b-0"]]))), true);
  strictEqual(isMeant(encodeFilters([], new Map([["role", "^b-0"]]))), false);
});

Deno.test("QueryFilters.judge() takes a missing tag for an empty one", () => {
  strictEqual(isMeant(encodeFilters([], new Map([["dc", "^$"]]))), true);
  strictEqual(isMeant(encodeFilters([], new Map([["dc", "."]]))), false);
});

Deno.test("QueryFilters.judge() wants every filter to match", () => {
  const web = encodeFilters(["a"], new Map([["role", "web"]]));
  strictEqual(isMeant(web), true);
  strictEqual(isMeant([...web, ...encodeFilters(["b"], noTags)]), false);
});

Deno.test("QueryFilters.judge() takes what it cannot read for no match, and says so", () => {
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

function tagFilter(expression: string): Uint8Array {
  return encodeFilters([], new Map([["role", expression]]))[0]!;
}

Deno.test("QueryFilters.judge() refuses a query whose filters cost too much together", () => {
  const log = new RecordingLog();
  const filters = new QueryFilters({ clock: new SimClock(), log });
  const large = tagFilter("([a-z-]|[0-9]){0,900}");
  strictEqual(filters.judge([large, large], "a", {}), "meant");
  strictEqual(filters.judge(new Array<Uint8Array>(20).fill(large), "a", {}), "refused");
  // Whom it is for plays no role: all members have to come to the same verdict.
  strictEqual(
    filters.judge([...encodeFilters(["b"], noTags), large, large, large], "a", {}),
    "refused",
  );
  strictEqual(filters.judge([tagFilter("\\pL".repeat(380))], "a", {}), "refused");
  deepStrictEqual(log.lines, new Array(3).fill("warn filters of a query are too large"));
});

Deno.test("QueryFilters.judge() compiles so much a second, and what it knows at any time", () => {
  const clock = new SimClock();
  const log = new RecordingLog();
  const filters = new QueryFilters({ clock, log });
  const judge = (expression: string) =>
    filters.judge([tagFilter(expression)], "a", { role: "web-01" });
  strictEqual(judge("^web-[0-9]+$"), "meant");

  const flood = (count: number) => {
    let compiled = 0;
    for (let i = 0; i < count; i++) {
      if (judge(`\\pL{9}${"\\pL".repeat(60)}x${i}`) !== "refused") compiled++;
    }
    return compiled;
  };
  ok(flood(1000) < 10);
  strictEqual(judge("^web-[0-9]$"), "refused");
  for (let i = 0; i < 10_000; i++) strictEqual(judge("^web-[0-9]+$"), "meant");
  for (let second = 0; second < 10; second++) {
    clock.advance(1000);
    ok(flood(1000) < 2 * filterCostPerSecond / (61 * 150), "Too much in a second");
  }
  clock.advance(1000);
  strictEqual(judge("^web-[0-9][0-9]$"), "meant");
});

Deno.test("QueryFilters.judge() keeps few of the expressions that it compiled", () => {
  const clock = new SimClock();
  const filters = new QueryFilters({ clock, log: new RecordingLog() });
  for (let i = 0; i < 20_000; i++) {
    clock.advance(100);
    strictEqual(filters.judge([tagFilter(`^web-${i}|01$`)], "a", { role: "web-01" }), "meant");
  }
});

Deno.test("Queries passes on no query that costs too much, and runs no handler for it", () => {
  const under = new QueriesUnderTest({ tags: { role: "web-01" } });
  const refused = [tagFilter("\\pL".repeat(380))];
  strictEqual(under.receive({ id: 1, filters: refused }), false);
  strictEqual(under.receive({ id: 2, filters: [tagFilter("^web")] }), true);
  strictEqual(under.receive({ id: 3, filters: [tagFilter("^db")] }), true);
  deepStrictEqual(under.events.map(({ id }) => id), [2]);
});
