/** Measurements of this program and the reference side by side, as a Markdown table. */

import { markdownTable } from "./table.ts";
import type { Measurement } from "../experiments/bench/figures.ts";
import { describeGoal, judge } from "./goal.ts";

/** One figure with the values of both. */
export interface Comparison {
  readonly own: Measurement | undefined;
  readonly theirs: Measurement | undefined;
}

const titles = ["figure", "goal", "unit", "this", "HashiCorp", "ratio", "goal is"] as const;
const nothing = "–";

/** Returns the lines of the table, in the order of the figures. */
export function tableLines(figures: ReadonlyMap<string, Comparison>): string[] {
  return markdownTable([titles, ...[...figures].map(([figure, both]) => cells(figure, both))]);
}

function cells(figure: string, { own, theirs }: Comparison): string[] {
  const goal = own?.goal ?? theirs?.goal;
  const ratio = own && theirs ? own.value / theirs.value : NaN;
  return [
    figure,
    describeGoal(goal),
    own?.unit ?? theirs?.unit ?? "",
    describeValue(own?.value),
    describeValue(theirs?.value),
    describeValue(ratio),
    judge(goal, own?.value, theirs?.value) ?? nothing,
  ];
}

/** Three digits say as much as a measurement is good for. */
function describeValue(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return nothing;
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
