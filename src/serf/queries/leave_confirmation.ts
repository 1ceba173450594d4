/**
 * Confirms that all members have received a leave intent.
 *
 * A query that only has to be acknowledged is queued behind the intent. Members send intents
 * before queries, so a member that acknowledges the query has received the intent.
 */

import type { Milliseconds } from "../../ports/clock.ts";
import { pingQuery } from "./internal_queries.ts";
import type { Queries } from "./queries.ts";

/**
 * Asks the members `others`; `confirmed` runs once all have acknowledged, which may be never.
 *
 * @param mostAsked if there are more others, none is asked; see `GossipTuning`.
 * @returns a function that stops asking.
 */
export function confirmLeave(
  queries: Pick<Queries, "ask">,
  others: readonly string[],
  mostAsked: number,
  patience: Milliseconds,
  confirmed: () => void,
): () => void {
  if (others.length === 0 || others.length > mostAsked) return () => {};
  const silent = new Set(others);
  const options = { requestAck: true, timeout: patience, untilTimeout: true };
  const asked = queries.ask(pingQuery, undefined, options, {
    onAck(from) {
      if (silent.delete(from) && silent.size === 0) confirmed();
    },
    onResponse() {},
    onDone() {},
  });
  return () => asked.ok && asked.value.cancel();
}
