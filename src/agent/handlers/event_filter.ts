/**
 * Which events a handler or a stream is meant for (agent.md section 10.1).
 *
 * A filter list such as `member-join,user:deploy` is exact: blanks are part of
 * an item, and a name cannot hold a comma.
 */

import type { MemberEventType, SerfEvent } from "../../serf/event.ts";

/** One item of a filter list. */
export interface EventFilter {
  readonly type: MemberEventType | "user" | "query" | "*";
  /** The one user event or query meant; empty for every one. */
  readonly name: string;
}

/** A script and one filter that calls for it. */
export interface EventHandler {
  readonly filter: EventFilter;
  readonly script: string;
}

export const memberEventTypes: readonly MemberEventType[] = [
  "member-join",
  "member-leave",
  "member-failed",
  "member-update",
  "member-reap",
];

/**
 * Reads a filter list; an empty text means every event.
 *
 * @throws {InvalidFilterError} at the first item that names no event.
 */
export function parseEventFilters(list: string): EventFilter[] {
  return (list === "" ? "*" : list).split(",").map(parseEventFilter);
}

/**
 * Reads a handler specification, `SCRIPT` or `FILTER=SCRIPT`, into one handler
 * for each item of the list. The first `=` divides.
 *
 * Parity: the reference takes `user:=SCRIPT` for all user events; here the name is missing.
 *
 * @throws {Error} `Invalid event script: Event 'foo' invoking 'bar.sh'`.
 */
export function parseEventHandlers(specification: string): EventHandler[] {
  const at = specification.indexOf("=");
  const list = at < 0 ? "*" : specification.slice(0, at);
  const script = specification.slice(at + 1);
  const refuse = (event: string) =>
    new Error(`Invalid event script: Event '${event}' invoking '${script}'`);
  const nameless = list.split(",").find((item) => /^(user|query):$/.test(item));
  if (nameless !== undefined) throw refuse(nameless);
  try {
    return parseEventFilters(list).map((filter) => ({ filter, script }));
  } catch (error) {
    if (!(error instanceof InvalidFilterError)) throw error;
    throw refuse(error.item);
  }
}

/** Whether an event is one that the filter is meant for. */
export function filterMatches(filter: EventFilter, event: SerfEvent): boolean {
  if (filter.type === "*") return true;
  if (filter.type !== event.type) return false;
  if (filter.name === "") return true;
  return (event.type === "user" || event.type === "query") && event.name === filter.name;
}

/** Whether a query of this name is one that the filter is meant for. */
export function filterWantsQuery({ type, name }: EventFilter, query: string): boolean {
  return type === "*" || type === "query" && (name === "" || name === query);
}

/** An item of a filter list that names no event. */
export class InvalidFilterError extends Error {
  override readonly name = "InvalidFilterError";
  readonly item: string;

  constructor(item: string) {
    super(`Not an event: "${item}"`);
    this.item = item;
  }
}

function parseEventFilter(item: string): EventFilter {
  const at = item.indexOf(":");
  const [type, name] = at < 0 ? [item, ""] : [item.slice(0, at), item.slice(at + 1)];
  if (type === "user" || type === "query") return { type, name };
  const known = item === "*" ? item : memberEventTypes.find((type) => type === item);
  if (known === undefined) throw new InvalidFilterError(item);
  return { type: known, name: "" };
}
