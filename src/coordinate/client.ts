/**
 * The own position in the network, moved a little by every measured round trip
 * (gossip.md section 31.4).
 *
 * Each measurement is a spring between two nodes: it pulls when the model puts
 * them too far apart and pushes when too close, and the surer the other side is
 * of its position, the harder. A weak pull towards the origin keeps the whole
 * cluster from drifting away.
 */

import type { Milliseconds } from "../ports/clock.ts";
import { failure, type Result, success } from "../ports/result.ts";
import {
  applyForce,
  type Coordinate,
  distance,
  freshCoordinate,
  isCompatible,
  isValid,
  maxError,
  rawDistance,
} from "./coordinate.ts";

/** Round trips longer than this are not believed. */
export const longestRoundTrip: Milliseconds = 10_000;

/** How much one measurement may change the error. */
const errorTuning = 0.25;
/** How much one measurement may change the position. */
const positionTuning = 0.25;
/** How many measurements the adjustment is the mean of. */
const adjustmentWindow = 20;
/** Of so many round trips to one node, the median counts. */
const latencyWindow = 3;
/** At this distance from the origin, gravity is one second strong. */
const gravityRadius = 150;
/** In seconds, and a bare number where errors are added up. */
const smallest = 1.0e-6;

/** Keeps the own position. */
export class CoordinateClient {
  readonly #uniform: () => number;
  readonly #origin = freshCoordinate();
  /** The latest round trips to each node in seconds, oldest first. */
  readonly #latencies = new Map<string, number[]>();
  #own: Coordinate;
  #adjustments = emptyWindow();
  #nextAdjustment = 0;
  #resets = 0;

  /**
   * @param uniform draws a number in [0, 1), for a way to go when two nodes are in one place.
   * @param start where to begin.
   */
  constructor(uniform: () => number, start: Coordinate = freshCoordinate()) {
    this.#uniform = uniform;
    this.#own = start;
  }

  /** The own position; replaced with every change. */
  get own(): Coordinate {
    return this.#own;
  }

  /** How often the position became nonsense and was begun anew. */
  get resets(): number {
    return this.#resets;
  }

  /**
   * Moves by one measurement and returns the new position.
   *
   * Fails, and changes nothing, if the other position is of another space or no
   * number, or if the round trip is negative or too long.
   */
  update(node: string, other: Coordinate, roundTrip: Milliseconds): Result<Coordinate> {
    if (!isCompatible(this.#own, other)) return failure("dimensions aren't compatible");
    if (!isValid(other)) return failure("coordinate is invalid");
    if (!(roundTrip >= 0 && roundTrip <= longestRoundTrip)) {
      return failure(`round trip time not in valid range: ${roundTrip} ms`);
    }

    const measured = this.#median(node, inSeconds(roundTrip));
    this.#spring(other, measured);
    this.#adjust(other, measured);
    this.#gravitate();
    if (!isValid(this.#own)) this.#startOver();
    return success(this.#own);
  }

  /** Forgets what was measured to a node that is gone. */
  forget(node: string): void {
    this.#latencies.delete(node);
  }

  /** Evens out single slow answers; of two, the slower counts. */
  #median(node: string, seconds: number): number {
    const latest = this.#latencies.get(node) ?? [];
    if (latest.length === 0) this.#latencies.set(node, latest);
    latest.push(seconds);
    if (latest.length > latencyWindow) latest.shift();
    return latest.toSorted((a, b) => a - b)[latest.length >> 1]!;
  }

  #spring(other: Coordinate, measured: number): void {
    const own = this.#own;
    const seconds = Math.max(measured, smallest);
    const predicted = distance(own, other);
    const wrongness = Math.abs(predicted - seconds) / seconds;
    const weight = own.error / Math.max(own.error + other.error, smallest);

    const error = errorTuning * weight * wrongness + own.error * (1 - errorTuning * weight);
    const force = positionTuning * weight * (seconds - predicted);
    const surer = { ...own, error: Math.min(error, maxError) };
    this.#own = applyForce(surer, force, other, this.#uniform);
  }

  /** Corrects by the mean of what the model got wrong lately. */
  #adjust(other: Coordinate, measured: number): void {
    this.#adjustments[this.#nextAdjustment] = measured - rawDistance(this.#own, other);
    this.#nextAdjustment = (this.#nextAdjustment + 1) % adjustmentWindow;
    let sum = 0;
    for (const sample of this.#adjustments) sum += sample;
    // Both ends of a distance are adjusted, so each takes half.
    this.#own = { ...this.#own, adjustment: sum / (2 * adjustmentWindow) };
  }

  #gravitate(): void {
    const pull = distance(this.#origin, this.#own) / gravityRadius;
    this.#own = applyForce(this.#own, -1 * (pull * pull), this.#origin, this.#uniform);
  }

  /**
   * Begins anew after nonsense, which finite but huge numbers of a peer can cause.
   *
   * The reference keeps its adjustments, so that one such peer spoils the twenty
   * measurements that follow.
   */
  #startOver(): void {
    this.#resets++;
    this.#own = freshCoordinate();
    this.#adjustments = emptyWindow();
  }
}

function emptyWindow(): number[] {
  return new Array<number>(adjustmentWindow).fill(0);
}

/** Peers measure whole nanoseconds and split them so; the last bit depends on it. */
function inSeconds(time: Milliseconds): number {
  const nanoseconds = Math.round(time * 1.0e6);
  const seconds = Math.trunc(nanoseconds / 1.0e9);
  return seconds + (nanoseconds - seconds * 1.0e9) / 1.0e9;
}
