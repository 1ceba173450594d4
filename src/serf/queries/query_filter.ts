/**
 * Which members a query is meant for (gossip.md section 24.3).
 *
 * Each filter is a type byte and a MessagePack value, and all must match. What cannot be
 * understood matches nobody: a wrong "yes" could do harm, a wrong "no" is noticed.
 */

import { type Codec, list, text } from "../../bytes/msgpack_codec.ts";
import { MsgpackError, MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { struct, type ValueOf } from "../../bytes/msgpack_struct.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import {
  compileRe2,
  expressionCost,
  maxExpressionCost,
  type Re2,
  Re2Error,
  remembering,
} from "../../go/re2.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import { TokenBucket } from "../../ports/token_bucket.ts";
import type { Tags } from "../member.ts";

const nameList = list(text);
const filterType = { node: 0, tag: 1 } as const;

/** RE2 expressions by the name of the tag that must match. */
export type TagExpressions = Readonly<Record<string, string>> | ReadonlyMap<string, string>;

/** Returns each tag with its expression. */
export function expressionsByTag(tags: TagExpressions): Iterable<readonly [string, string]> {
  return tags instanceof Map ? tags : Object.entries(tags);
}

type TagFilter = ValueOf<typeof tagFilter>;

const tagFilter = struct({ tag: ["Tag", text], expression: ["Expr", text] });

/**
 * Encodes the filters of a query: one for names, one for each tag.
 *
 * @param nodes names that are meant; empty for all.
 * @param tags RE2 expressions, of which each must match somewhere in the tag's value.
 */
export function encodeFilters(nodes: readonly string[], tags: TagExpressions): Uint8Array[] {
  const writer = new MsgpackWriter("raw");
  const encode = <T>(type: number, codec: Codec<T>, value: T) => {
    writer.reset();
    writer.writeByte(type);
    codec.write(writer, value);
    return writer.copy();
  };
  const filters = nodes.length > 0 ? [encode(filterType.node, nameList, nodes)] : [];
  for (const [tag, expression] of expressionsByTag(tags)) {
    filters.push(encode(filterType.tag, tagFilter, { tag, expression }));
  }
  return filters;
}

/** What the expressions of one query may cost together: no more than one alone. */
export const maxFilterCost = maxExpressionCost;

/** What compiling the expressions of others may cost a second, a twentieth of a processor… */
export const filterCostPerSecond = 100_000;
/** …and what it may cost at once. */
const filterCostAtOnce = 65_536;

/** What the expressions that are kept compiled may have cost together… */
const maxKeptCost = 65_536;
/** …and each: a costly one would take the place of many. */
const maxKeptEach = 2048;

/** Whether a query is meant for this node; "refused" if that costs too much to find out. */
export type FilterVerdict = "meant" | "not-meant" | "refused";

interface KeptExpression extends Re2 {
  readonly cost: number;
}

/** Judges the filters of queries, and keeps what it compiled for queries to come. */
export class QueryFilters {
  readonly #clock: Pick<Clock, "now">;
  readonly #log: Log;
  readonly #budget = new TokenBucket(filterCostAtOnce, 1000, filterCostPerSecond);
  /** By their text, the one used last at the end. */
  readonly #kept = new Map<string, KeptExpression>();
  #keptCost = 0;

  constructor({ clock, log }: { readonly clock: Pick<Clock, "now">; readonly log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Says whether every filter matches the member `name` with `tags`. */
  judge(filters: readonly Uint8Array[], name: string, tags: Tags): FilterVerdict {
    let cost = 0;
    const read: (ReadonlySet<string> | TagFilter)[] = [];
    for (const bytes of filters) {
      const filter = this.#read(bytes);
      if (!filter) return "not-meant";
      if (!isNames(filter)) cost += expressionCost(filter.expression);
      if (cost > maxFilterCost) return this.#refuse("filters of a query are too large");
      read.push(filter);
    }
    for (const filter of read) {
      const isMatch = isNames(filter) ? filter.has(name) : this.#matches(filter, tags);
      if (isMatch === undefined) return this.#refuse("filters of queries cost too much time");
      if (!isMatch) return "not-meant";
    }
    return "meant";
  }

  #refuse(reason: string): "refused" {
    this.#log.warn(reason);
    return "refused";
  }

  #read(filter: Uint8Array): ReadonlySet<string> | TagFilter | undefined {
    try {
      const reader = new MsgpackReader(filter);
      const type = reader.takeByte();
      if (type === filterType.node) return new Set(nameList.read(reader));
      if (type === filterType.tag) return tagFilter.read(reader);
      this.#log.warn(`query has unrecognized filter type: ${type}`);
    } catch (error) {
      if (!(error instanceof MsgpackError)) throw error;
      this.#log.warn(`failed to decode filter of a query: ${error.message}`);
    }
    return undefined;
  }

  /** Returns `undefined` if the expression would have to be compiled, and nothing is left for that. */
  #matches({ tag, expression }: TagFilter, tags: Tags): boolean | undefined {
    const known = this.#kept.get(expression);
    if (!known && !this.#budget.hasTokens(this.#clock.now())) return undefined;
    try {
      const compiled = known ?? this.#compile(expression);
      this.#keep(expression, compiled);
      return compiled.test(tags[tag] ?? "");
    } catch (error) {
      if (!(error instanceof Re2Error)) throw error;
      this.#log.warn(`failed to compile filter regex (${expression}): ${error.message}`);
      return false;
    }
  }

  #compile(expression: string): KeptExpression {
    const cost = expressionCost(expression);
    this.#budget.spend(this.#clock.now(), cost);
    return { ...remembering(compileRe2(expression)), cost };
  }

  #keep(expression: string, compiled: KeptExpression): void {
    if (compiled.cost > maxKeptEach) return;
    if (!this.#kept.delete(expression)) this.#keptCost += compiled.cost;
    this.#kept.set(expression, compiled);
    for (const [oldest, { cost }] of this.#kept) {
      if (this.#keptCost <= maxKeptCost) break;
      this.#kept.delete(oldest);
      this.#keptCost -= cost;
    }
  }
}

function isNames(filter: ReadonlySet<string> | TagFilter): filter is ReadonlySet<string> {
  return filter instanceof Set;
}
