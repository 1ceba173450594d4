/** Every attack, in the order in which the table shows them. */

import type { Attack } from "./attack.ts";
import { filters } from "./filters.ts";
import { flippedBits } from "./flipped_bits.ts";
import { giantNames } from "./giant_names.ts";
import { incarnation } from "./incarnation.ts";
import { junk } from "./junk.ts";
import { keyrings } from "./keyrings.ts";
import { killAfterHandler } from "./kill_after_handler.ts";
import { logs } from "./logs.ts";
import { reflection } from "./reflection.ts";
import { replay } from "./replay.ts";
import { votes } from "./votes.ts";

/** The attacks, by the names that `--only` takes. */
export const attacks: ReadonlyMap<string, Attack> = new Map([
  ["replay", replay],
  ["incarnation", incarnation],
  ["votes", votes],
  ["names", giantNames],
  ["junk", junk],
  ["filters", filters],
  ["logs", logs],
  ["kills", killAfterHandler],
  ["keyrings", keyrings],
  ["bits", flippedBits],
  ["reflection", reflection],
]);
