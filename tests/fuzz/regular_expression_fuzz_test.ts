import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { compileRe2, Re2Error } from "../../src/go/re2.ts";
import { decodeText, encodeText } from "../../src/bytes/text.ts";
import { silentLog } from "../../src/ports/silence.ts";
import { encodeFilters, QueryFilters } from "../../src/serf/queries/query_filter.ts";
import { SimClock } from "../../src/sim/sim_clock.ts";
import { type FuzzTarget, mayThrow, testTarget } from "../support/fuzzing.ts";
import { readVectors } from "../support/vectors.ts";

/** What takes other engines for ever. */
const subject = `${"a".repeat(200)}!${"ab".repeat(100)}`;

export const target: FuzzTarget = {
  name: "regular_expression",
  seeds: () => [
    ...readVectors<{ expr: string }[]>("filter-regex").map(({ expr }) => encodeText(expr)),
    ...["(a+)+$", "(a|aa)*b", "((a{1,100}){1,100})", "[\\p{L}\\d]{500}", "(?i:ä)|(?s).^$", "((((("]
      .map(encodeText),
  ],
  check(input) {
    const expression = decodeText(input);
    mayThrow([Re2Error], () => compileRe2(expression).test(subject));
    const filters = new QueryFilters({ clock: new SimClock(), log: silentLog });
    filters.judge(encodeFilters([], new Map([["t", expression]])), "n", { t: subject });
  },
  properties: {
    "finds a quoted text wherever it stands": fc.property(
      fc.string(),
      fc.string(),
      fc.string({ maxLength: 100 }),
      (before, after, text) => {
        const expression = text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
        strictEqual(compileRe2(expression).test(`${before}${text}${after}`), true);
      },
    ),
  },
};

testTarget(target);
