/**
 * What is kept of what happened: one line of JSON for each thing, with a checksum.
 *
 * A line is the record with a last property `crc`, the CRC-32 of all that stands before it, as
 * eight hexadecimal digits. Any tool that reads lines of JSON can read a history.
 */

import { crc32 } from "../bytes/crc32.ts";
import { encodeText } from "../bytes/text.ts";
import type { Milliseconds } from "../ports/clock.ts";

/** What a fact may hold. */
export type Detail =
  | string
  | number
  | boolean
  | undefined
  | readonly Detail[]
  | { readonly [name: string]: Detail };

/** What happened: a kind, such as `member-failed`, and what is to be said about it. */
export interface HistoryFact {
  readonly kind: string;
  readonly [detail: string]: Detail;
}

/** A fact as it was put down. */
export interface HistoryRecord extends HistoryFact {
  /** The number of the record: 1 for the first of a run, without gaps. */
  readonly seq: number;
  /** When it was put down: milliseconds since 1970 by the clock of the machine. */
  readonly at: Milliseconds;
}

/** The checksum as the last property of a line. */
const seal = /^(.*),"crc":"([0-9a-f]{8})"\}$/s;

/** Returns the line of an object, without a line end. */
export function sealLine(value: { readonly [name: string]: Detail }): string {
  const text = JSON.stringify(value).slice(0, -1);
  return `${text},"crc":"${checksum(text)}"}`;
}

/** Reads a line; `undefined` if it is damaged. */
export function openLine(line: string): { readonly [name: string]: unknown } | undefined {
  const [, text, crc] = seal.exec(line) ?? [];
  if (text === undefined || checksum(text) !== crc) return undefined;
  try {
    return JSON.parse(`${text}}`);
  } catch {
    return undefined;
  }
}

/** Reads a record's line; `undefined` if it is damaged or no record. */
export function readRecord(line: string): HistoryRecord | undefined {
  const value = openLine(line);
  const isRecord = Number.isSafeInteger(value?.seq) && typeof value?.at === "number" &&
    typeof value.kind === "string";
  return isRecord ? value as HistoryRecord : undefined;
}

function checksum(text: string): string {
  return crc32(encodeText(text)).toString(16).padStart(8, "0");
}
