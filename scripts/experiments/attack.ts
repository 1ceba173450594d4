/**
 * What can a stranger do to this program and to HashiCorp's?
 *
 *     deno task attack [--short] [--only=replay,votes]
 *
 * It takes some 20 minutes, the short form one or two. Everything happens on loopback
 * addresses; what needs root, or a program that is missing, is left out and named. The variable
 * `SERF_BUILD` names another build of this program to attack. The exit status is 1 if a
 * goal is missed.
 */

import { type Kind, referencePath } from "../lab/agents.ts";
import { readArguments, runScript } from "../lab/command_line.ts";
import { compare, countMissed, type Measure, tableLines } from "../lab/comparison.ts";
import { filters } from "./attack/filters.ts";
import { flippedBits } from "./attack/flipped_bits.ts";
import { giantNames } from "./attack/giant_names.ts";
import { incarnation } from "./attack/incarnation.ts";
import { junk } from "./attack/junk.ts";
import { keyrings } from "./attack/keyrings.ts";
import { killAfterHandler } from "./attack/kill_after_handler.ts";
import { logs } from "./attack/logs.ts";
import { reflection } from "./attack/reflection.ts";
import { replay } from "./attack/replay.ts";
import { votes } from "./attack/votes.ts";

/** Every attack, in the order of the table. */
export const attacks: Readonly<Record<string, Measure<Kind>>> = {
  replay,
  incarnation,
  votes,
  names: giantNames,
  junk,
  filters,
  logs,
  kills: killAfterHandler,
  keyrings,
  bits: flippedBits,
  reflection,
};

async function main(args: readonly string[]): Promise<number> {
  const { short, only } = readArguments(args, { short: false, only: Object.keys(attacks) });
  const { figures, failures } = await compare<Kind>(
    attacks,
    { own: "ours", theirs: referencePath === undefined ? undefined : "reference" },
    { only, isShort: short },
  );
  for (const line of tableLines(figures)) console.log(line);
  const missed = countMissed(figures);
  console.log(`\n${missed} goals missed, ${failures.own} attacks did not happen`);
  return missed + failures.own === 0 ? 0 : 1;
}

if (import.meta.main) await runScript(main);
