/**
 * Durations as Go writes and reads them, for instance `1h30m` or `500ms`.
 *
 * Users know this form from the reference's flags and files, its error texts included.
 */

import type { Milliseconds } from "../ports/clock.ts";

const unitMilliseconds: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["µs", 1e-3], // U+00B5, the micro sign
  ["μs", 1e-3], // U+03BC, the Greek letter
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** The longest duration in the reference: 64 bits of nanoseconds. */
const maxMilliseconds = 2 ** 63 / 1e6;

/**
 * Reads an optional sign and one or more numbers, each with a unit; a bare `0` is fine.
 *
 * @throws {Error} `time: missing unit in duration "30"`, `time: unknown unit "d" in
 * duration "1d"` or `time: invalid duration "x"`.
 */
export function parseGoDuration(text: string): Milliseconds {
  const sign = text.startsWith("-") ? -1 : 1;
  let rest = /^[+-]/.test(text) ? text.slice(1) : text;
  if (rest === "0") return 0;
  if (rest === "") throw invalid(text);

  let total = 0;
  while (rest !== "") {
    const match = /^(\d*)(\.\d*)?([^.0-9]*)/.exec(rest);
    const number = `${match?.[1] ?? ""}${match?.[2] ?? ""}`;
    const unit = match?.[3] ?? "";
    if (number === "" || number === ".") throw invalid(text);
    if (unit === "") throw new Error(`time: missing unit in duration ${JSON.stringify(text)}`);
    const scale = unitMilliseconds.get(unit);
    if (scale === undefined) {
      throw new Error(
        `time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`,
      );
    }
    total += Number(number) * scale;
    rest = rest.slice(match?.[0].length);
  }
  if (total >= maxMilliseconds) throw invalid(text);
  return sign * total;
}

/** Prints a duration as the reference's log lines do: `30s`, `1m0s`, `1h30m0s`, `500ms`. */
export function formatGoDuration(duration: Milliseconds): string {
  if (duration === 0) return "0s";
  if (duration < 0) return `-${formatGoDuration(-duration)}`;
  if (duration < 1e-3) return `${trim(duration * 1e6, 0)}ns`;
  if (duration < 1) return `${trim(duration * 1e3, 3)}µs`;
  if (duration < 1000) return `${trim(duration, 6)}ms`;

  const hours = Math.floor(duration / 3_600_000);
  const minutes = Math.floor(duration / 60_000) % 60;
  const seconds = trim((duration % 60_000) / 1000, 9);
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}

function trim(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function invalid(text: string): Error {
  return new Error(`time: invalid duration ${JSON.stringify(text)}`);
}
