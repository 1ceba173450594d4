import { ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { RE2JS, RE2JSException } from "re2js";
import {
  compileRe2,
  expressionCost,
  maxExpressionCost,
  maxExpressionLength,
  Re2Error,
  remembering,
} from "../../../src/go/re2.ts";

function matches(expression: string, text: string): boolean {
  return compileRe2(expression).test(text);
}

function reasonOf(expression: string): string {
  try {
    compileRe2(expression);
  } catch (error) {
    if (error instanceof Re2Error) return error.message;
    throw error;
  }
  throw new Error(`${expression} compiles`);
}

Deno.test("compileRe2() searches anywhere in the text", () => {
  strictEqual(matches("eb-0", "web-01"), true);
  strictEqual(matches("^eb-0", "web-01"), false);
  strictEqual(matches("", ""), true);
});

Deno.test("compileRe2() reads what JavaScript would read otherwise", () => {
  strictEqual(matches("\\d", "٣"), false);
  strictEqual(matches("\\s", "\u00a0"), false);
  strictEqual(matches("(?i)\\bweb\\b", "a WEB"), true);
  strictEqual(matches("\\Aweb\\z", "web"), true);
  strictEqual(matches("^b$", "a\nb"), false);
  strictEqual(matches("(?m)^b$", "a\nb"), true);
  strictEqual(matches("a.c", "a\rc"), true);
  strictEqual(matches("[[:digit:]]+", "12"), true);
  strictEqual(matches("\\Q.*\\E", "x.*"), true);
  strictEqual(matches("(?P<part>x)", "x"), true);
  strictEqual(matches("^.$", "😀"), true);
  strictEqual(matches("x{,2}", "x"), false);
});

Deno.test("compileRe2() refuses what RE2 refuses, with the words that Go has for it", () => {
  strictEqual(reasonOf("["), "error parsing regexp: missing closing ]: `[`");
  strictEqual(reasonOf("("), "error parsing regexp: missing closing ): `(`");
  strictEqual(reasonOf("*"), "error parsing regexp: missing argument to repetition operator: `*`");
  strictEqual(reasonOf("a++"), "error parsing regexp: invalid nested repetition operator: `++`");
  strictEqual(reasonOf("x{1001}"), "error parsing regexp: invalid repeat count: `{1001}`");
  strictEqual(reasonOf("(a)\\1"), "error parsing regexp: invalid escape sequence: `\\1`");
  strictEqual(reasonOf("(?=x)"), "error parsing regexp: invalid or unsupported Perl syntax: `(?=`");
  strictEqual(reasonOf("(?<=x)y").startsWith("error parsing regexp: invalid"), true);
});

Deno.test("compileRe2() refuses invalid UTF-8, and takes each such byte of the text for U+FFFD", () => {
  strictEqual(reasonOf("a\udcff"), "error parsing regexp: invalid UTF-8");
  strictEqual(matches("^a..$", "a\udcff\udcfe"), true);
  strictEqual(matches("\\x{fffd}", "\udcff"), true);
});

Deno.test("compileRe2() bounds what an expression costs", () => {
  strictEqual(matches("a".repeat(maxExpressionLength), "b"), false);
  throws(() => compileRe2("a".repeat(maxExpressionLength + 1)), Re2Error);
  throws(() => compileRe2("(".repeat(2000) + ")".repeat(2000)), Re2Error);
  throws(() => compileRe2("((x{100}){100}){100}"), Re2Error);
  // An engine that tries one path after the other would need longer than the universe has.
  strictEqual(matches("^(a|a|a)*$", `${"a".repeat(400)}b`), false);
  strictEqual(matches("^(?:(?:a*)*)*$", `${"a".repeat(400)}b`), false);
});

Deno.test("compileRe2() refuses short texts that become large programs", () => {
  for (
    const expression of [
      "a{1,1000}".repeat(100),
      "(\\pL|\\pN){900}".repeat(20),
      "(x*){999}".repeat(40),
    ]
  ) {
    strictEqual(reasonOf(expression), "error parsing regexp: expression too large");
  }
  for (
    const expression of [
      "^[a-z0-9-]{1,63}(\\.[a-z0-9-]{1,63}){1,10}$",
      "[ab]{900}",
      "x".repeat(4000),
    ]
  ) {
    ok(compileRe2(expression));
  }
});

Deno.test("expressionCost() is what the compiled form costs, and never less", () => {
  const pieces = [
    ..."()[]{}*+?|^$.\\-,:<=!&1a",
    ..."(?i) (?P<x> (?: \\Q \\E \\pL [[: :]] {30} {2,} {0,9} {0} \\x{41} \\b é 😀 [a-z] [^b] (a) a|b"
      .split(" "),
    ..."(?:x) []a] [\\]] \\d [\\d] [[:alpha:]]".split(" "),
  ];
  const expressions = fc.array(fc.constantFrom(...pieces), { maxLength: 14 });
  let compiled = 0;
  fc.assert(
    fc.property(expressions, (parts) => {
      const expression = parts.join("");
      const cost = expressionCost(expression);
      if (cost > maxExpressionCost) return;
      try {
        const size = RE2JS.compile(expression).programSize();
        compiled++;
        ok(size <= cost, `${expression} has ${size} steps, not ${cost}`);
      } catch (error) {
        if (!(error instanceof RE2JSException)) throw error;
      }
    }),
    { numRuns: 5000, seed: 7 },
  );
  ok(compiled > 1000, `only ${compiled} were expressions at all`);
});

Deno.test("expressionCost() counts tables of Unicode and what case folding takes", () => {
  const costly = [
    "\\pL".repeat(380),
    "(?i)" + "\\pL".repeat(100),
    "(?i)" + "[b-\\x{10ffff}]".repeat(5),
  ];
  for (const expression of [...costly, `[${costly[0]}]`, `(?i:[${"\\PN".repeat(100)}])`]) {
    strictEqual(reasonOf(expression), "error parsing regexp: expression too large", expression);
  }
  for (const expression of ["^\\p{Lu}[\\pL\\pN-]*$", "(?i)^web-[0-9a-f]{8}$", "(?i)[^\\pL]\\W"]) {
    ok(expressionCost(expression) < maxExpressionCost / 10, expression);
    ok(compileRe2(expression));
  }
});

Deno.test("compileRe2() throws nothing but Re2Error, whatever the expression", () => {
  const pieces = [
    ..."()[]{}*+?|^$.\\-,:<=!&1a",
    ..."(?i) (?P< \\Q \\E \\p [[: :]] {1000} \\x{ \\b \udcff é 😀".split(" "),
  ];
  const expressions = fc.array(fc.constantFrom(...pieces), { maxLength: 12 });
  let compiled = 0;
  fc.assert(
    fc.property(expressions, fc.string(), (parts, text) => {
      try {
        compileRe2(parts.join("")).test(text);
        compiled++;
      } catch (error) {
        ok(error instanceof Re2Error, String(error));
      }
    }),
    { numRuns: 500, seed: 7 },
  );
  ok(compiled > 20, `only ${compiled} were expressions at all`);
});

Deno.test("remembering() asks once for a text, and answers the same for any number of them", () => {
  let asked = 0;
  const expression = remembering({
    test(text) {
      asked++;
      return text.startsWith("a");
    },
  });
  for (let i = 0; i < 3; i++) {
    ok(expression.test("ab"));
    ok(!expression.test("ba"));
    ok(!expression.test("__proto__"));
  }
  strictEqual(asked, 3);
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 5000; i++) {
      strictEqual(expression.test(i % 2 ? `a${i}` : `${i}`), i % 2 === 1);
    }
  }
  ok(asked < 3 + 10_000);
});
