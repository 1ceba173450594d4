/** Comparing secrets so that the time taken tells nothing about how much was right. */

import { encodeText } from "../../bytes/text.ts";

/** Whether `given` is the secret; takes as long as `given` is, whatever it holds. */
export function isSecret(given: string, secret: string): boolean {
  const guess = encodeText(given);
  const truth = encodeText(secret);
  let difference = guess.length ^ truth.length;
  for (let i = 0; i < guess.length; i++) {
    difference |= guess[i]! ^ (truth[i % truth.length] ?? 0);
  }
  return difference === 0;
}
