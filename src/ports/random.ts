/** Chance, as the core sees it: seeded in a simulation, from the system otherwise. */
export interface Random {
  /** Returns a number in [0, 1). */
  uniform(): number;
  /** Returns an integer in [0, `limit`); `limit` is at least 1. */
  below(limit: number): number;
  /** Fills `target` with random bytes, good enough for nonces on a real host. */
  fill(target: Uint8Array): void;
}
