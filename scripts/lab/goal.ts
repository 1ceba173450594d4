/** What is aimed at, and whether it was reached. */

/** What a figure is to be; `ratio` is this program's value over HashiCorp's. */
export type Goal =
  | { readonly of: "ratio" | "value"; readonly atMost: number }
  | { readonly of: "ratio" | "value"; readonly atLeast: number }
  /** Less often than the reference, or never. */
  | { readonly of: "fewer" };

/** Whether a goal was reached. */
export type Verdict = "met" | "missed";

/** The ratio is to be at most this. */
export function ratioAtMost(atMost: number): Goal {
  return { of: "ratio", atMost };
}

/** The ratio is to be at least this. */
export function ratioAtLeast(atLeast: number): Goal {
  return { of: "ratio", atLeast };
}

/** This program's own value is to be at most this. */
export function valueAtMost(atMost: number): Goal {
  return { of: "value", atMost };
}

/** This program's own value is to be at least this. */
export function valueAtLeast(atLeast: number): Goal {
  return { of: "value", atLeast };
}

/** It is never to happen. */
export const none: Goal = valueAtMost(0);

/** It is to happen less often than with the reference, or never. */
export const fewer: Goal = { of: "fewer" };

/** Says a goal in a few signs. */
export function describeGoal(goal: Goal | undefined): string {
  if (!goal) return "";
  if (goal.of === "fewer") return "fewer";
  if (goal.of === "value" && "atMost" in goal && goal.atMost === 0) return "none";
  const what = goal.of === "ratio" ? "ratio " : "";
  return "atMost" in goal
    ? `${what}≤ ${describeNumber(goal.atMost)}`
    : `${what}≥ ${describeNumber(goal.atLeast)}`;
}

/**
 * Judges what was measured.
 *
 * @param own this program's value; NaN, for what never happened, reaches no goal.
 * @param theirs the reference's value; a goal relative to it is not judged without one.
 */
export function judge(
  goal: Goal | undefined,
  own: number | undefined,
  theirs: number | undefined,
): Verdict | undefined {
  if (!goal || own === undefined) return undefined;
  if (Number.isNaN(own)) return "missed";
  if (goal.of === "value") return verdict(isWithin(goal, own));
  if (goal.of === "fewer" && own === 0) return "met";
  if (theirs === undefined || Number.isNaN(theirs)) return undefined;
  if (goal.of === "fewer") return verdict(own < theirs);
  return theirs === 0 ? undefined : verdict(isWithin(goal, own / theirs));
}

function isWithin(goal: Exclude<Goal, { of: "fewer" }>, value: number): boolean {
  return "atMost" in goal ? value <= goal.atMost : value >= goal.atLeast;
}

function verdict(isMet: boolean): Verdict {
  return isMet ? "met" : "missed";
}

/** Small shares read better as fractions. */
function describeNumber(value: number): string {
  const parts = 1 / value;
  const isFraction = value <= 0.5 && Math.abs(parts - Math.round(parts)) < 1e-9;
  return isFraction ? `1/${Math.round(parts)}` : String(value);
}
