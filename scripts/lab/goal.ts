/** What is aimed at, and whether it was reached. */

export interface Goal {
  readonly text: string;
  /** Judges two values that are numbers; undefined if theirs is needed and missing. */
  readonly judge: (own: number, theirs: number | undefined) => boolean | undefined;
}

type Verdict = "met" | "missed";

/** The ratio of this program's value to HashiCorp's is to be at most this. */
export function ratioAtMost(limit: number): Goal {
  return ofRatio({ text: `ratio ≤ ${describeNumber(limit)}`, judge: (ratio) => ratio <= limit });
}

/** The ratio is to be at least this. */
export function ratioAtLeast(limit: number): Goal {
  return ofRatio({ text: `ratio ≥ ${describeNumber(limit)}`, judge: (ratio) => ratio >= limit });
}

/** This program's own value is to be at most this. */
export function valueAtMost(limit: number): Goal {
  return { text: `≤ ${describeNumber(limit)}`, judge: (own) => own <= limit };
}

/** This program's own value is to be at least this. */
export function valueAtLeast(limit: number): Goal {
  return { text: `≥ ${describeNumber(limit)}`, judge: (own) => own >= limit };
}

export const none: Goal = { text: "none", judge: (own) => own === 0 };

/** It is to happen less often than with the reference, or never. */
export const fewer: Goal = {
  text: "fewer",
  judge: (own, theirs) => own === 0 || (theirs === undefined ? undefined : own < theirs),
};

/** Says a goal in a few signs. */
export function describeGoal(goal: Goal | undefined): string {
  return goal?.text ?? "";
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
  const isMet = goal.judge(own, Number.isNaN(theirs) ? undefined : theirs);
  return isMet === undefined ? undefined : isMet ? "met" : "missed";
}

function ofRatio({ text, judge }: Goal): Goal {
  return { text, judge: (own, theirs) => theirs ? judge(own / theirs, undefined) : undefined };
}

/** Returns a number as text, small shares as fractions. */
export function describeNumber(value: number): string {
  const parts = 1 / value;
  const isFraction = value <= 0.5 && Math.abs(parts - Math.round(parts)) < 1e-9;
  return isFraction ? `1/${Math.round(parts)}` : String(value);
}
