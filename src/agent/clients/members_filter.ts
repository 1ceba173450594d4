/**
 * Picks members by expressions for name, status and tags: the command
 * `members-filtered` (cli.md section 7.9).
 *
 * Parity: `^` and `$` are put around an expression without parentheses, so they
 * bind tighter than `|`: `a|b` matches what starts with "a" or ends with "b".
 */

import { compileRe2, remembering } from "../../go/re2.ts";
import { slicesOf } from "../../bytes/steps.ts";
import type { RequestOf } from "../../rpc/commands.ts";
import type { SerfMember } from "../../serf/member.ts";
import { nextTurn } from "../next_turn.ts";
import { errorText } from "../../ports/error_text.ts";

/** Which members are wanted. An empty name or status is no condition, an empty tag value is one. */
export type MemberConditions = RequestOf<"members-filtered">;

/**
 * Returns the members that fulfil every condition; a long list takes several turns.
 *
 * @throws {Error} `Failed to compile regex: …` if an expression cannot be understood.
 */
export async function filterMembers(
  members: readonly SerfMember[],
  conditions: MemberConditions,
): Promise<readonly SerfMember[]> {
  const matches = matcherOf(conditions);
  const found: SerfMember[] = [];
  let isLong = false;
  for (const slice of slicesOf(members)) {
    if (isLong) await nextTurn();
    isLong = true;
    found.push(...slice.filter(matches));
  }
  return found;
}

function matcherOf(conditions: MemberConditions): (member: SerfMember) => boolean {
  const tags = [...conditions.tags].map(([key, expression]) =>
    [key, anchored(expression)] as const
  );
  const status = conditions.status === "" ? undefined : anchored(conditions.status);
  const name = conditions.name === "" ? undefined : anchored(conditions.name);
  return (member) =>
    (!name || name(member.name)) && (!status || status(member.status)) &&
    tags.every(([key, matches]) => matches(member.tags[key] ?? ""));
}

function anchored(expression: string): (text: string) => boolean {
  try {
    return remembering(compileRe2(`^${expression}$`)).test;
  } catch (error) {
    throw new Error(`Failed to compile regex: ${errorText(error)}`);
  }
}
