/** Guesses what was meant by a mistyped name. */

/**
 * Returns the name that is closest to `typed`, or `undefined` if none is close.
 *
 * Two letters wrong, missing, added or swapped are close, unless that is half of
 * the name or more.
 */
export function closestName(typed: string, names: readonly string[]): string | undefined {
  let closest: string | undefined;
  let least = 3;
  for (const name of names) {
    const steps = editDistance(typed.toLowerCase(), name);
    if (steps >= least || steps * 2 >= name.length) continue;
    [closest, least] = [name, steps];
  }
  return closest;
}

/** How many letters to change, add, drop or swap with their neighbour (optimal string alignment). */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      let steps = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (isSwap) steps = Math.min(steps, (beforeLast[j - 2] ?? 0) + 1);
      row.push(steps);
    }
    [beforeLast, last] = [last, row];
  }
  return last[to.length] ?? 0;
}
