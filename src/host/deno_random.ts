/** Chance on Deno: quick numbers for choices, the system's own for nonces. */

import type { Random } from "../ports/random.ts";

/** A `Random` that nobody can replay. */
export const denoRandom: Random = {
  uniform: () => Math.random(),
  below: (limit) => Math.floor(Math.random() * limit),
  fill(target) {
    // The platform refuses typed arrays over shared memory, which the core never uses.
    crypto.getRandomValues(target as Uint8Array<ArrayBuffer>);
  },
};
