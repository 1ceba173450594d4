/**
 * Chance from a seed: the same seed gives the same numbers on every platform.
 *
 * The generator is xoshiro128** (Blackman and Vigna, 2018), seeded through
 * splitmix32. Every node has a stream of its own, so that one node drawing one
 * number more does not change what all the others do.
 */

import type { Random } from "../ports/random.ts";

/** A `Random` that a seed determines. Not for secrets. */
export class SimRandom implements Random {
  readonly #state = new Uint32Array(4);

  constructor(seed: number) {
    let mixed = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let word = mixed;
      word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
      word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
      this.#state[i] = word ^ (word >>> 15);
    }
    if (this.#state.every((word) => word === 0)) this.#state[0] = 1;
  }

  /** Returns an independent stream; the same `label` gives the same one. */
  fork(label: number): SimRandom {
    return new SimRandom(Math.imul(this.#state[0]! ^ label, 0x85ebca6b) ^ this.#state[3]!);
  }

  uniform(): number {
    return this.#next() / 0x1_0000_0000;
  }

  below(limit: number): number {
    return Math.floor(this.uniform() * limit);
  }

  fill(target: Uint8Array): void {
    for (let i = 0; i < target.length; i++) target[i] = this.#next() >>> 24;
  }

  #next(): number {
    const state = this.#state;
    const result = Math.imul(rotateLeft(Math.imul(state[1]!, 5), 7), 9) >>> 0;
    const shifted = state[1]! << 9;
    state[2] = state[2]! ^ state[0]!;
    state[3] = state[3]! ^ state[1]!;
    state[1] = state[1]! ^ state[2]!;
    state[0] = state[0]! ^ state[3]!;
    state[2] = state[2]! ^ shifted;
    state[3] = rotateLeft(state[3]!, 11);
    return result;
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
