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
 * Expressions that may become larger than this are refused.
 *
 * A hundred times `a{1,1000}` is a short text and a program of 200,000 steps, which
 * takes seconds to compile. No useful expression comes near the limit.
 */
export const maxExpressionCost = 65_536;

/** RE2 itself takes no more copies of anything, repeats within repeats multiplied. */
const maxRepeat = 1000;

/** Returns a bound for the size of the program that an expression becomes. */
export function expressionCost(expression: string): number {
  let copies = 1;
  for (const [, least = "", most = ""] of expression.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) {
    copies = Math.min(maxRepeat, copies * Math.max(1, Number(least), Number(most)));
  }
  return expression.length * copies;
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
