import assert from "node:assert/strict";
import { durationFlag } from "../../../src/cli/duration_flag.ts";
import { parseFlags } from "../../../src/cli/flags.ts";

const flags = { timeout: durationFlag("timeout", "") };

Deno.test("durationFlag() reads Go durations as milliseconds", () => {
  const cases: [string, number][] = [
    ["15s", 15_000],
    ["1h30m", 5_400_000],
    ["-1s", -1000],
    ["1.5ms", 1.5],
    ["0", 0],
    ["2us", 0.002],
  ];
  for (const [text, value] of cases) {
    assert.equal(parseFlags(flags, [`-timeout=${text}`]).values.timeout, value);
  }
});

Deno.test("durationFlag() refuses numbers without a unit, words and too long ones", () => {
  for (const text of ["15", "soon", "", "9999999h"]) {
    assert.throws(() => parseFlags(flags, ["-timeout", text]), {
      message: `invalid value "${text}" for flag -timeout: parse error`,
    });
  }
});
