/**
 * Finds out that everybody has heard, instead of waiting until it is likely.
 *
 * A query that only has to be acknowledged is queued behind what was said before.
 * Members tell intents before queries, in one packet if both fit, so whoever
 * acknowledges the query has heard what went before it.
 */

import type { Milliseconds } from "../ports/clock.ts";
import { pingQuery } from "./internal_queries.ts";
import type { Queries } from "./queries.ts";

/** What the check works with. */
export interface HearingCheckParts {
  readonly queries: Pick<Queries, "ask">;
  /** Who should hear: the names of all others that are alive. */
  readonly others: () => readonly string[];
  /** If there are more, nobody is asked; see `GossipTuning`. */
  readonly mostAsked: number;
}

/**
 * Asks all others; `heard` runs once when all have acknowledged, which may be never.
 *
 * @returns what ends the asking.
 */
export function checkHearing(
  { queries, others, mostAsked }: HearingCheckParts,
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
