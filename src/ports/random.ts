/** Chance, as the core sees it: seeded in a simulation, from the system otherwise. */
export interface Random {
  /** Returns a number in [0, 1). */
  uniform(): number;
  /** Returns an integer in [0, `limit`); `limit` is at least 1. */
  below(limit: number): number;
  /** Fills `target` with random bytes, good enough for nonces on a real host. */
  fill(target: Uint8Array): void;
}

/** Brings items into random order, in place. */
export function shuffled<T>(items: T[], random: Random): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}
