/**
 * Which members a query is meant for (gossip.md section 24.3).
 *
 * Each filter is a type byte and a MessagePack value; a member is meant if all of
 * them match it. What cannot be understood matches nobody, because a wrong
 * "yes" could do harm and a wrong "no" is noticed.
 */

import { MsgpackError, MsgpackReader } from "../bytes/msgpack_reader.ts";
import { StructReader } from "../bytes/msgpack_struct.ts";
import { encodeKey, MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { compileRe2, expressionCost, maxExpressionCost, Re2Error } from "../bytes/re2.ts";
import type { Log } from "../ports/log.ts";
import type { Tags } from "./member.ts";

const filterType = { node: 0, tag: 1 } as const;

interface TagFilter {
  tag: string;
  expression: string;
}

const keys = { expr: encodeKey("Expr"), tag: encodeKey("Tag") };

const tagFilterStruct = new StructReader<TagFilter>({
  Tag: (reader, filter) => filter.tag = reader.readText(),
  Expr: (reader, filter) => filter.expression = reader.readText(),
});

/**
 * Encodes the filters of a query: one for names, one for each tag.
 *
 * @param nodes names that are meant; empty for all.
 * @param tags RE2 expressions, of which each must match somewhere in the tag's value.
 */
export function encodeFilters(
  nodes: readonly string[],
  tags: ReadonlyMap<string, string>,
): Uint8Array[] {
  const filters: Uint8Array[] = [];
  if (nodes.length > 0) filters.push(encodeNodeFilter(nodes));
  for (const [tag, expression] of tags) filters.push(encodeTagFilter(tag, expression));
  return filters;
}

function encodeNodeFilter(nodes: readonly string[]): Uint8Array {
  const writer = new MsgpackWriter("raw");
  writer.writeByte(filterType.node);
  writer.writeArrayLength(nodes.length);
  for (const name of nodes) writer.writeText(name);
  return writer.copy();
}

function encodeTagFilter(tag: string, expression: string): Uint8Array {
  const writer = new MsgpackWriter("raw");
  writer.writeByte(filterType.tag);
  writer.writeMapLength(2);
  writer.writeEncoded(keys.expr);
  writer.writeText(expression);
  writer.writeEncoded(keys.tag);
  writer.writeText(tag);
  return writer.copy();
}

/** What the expressions of one query may cost together, so that none keeps a member busy. */
export const maxFilterCost = 2 * maxExpressionCost;

/** Whether every filter matches the member `name` with `tags`. */
export function matchesFilters(
  filters: readonly Uint8Array[],
  name: string,
  tags: Tags,
  log: Log,
): boolean {
  let cost = 0;
  const isAffordable = (expression: string) => {
    cost += expressionCost(expression);
    if (cost <= maxFilterCost) return true;
    log.warn("filters of a query are too large");
    return false;
  };
  return filters.every((filter) => matchesFilter(filter, name, tags, isAffordable, log));
}

function matchesFilter(
  filter: Uint8Array,
  name: string,
  tags: Tags,
  isAffordable: (expression: string) => boolean,
  log: Log,
): boolean {
  try {
    const reader = new MsgpackReader(filter);
    const type = reader.takeByte();
    if (type === filterType.node) return readNames(reader).includes(name);
    if (type === filterType.tag) return matchesTag(reader, tags, isAffordable, log);
    log.warn(`query has unrecognized filter type: ${type}`);
  } catch (error) {
    if (!(error instanceof MsgpackError)) throw error;
    log.warn(`failed to decode filter of a query: ${error.message}`);
  }
  return false;
}

function readNames(reader: MsgpackReader): string[] {
  const names: string[] = [];
  for (let left = reader.readArrayLength() ?? 0; left > 0; left--) names.push(reader.readText());
  return names;
}

function matchesTag(
  reader: MsgpackReader,
  tags: Tags,
  isAffordable: (expression: string) => boolean,
  log: Log,
): boolean {
  const { tag, expression } = tagFilterStruct.read(reader, { tag: "", expression: "" });
  if (!isAffordable(expression)) return false;
  try {
    return compileRe2(expression).test(tags[tag] ?? "");
  } catch (error) {
    if (!(error instanceof Re2Error)) throw error;
    log.warn(`failed to compile filter regex (${expression}): ${error.message}`);
    return false;
  }
}
