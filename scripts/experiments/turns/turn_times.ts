/** How long turns took, by what they were. */

import { median } from "../../lab/statistics.ts";
import { printTable } from "../../lab/table.ts";
import type { Lap } from "./stopwatch.ts";

/** No turn should be longer than this, in milliseconds. */
const longestAllowed = 10;

export class TurnTimes {
  readonly #byKind = new Map<string, Lap[]>();

  add(kind: string, lap: Lap): void {
    const laps = this.#byKind.get(kind);
    if (laps) laps.push(lap);
    else this.#byKind.set(kind, [lap]);
  }

  lapsOf(kind: RegExp): Lap[] {
    return [...this.#byKind].flatMap(([name, laps]) => kind.test(name) ? laps : []);
  }

  clear(): void {
    this.#byKind.clear();
  }

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
    printTable([[...titles, `over ${longestAllowed} ms`], ...rows], title);
  }
}

/** The longest of those in which garbage was collected, or of the others; 0 if there are none. */
export function longestOf(laps: readonly Lap[], hasCollected: boolean): number {
  return laps.reduce(
    (longest, lap) => lap.hasCollected === hasCollected ? Math.max(longest, lap.time) : longest,
    0,
  );
}
