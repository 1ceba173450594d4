/** Every attack, in the order in which the table shows them. */

import type { Attack } from "./attack.ts";
import { replay } from "./replay.ts";

/** The attacks, by the names that `--only` takes. */
export const attacks: ReadonlyMap<string, Attack> = new Map([
  ["replay", replay],
]);
