/** How long this thread was busy with something. */

import process from "node:process";
import { getHeapStatistics } from "node:v8";

/** One time that was taken. */
export interface Lap {
  /**
   * In milliseconds of the clock, but for what other programs took of it: no more than
   * all threads of this process ran.
   */
  readonly time: number;
  /** Whether the heap shrank: garbage was collected meanwhile. */
  readonly hasCollected: boolean;
}

/** Takes the time from now on. */
export class Stopwatch {
  #heap = getHeapStatistics().used_heap_size;
  #ran = process.cpuUsage();
  #wall = performance.now();

  /** Returns the time since the start, or since this was asked last. */
  lap(): Lap {
    const wall = performance.now();
    const ran = process.cpuUsage();
    const heap = getHeapStatistics().used_heap_size;
    const busy = (ran.user - this.#ran.user + ran.system - this.#ran.system) / 1000;
    const lap = { time: Math.min(wall - this.#wall, busy), hasCollected: heap < this.#heap };
    [this.#heap, this.#ran] = [heap, ran];
    this.#wall = performance.now();
    return lap;
  }
}
