/**
 * A position in the network: the distance between two of them predicts how long a
 * message takes there and back (gossip.md section 31).
 *
 * The paper is "Vivaldi: A Decentralized Network Coordinate System" (Dabek et al.);
 * height stands for the last mile, which no geometry can show, and adjustment
 * evens out what the model gets wrong.
 */

export const dimensions = 8;
/** The error of one who knows nothing yet, and the largest there is. */
export const maxError = 1.5;
/** No height is below this, in seconds. */
export const minHeight = 1.0e-5;

/** Vectors shorter than this have no direction. */
const zeroThreshold = 1.0e-6;
const nanosecondsPerSecond = 1.0e9;

/** A position; all times are in seconds. */
export interface Coordinate {
  /** {@linkcode dimensions} numbers. */
  readonly vec: readonly number[];
  /** How much the position is to be trusted: 0 is certain. */
  readonly error: number;
  /** Evens out what the model gets wrong; may be negative. */
  readonly adjustment: number;
  /** The last mile, which no geometry can show. */
  readonly height: number;
}

export function freshCoordinate(): Coordinate {
  return {
    vec: new Array<number>(dimensions).fill(0),
    error: maxError,
    adjustment: 0,
    height: minHeight,
  };
}

export function isValid(coordinate: Coordinate): boolean {
  const { vec, error, adjustment, height } = coordinate;
  return vec.every(Number.isFinite) && [error, adjustment, height].every(Number.isFinite);
}

export function isCompatible(a: Coordinate, b: Coordinate): boolean {
  return a.vec.length === b.vec.length;
}

/** Returns the distance without adjustments, in seconds. */
export function rawDistance(a: Coordinate, b: Coordinate): number {
  return magnitude(difference(a.vec, b.vec)) + a.height + b.height;
}

/**
 * Returns the predicted round-trip time in seconds.
 *
 * Parity: it is cut to whole nanoseconds, also inside the algorithm, so that all
 * implementations move alike.
 *
 * @param a the position of one member, as `Serf.coordinate` returns it.
 * @param b that of another.
 *
 * @example
 * ```ts
 * import { type Coordinate, distance } from "@serf/serf";
 *
 * const vec = [0, 0, 0, 0, 0, 0, 0, 0];
 * const here: Coordinate = { vec, error: 1, adjustment: 0, height: 0.001 };
 * const there: Coordinate = { ...here, vec: [0.02, ...vec.slice(1)] };
 * console.log(distance(here, there)); // 0.022
 * ```
 */
export function distance(a: Coordinate, b: Coordinate): number {
  const raw = rawDistance(a, b);
  const adjusted = raw + a.adjustment + b.adjustment;
  return inSeconds(Math.trunc((adjusted > 0 ? adjusted : raw) * nanosecondsPerSecond));
}

/** Parity: peers split whole nanoseconds so; the last bit depends on it. */
export function inSeconds(nanoseconds: number): number {
  const seconds = Math.trunc(nanoseconds / nanosecondsPerSecond);
  return seconds + (nanoseconds - seconds * nanosecondsPerSecond) / nanosecondsPerSecond;
}

/**
 * Returns where `coordinate` ends up when `force` (in seconds) pushes it away from `other`.
 *
 * @param uniform draws a number in [0, 1), for a direction when the two are in one place.
 */
export function applyForce(
  coordinate: Coordinate,
  force: number,
  other: Coordinate,
  uniform: () => number,
): Coordinate {
  const { unit, length } = direction(coordinate.vec, other.vec, uniform);
  const vec = coordinate.vec.map((x, i) => x + unit[i]! * force);
  if (length <= zeroThreshold) return { ...coordinate, vec };

  const pushed = (coordinate.height + other.height) * force / length + coordinate.height;
  return { ...coordinate, vec, height: Math.max(pushed, minHeight) };
}

function direction(
  from: readonly number[],
  to: readonly number[],
  uniform: () => number,
): { unit: number[]; length: number } {
  const way = difference(from, to);
  const length = magnitude(way);
  if (length > zeroThreshold) return { unit: scaled(way, 1 / length), length };

  const chance = way.map(() => uniform() - 0.5);
  const chanceLength = magnitude(chance);
  if (chanceLength > zeroThreshold) return { unit: scaled(chance, 1 / chanceLength), length: 0 };
  return { unit: way.map((_, i) => i === 0 ? 1 : 0), length: 0 };
}

function difference(a: readonly number[], b: readonly number[]): number[] {
  return a.map((x, i) => x - (b[i] ?? 0));
}

function scaled(vec: readonly number[], factor: number): number[] {
  return vec.map((x) => x * factor);
}

function magnitude(vec: readonly number[]): number {
  let sum = 0;
  for (const x of vec) sum += x * x;
  return Math.sqrt(sum);
}
