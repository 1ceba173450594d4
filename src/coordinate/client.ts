/**
 * A node's own position, moved a little by every measured round trip
 * (gossip.md section 31.4).
 */

import type { Milliseconds } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { failure, type Result, success } from "../ports/result.ts";
import {
  applyForce,
  type Coordinate,
  distance,
  freshCoordinate,
  inSeconds,
  isCompatible,
  isValid,
  maxError,
  rawDistance,
} from "./coordinate.ts";

/** How fast the own error follows what is measured. */
const errorGain = 0.25;
/** How far one measurement may move the position. */
const forceGain = 0.25;
/** How many measurements the adjustment is the mean of. */
const adjustmentWindow = 20;
/** The median of this many round trips to a node is believed. */
const latencyFilterSize = 3;
/** How gently positions are pulled to the origin, in seconds: larger is gentler. */
const gravityRho = 150;
const zeroThreshold = 1.0e-6;
/** Longer round trips are no measurements but mishaps. */
const maxRoundTrip: Milliseconds = 10_000;
/** Round trips of at most this many nodes are remembered. */
export const maxFilteredNodes = 65_536;

export class CoordinateClient {
  readonly #random: Random;
  readonly #origin = freshCoordinate();
  readonly #latencies = new Map<string, number[]>();
  #samples = emptyWindow();
  #sampleIndex = 0;
  #coordinate: Coordinate;
  #resets = 0;

  /** @param start where to begin; at the origin by default. */
  constructor(random: Random, start: Coordinate = freshCoordinate()) {
    this.#random = random;
    this.#coordinate = start;
  }

  /** The own position. Replaced, never changed in place. */
  get coordinate(): Coordinate {
    return this.#coordinate;
  }

  /** How often the position became nonsense and was begun anew. */
  get resets(): number {
    return this.#resets;
  }

  forget(node: string): void {
    this.#latencies.delete(node);
  }

  /**
   * Moves by the round trip to a node that says where it is.
   *
   * Fails, and changes nothing, if the position or the round trip cannot be true.
   */
  update(node: string, other: Coordinate, roundTrip: Milliseconds): Result<Coordinate> {
    if (!isCompatible(this.#coordinate, other)) {
      return failure("dimensions of the coordinates do not fit each other");
    }
    if (!isValid(other)) return failure("coordinate is not valid");
    if (!(roundTrip >= 0 && roundTrip <= maxRoundTrip)) {
      return failure(
        `round trip time of ${roundTrip} ms is not between 0 and ${maxRoundTrip} ms`,
      );
    }

    const seconds = this.#filter(node, inSeconds(Math.round(roundTrip * 1.0e6)));
    this.#moveBy(other, seconds);
    this.#adjust(other, seconds);
    this.#gravitate();
    if (!isValid(this.#coordinate)) this.#startOver();
    return success(this.#coordinate);
  }

  /** Returns the median of the latest round trips, so that one hiccup moves nothing. */
  #filter(node: string, seconds: number): number {
    const samples = this.#latencies.get(node) ?? [];
    samples.push(seconds);
    if (samples.length > latencyFilterSize) samples.shift();
    if (this.#latencies.has(node) || this.#latencies.size < maxFilteredNodes) {
      this.#latencies.set(node, samples);
    }
    const sorted = samples.toSorted((a, b) => a - b);
    return sorted[sorted.length >> 1]!;
  }

  #moveBy(other: Coordinate, seconds: number): void {
    const self = this.#coordinate;
    const predicted = distance(self, other);
    const measured = Math.max(seconds, zeroThreshold);
    const wrongness = Math.abs(predicted - measured) / measured;
    const totalError = Math.max(self.error + other.error, zeroThreshold);
    const weight = self.error / totalError;
    const error = errorGain * weight * wrongness + self.error * (1 - errorGain * weight);
    const force = forceGain * weight * (measured - predicted);
    this.#push({ ...self, error: Math.min(error, maxError) }, force, other);
  }

  #adjust(other: Coordinate, seconds: number): void {
    this.#samples[this.#sampleIndex] = seconds - rawDistance(this.#coordinate, other);
    this.#sampleIndex = (this.#sampleIndex + 1) % adjustmentWindow;
    let sum = 0;
    for (const sample of this.#samples) sum += sample;
    this.#coordinate = { ...this.#coordinate, adjustment: sum / (2 * adjustmentWindow) };
  }

  /** Keeps the whole cloud of positions from drifting away. */
  #gravitate(): void {
    const away = distance(this.#origin, this.#coordinate) / gravityRho;
    this.#push(this.#coordinate, -1 * (away * away), this.#origin);
  }

  #push(from: Coordinate, force: number, other: Coordinate): void {
    this.#coordinate = applyForce(from, force, other, () => this.#random.uniform());
  }

  /**
   * Begins anew after nonsense, which finite but huge numbers of a peer can cause.
   *
   * Not inherited: the reference keeps the samples, so that one such peer spoils
   * the twenty measurements that follow.
   */
  #startOver(): void {
    this.#resets++;
    this.#coordinate = freshCoordinate();
    this.#samples = emptyWindow();
  }
}

function emptyWindow(): number[] {
  return new Array<number>(adjustmentWindow).fill(0);
}
