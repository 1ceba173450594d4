/** How long turns took, by what they were. */

import type { Lap } from "./stopwatch.ts";

/** Longer than this no turn should be, in milliseconds. */
export const longestAllowed = 10;

const titles = `${"kind of turn".padEnd(62)}${"turns".padStart(7)}${"p50 ms".padStart(9)}` +
  `${"longest".padStart(9)}${"with gc".padStart(9)}  over ${longestAllowed} ms`;

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
    console.log(`\n${title}\n\n${titles}`);
    const rows = [...this.#byKind].map(([kind, laps]) => {
      const longest = longestOf(laps, false);
      return { kind, laps, longest, collecting: longestOf(laps, true) };
    });
    rows.sort((a, b) => b.longest - a.longest);
    for (const { kind, laps, longest, collecting } of rows) {
      const cells = [medianOf(laps), longest, collecting].map((time) =>
        (time === 0 ? "-" : time.toFixed(2)).padStart(9)
      );
      const verdict = longest > longestAllowed ? "  yes" : "";
      console.log(
        `${kind.padEnd(62)}${String(laps.length).padStart(7)}${cells.join("")}${verdict}`,
      );
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

function medianOf(laps: readonly Lap[]): number {
  return laps.map(({ time }) => time).sort((a, b) => a - b)[laps.length >> 1] ?? 0;
}
