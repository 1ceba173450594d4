import assert from "node:assert/strict";
import type { Measurement } from "../../../../scripts/lab/comparison.ts";
import { none, ratioAtMost } from "../../../../scripts/lab/goal.ts";
import { type Comparison, tableLines } from "../../../../scripts/lab/comparison.ts";

/** The cells of the one figure of a table. */
function cells(both: Comparison): string[] {
  const [, , line] = tableLines(new Map([["speed", both]]));
  return line!.split("|").slice(1, -1).map((cell) => cell.trim());
}

function speed(value: number): Measurement {
  return { figure: "speed", unit: "ms", value, goal: ratioAtMost(0.5) };
}

Deno.test("tableLines() shows both values, their ratio and whether the goal is met", () => {
  assert.deepEqual(cells({ own: speed(12.345), theirs: speed(123.45) }), [
    "speed",
    "ratio ≤ 1/2",
    "ms",
    "12.3",
    "123",
    "0.1",
    "met",
  ]);
});

Deno.test("tableLines() leaves open what was not measured", () => {
  assert.deepEqual(cells({ own: speed(1), theirs: undefined }).slice(3), ["1", "–", "–", "–"]);
  assert.deepEqual(cells({ own: undefined, theirs: speed(2) }), [
    "speed",
    "ratio ≤ 1/2",
    "ms",
    "–",
    "2",
    "–",
    "–",
  ]);
});

Deno.test("tableLines() shows what never happened as missed, and no ratio to nothing", () => {
  assert.deepEqual(cells({ own: speed(NaN), theirs: speed(2) }).slice(3), [
    "–",
    "2",
    "–",
    "missed",
  ]);
  const failures: Measurement = { figure: "speed", unit: "", value: 0, goal: none };
  assert.deepEqual(cells({ own: failures, theirs: failures }).slice(3), ["0", "0", "–", "met"]);
});

Deno.test("tableLines() makes all lines equally long", () => {
  const lines = tableLines(
    new Map([
      ["a", { own: speed(1), theirs: speed(2) }],
      ["something longer", { own: speed(1000), theirs: undefined }],
    ]),
  );
  assert.equal(lines.length, 4);
  assert.equal(new Set(lines.map(({ length }) => length)).size, 1);
});
