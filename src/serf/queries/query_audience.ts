/**
 * Which members a query still awaits something from, so that it need not last longer.
 *
 * The asker knows the members that are meant: alive, and matching the filters. Acks tell which
 * received the query, and whether nobody there can answer; a member of another kind does not say
 * that: as long as one of them is silent, the asker has to listen.
 */

import { compileRe2, Re2Error, remembering } from "../../go/re2.ts";
import { itemsPerSlice, type Steps } from "../../bytes/steps.ts";
import { type Result, success } from "../../ports/result.ts";
import type { SerfMember } from "../member.ts";
import type { QueryOptions } from "./queries.ts";
import { expressionsByTag } from "./query_filter.ts";

/** Returns the names of the members that a query is for. */
export function* meantMembers(
  members: Iterable<SerfMember>,
  { filterNodes = [], filterTags = {} }: QueryOptions,
): Steps<Result<Set<string>>> {
  const names = new Set(filterNodes);
  const meant = new Set<string>();
  try {
    const expressions = Array.from(
      expressionsByTag(filterTags),
      ([tag, expression]) => [tag, remembering(compileRe2(expression))] as const,
    );
    let looks = 0;
    for (const { name, status, tags } of members) {
      if (looks++ % itemsPerSlice === itemsPerSlice - 1) yield;
      if (status !== "alive" || (names.size > 0 && !names.has(name))) continue;
      if (expressions.every(([tag, pattern]) => pattern.test(tags[tag] ?? ""))) meant.add(name);
    }
  } catch (error) {
    if (!(error instanceof Re2Error)) throw error;
    // Members keep silent about a filter that they cannot read.
    meant.clear();
  }
  return success(meant);
}

/** The members that a query still awaits something from. */
export class QueryAudience {
  readonly #unacknowledged: Set<string>;
  readonly #unanswered: Set<string>;
  readonly #isAlive: (name: string) => boolean;
  readonly #isEmpty: boolean;

  /**
   * @param awaited whether acks are awaited, and answers.
   * @param isAlive tells whether a member can answer at all by now.
   */
  constructor(
    meant: ReadonlySet<string>,
    awaited: { readonly acks: boolean; readonly answers: boolean },
    isAlive: (name: string) => boolean,
  ) {
    this.#unanswered = new Set(awaited.answers ? meant : []);
    this.#unacknowledged = new Set(awaited.acks ? meant : []);
    this.#isAlive = isAlive;
    this.#isEmpty = meant.size === 0;
  }

  /** @param isAll whether no answer will follow. */
  noteAck(from: string, isAll = false): void {
    this.#unacknowledged.delete(from);
    if (isAll) this.#unanswered.delete(from);
  }

  noteResponse(from: string): void {
    this.#unanswered.delete(from);
  }

  /**
   * Whether nothing more will come.
   *
   * If nobody is meant, more may: most likely from a member that the asker does not know yet.
   */
  get isSatisfied(): boolean {
    return !this.#isEmpty && this.#isSilent(this.#unacknowledged) &&
      this.#isSilent(this.#unanswered);
  }

  /** Whether none of them can answer any more. */
  #isSilent(names: ReadonlySet<string>): boolean {
    for (const name of names) if (this.#isAlive(name)) return false;
    return true;
  }
}
