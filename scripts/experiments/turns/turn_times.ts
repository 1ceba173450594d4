/** How long turns took, by what they were. */

import { median } from "../../lab/statistics.ts";
import { markdownTable } from "../../lab/table.ts";
import type { Lap } from "./stopwatch.ts";

/** Longer than this no turn should be, in milliseconds. */
export const longestAllowed = 10;

/** Gathers times and prints them as a table. */
export class TurnTimes {
  readonly #byKind = new Map<string, Lap[]>();

  add(kind: string, lap: Lap): void {
    const laps = this.#byKind.get(kind);
    if (laps) laps.push(lap);
    else this.#byKind.set(kind, [lap]);
  }

  /** The times of turns of a kind that the pattern matches. */
  lapsOf(kind: RegExp): Lap[] {
    return [...this.#byKind].flatMap(([name, laps]) => kind.test(name) ? laps : []);
  }

  /** Forgets everything, as after what was only to warm up. */
  clear(): void {
    this.#byKind.clear();
  }

  /** Whether no turn was too long of its own. */
  get isGood(): boolean {
    return [...this.#byKind.values()].every((laps) => longestOf(laps, false) <= longestAllowed);
  }

  /** Prints everything, the kind with the longest turn first. */
  print(title: string): void {
    const show = (time: number) => time === 0 ? "-" : time.toFixed(2);
    const rows = [...this.#byKind]
      .map(([kind, laps]) => ({ kind, laps, longest: longestOf(laps, false) }))
      .sort((a, b) => b.longest - a.longest)
      .map(({ kind, laps, longest }) => [
        kind,
        String(laps.length),
        show(median(laps.map(({ time }) => time))),
        show(longest),
        show(longestOf(laps, true)),
        longest > longestAllowed ? "yes" : "",
      ]);
    const titles = ["kind of turn", "turns", "p50 ms", "longest", "with gc"];
    console.log(`\n${title}\n`);
    for (const line of markdownTable([[...titles, `over ${longestAllowed} ms`], ...rows])) {
      console.log(line);
    }
  }
}

/** The longest of those in which garbage was collected, or of the others; 0 if there are none. */
export function longestOf(laps: readonly Lap[], hasCollected: boolean): number {
  let longest = 0;
  for (const lap of laps) {
    if (lap.hasCollected === hasCollected) longest = Math.max(longest, lap.time);
  }
  return longest;
}
