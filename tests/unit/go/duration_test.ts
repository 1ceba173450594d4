import { strictEqual, throws } from "node:assert/strict";
import { formatGoDuration, parseGoDuration } from "../../../src/go/duration.ts";

Deno.test("parseGoDuration() reads numbers with units", () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["30s", 30_000],
    ["1h30m", 5_400_000],
    ["1.5s", 1500],
    [".5s", 500],
    ["1.s", 1000],
    ["-2m", -120_000],
    ["+1ms", 1],
    ["500us", 0.5],
    ["500µs", 0.5],
    ["500μs", 0.5],
    ["2000000ns", 2],
  ];
  for (const [text, expected] of cases) strictEqual(parseGoDuration(text), expected, text);
});

Deno.test("parseGoDuration() tells what is wrong in Go's words", () => {
  const cases: [string, string][] = [
    ["30", 'time: missing unit in duration "30"'],
    ["1h30", 'time: missing unit in duration "1h30"'],
    ["1d", 'time: unknown unit "d" in duration "1d"'],
    ["x", 'time: invalid duration "x"'],
    ["", 'time: invalid duration ""'],
    ["-", 'time: invalid duration "-"'],
    [".s", 'time: invalid duration ".s"'],
    ["1s-", 'time: unknown unit "s-" in duration "1s-"'],
    ["9999999h", 'time: invalid duration "9999999h"'],
  ];
  for (const [text, message] of cases) throws(() => parseGoDuration(text), { message }, text);
});

Deno.test("formatGoDuration() prints like Go", () => {
  const cases: [number, string][] = [
    [0, "0s"],
    [30_000, "30s"],
    [60_000, "1m0s"],
    [5_400_000, "1h30m0s"],
    [1500, "1.5s"],
    [500, "500ms"],
    [0.25, "250µs"],
    [-1000, "-1s"],
  ];
  for (const [value, expected] of cases) strictEqual(formatGoDuration(value), expected);
});
