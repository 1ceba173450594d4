/** What is measured of this program and of HashiCorp's, side by side, as a Markdown table. */

import { errorText } from "../../src/ports/error_text.ts";
import { describeGoal, type Goal, judge, none } from "./goal.ts";
import { markdownTable } from "./table.ts";

/** One number of a program. */
export interface Measurement {
  /** What was measured; the same for both programs. */
  readonly figure: string;
  readonly unit: string;
  /** NaN if what was to be measured did not happen. */
  readonly value: number;
  readonly goal?: Goal;
}

/** Measures one program, in a short form or in full. */
export type Measure<Subject> = (
  subject: Subject,
  isShort: boolean,
) => Promise<readonly Measurement[]>;

export interface Comparison {
  readonly own?: Measurement | undefined;
  readonly theirs?: Measurement | undefined;
}

export type Figures = ReadonlyMap<string, Comparison>;

const titles = ["figure", "goal", "unit", "this", "HashiCorp", "ratio", "goal is"] as const;
const nothing = "–";

export function measured(figure: string, value: number, unit = "", goal?: Goal): Measurement {
  return { figure, unit, value, ...goal && { goal } };
}

/** Measures how often something happened that must not happen. */
export function toBeNone(figure: string, count: number): Measurement {
  return measured(figure, count, "", none);
}

/**
 * Takes each series of measurements of both programs in turn, and says on the way how it goes.
 *
 * @returns the figures, and how many series failed of each program.
 */
export async function compare<Subject>(
  series: Readonly<Record<string, Measure<Subject>>>,
  subjects: { readonly own: Subject; readonly theirs: Subject | undefined },
  { only, isShort }: { readonly only: readonly string[]; readonly isShort: boolean },
): Promise<{ readonly figures: Figures; readonly failures: { own: number; theirs: number } }> {
  const figures = new Map<string, Comparison>();
  const failures = { own: 0, theirs: 0 };
  for (const name of only) {
    for (const side of ["own", "theirs"] as const) {
      const subject = subjects[side];
      if (subject === undefined) continue;
      const what = `${name} of ${side === "own" ? "this program" : "HashiCorp's"}`;
      const startedAt = performance.now();
      try {
        for (const measurement of await series[name]!(subject, isShort)) {
          const both = figures.get(measurement.figure);
          figures.set(measurement.figure, { ...both, [side]: measurement });
        }
        console.error(`${what}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
      } catch (error) {
        failures[side]++;
        console.error(`NOT MEASURED: ${what}: ${errorText(error)}`);
      }
    }
  }
  return { figures, failures };
}

export function countMissed(figures: Figures): number {
  return figures.values().filter(({ own, theirs }) =>
    judge(own?.goal, own?.value, theirs?.value) === "missed"
  ).toArray().length;
}

/** Returns the lines of the table, in the order of the figures. */
export function tableLines(figures: Figures): string[] {
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
