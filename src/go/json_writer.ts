/**
 * JSON as Go's encoder indents and escapes it (cli.md section 6), so that output
 * can be compared byte for byte. A `Map` is a free map and comes out sorted; an
 * object is a record and keeps its order.
 */

import { sortedEntries } from "./byte_order.ts";

/** What can be printed; `undefined` becomes `null`. */
export type Json =
  | string
  | number
  | boolean
  | undefined
  | readonly Json[]
  | ReadonlyMap<string, Json>
  | { readonly [name: string]: Json };

/** Returns a value as JSON, each level indented by two more blanks. */
export function formatJson(value: Json, indent = ""): string {
  if (value === undefined) return "null";
  if (typeof value === "string") return quote(value);
  if (typeof value !== "object") return String(value);

  const inner = `${indent}  `;
  if (isList(value)) {
    return enclose("[", value.map((item) => formatJson(item, inner)), "]", indent);
  }
  const entries = value instanceof Map ? sortedEntries<Json>(value) : Object.entries(value);
  const lines = entries.map(([key, item]) => `${quote(key)}: ${formatJson(item, inner)}`);
  return enclose("{", lines, "}", indent);
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}

function enclose(open: string, items: readonly string[], close: string, indent: string): string {
  if (items.length === 0) return `${open}${close}`;
  const inner = `\n${indent}  `;
  return `${open}${inner}${items.join(`,${inner}`)}\n${indent}${close}`;
}

function quote(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what must be escaped
  return `"${text.replace(/["\\<>&\u2028\u2029\x00-\x1f]|\p{Cs}/gu, escape)}"`;
}

function escape(character: string): string {
  // A lone surrogate stands for a byte that is no UTF-8.
  if (!character.isWellFormed()) return "\\ufffd";
  const hex = character.charCodeAt(0).toString(16).padStart(4, "0");
  return /[<>&\u2028\u2029]/.test(character) ? `\\u${hex}` : JSON.stringify(character).slice(1, -1);
}
