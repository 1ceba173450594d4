/**
 * Confirms that all members have received a leave intent, instead of waiting until
 * that is likely.
 *
 * A query that only has to be acknowledged is queued behind the intent. Members send
 * intents before queries, in one packet if both fit, so a member that acknowledges the
 * query has received the intent.
 */

import type { Milliseconds } from "../../ports/clock.ts";
import { pingQuery } from "./internal_queries.ts";
import type { Queries } from "./queries.ts";

export interface LeaveConfirmationParts {
  readonly queries: Pick<Queries, "ask">;
  /** The names of all other members that are alive. */
  readonly others: () => readonly string[];
  /** If there are more others, none is asked; see `GossipTuning`. */
  readonly mostAsked: number;
}

/**
 * Asks all others; `heard` runs once all have acknowledged, which may be never.
 *
 * @returns a function that stops asking.
 */
export function confirmLeave(
  { queries, others, mostAsked }: LeaveConfirmationParts,
  patience: Milliseconds,
  heard: () => void,
): () => void {
  const silent = new Set(others());
  if (silent.size === 0 || silent.size > mostAsked) return () => {};
  const asked = queries.ask(
    pingQuery,
    undefined,
    { requestAck: true, timeout: patience, untilTimeout: true },
    {
      onAck(from) {
        if (silent.delete(from) && silent.size === 0) heard();
      },
      onResponse() {},
      onDone() {},
    },
  );
  return () => asked.ok && asked.value.cancel();
}
