/**
 * Regular expressions as every Serf agent understands them: Go's RE2 syntax.
 *
 * Expressions arrive from the network, in the filters of queries. RE2 takes time
 * in proportion to the text, whatever the expression; JavaScript's own engine can
 * be made to run for years by a short one, and reads another syntax.
 */

import { RE2JS } from "re2js";

/** The text is no expression; the message is Go's, for instance ``error parsing regexp: …``. */
export class Re2Error extends Error {
  override readonly name = "Re2Error";
}

/** A compiled expression. */
export interface Re2 {
  /** Whether the expression matches anywhere in `text`. */
  test(text: string): boolean;
}

/** So many texts are remembered. */
const maxRemembered = 1024;

/**
 * Returns an expression that remembers its answers.
 *
 * Whoever looks at all members of a cluster meets the same few roles again and again.
 */
export function remembering({ test }: Re2): Re2 {
  const answers = new Map<string, boolean>();
  return {
    test(text) {
      let answer = answers.get(text);
      if (answer !== undefined) return answer;
      answer = test(text);
      if (answers.size < maxRemembered) answers.set(text, answer);
      return answer;
    },
  };
}

/** Expressions longer than this are refused. */
export const maxExpressionLength = 4096;

/**
 * Expressions that cost more than this to compile are refused.
 *
 * One is what a letter takes, half a microsecond. No useful expression comes near the limit.
 */
export const maxExpressionCost = 16_384;

/** What parts of an expression cost that are more than one step of its program. */
const costs = {
  /** Of a table of Unicode, which has hundreds of ranges; more, if case does not matter. */
  table: 150,
  foldedTable: 250,
  /** Of a range whose characters are looked at one by one, to find those of the other case. */
  foldedRange: 5000,
  class: 2,
  foldedClass: 8,
} as const;

/** What stands in an expression, one token after the other. */
const tokens = new RegExp(
  [
    String.raw`\\Q(?<quoted>[^]*?)(?:\\E|$)`,
    String.raw`(?<table>\\[pP](?:\{[^}]*\}|[^]))`,
    String.raw`(?<perl>\\[dDsSwW])`,
    String.raw`(?<escape>\\x\{[^}]*\}|\\[^])`,
    String.raw`(?<class>\[\^?\]?(?:\[:\^?\w+:\]|\\[^]|[^\]\\])*\]?)`,
    String.raw`(?<flags>\(\?[a-zA-Z-]*\))`,
    String.raw`(?<open>\((?:\?(?:P?<[^>]*>|[a-zA-Z-]*:))?)`,
    String.raw`(?<close>\))`,
    String.raw`(?<repeat>[*+?]|\{(?<least>\d+)(?:,(?<most>\d*))?\})`,
    String.raw`[^]`,
  ].join("|"),
  "gu",
);

/** Returns a bound for what an expression costs: the steps of its program, and reading classes. */
export function expressionCost(expression: string): number {
  const isFolded = /\(\?[a-zA-Z]*i/.test(expression);
  // Steps of each group that is open: in front of it, and then in it so far.
  const outer: number[] = [];
  let reading = 0;
  let steps = 3;
  let last = 0;
  for (const { 0: token, groups = {} } of expression.matchAll(tokens)) {
    if (groups.open !== undefined) {
      outer.push(steps);
      steps = last = 3;
    } else if (groups.repeat !== undefined) {
      const copies = Math.max(1, Number(groups.least ?? 1), Number(groups.most ?? 1));
      // An optional copy takes a step more.
      steps += copies * (last + 1) - last;
      last = copies * (last + 1);
    } else if (groups.flags === undefined) {
      last = groups.close !== undefined ? steps : token === "|" ? 2 : 1;
      if (groups.close !== undefined) steps = outer.pop() ?? 0;
      if (groups.quoted !== undefined) steps += token.length;
      steps += last;
      reading += readingCost(token, groups, isFolded);
    }
  }
  return outer.reduce((sum, inFront) => sum + inFront, reading + steps);
}

function readingCost(
  token: string,
  groups: Readonly<Record<string, string | undefined>>,
  isFolded: boolean,
): number {
  const table = isFolded ? costs.foldedTable : costs.table;
  const simple = isFolded ? costs.foldedClass : costs.class;
  if (groups.table !== undefined) return table;
  if (groups.perl !== undefined) return simple;
  if (groups.class === undefined) return 0;
  const tables = token.match(/\\[pP]/g)?.length ?? 0;
  const ranges = isFolded ? token.match(/-(?![a-zA-Z0-9\]])/g)?.length ?? 0 : 0;
  return simple + token.length + tables * table + ranges * costs.foldedRange;
}

/**
 * Compiles an expression.
 *
 * @throws {Re2Error} if it is none.
 */
export function compileRe2(expression: string): Re2 {
  if (expression.length > maxExpressionLength) {
    throw new Re2Error(
      `error parsing regexp: expression is longer than ${maxExpressionLength} characters`,
    );
  }
  if (expressionCost(expression) > maxExpressionCost) {
    throw new Re2Error("error parsing regexp: expression too large");
  }
  if (!expression.isWellFormed()) throw new Re2Error("error parsing regexp: invalid UTF-8");
  try {
    const compiled = RE2JS.compile(expression);
    return { test: (text) => compiled.matcher(text.toWellFormed()).find() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Re2Error(reason, { cause: error });
  }
}
