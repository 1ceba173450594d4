/** How long this thread was busy with something. */

import process from "node:process";
import { getHeapSpaceStatistics } from "node:v8";

export interface Lap {
  /**
   * In milliseconds of the clock, but for what other programs took of it: no more than
   * all threads of this process ran, nor than this one did, which Linux tells to a tick
   * of its scheduler, some 4 ms.
   */
  readonly time: number;
  /** Whether a part of the heap shrank: garbage was collected meanwhile. */
  readonly hasCollected: boolean;
}

export class Stopwatch {
  #heap = usedSizes();
  #thread = threadTime();
  #process = processTime();
  #wall = performance.now();

  /** Returns the time since the start, or since this was asked last. */
  lap(): Lap {
    const wall = performance.now();
    const process = processTime();
    const heap = usedSizes();
    const hasCollected = heap.some((used, space) => used < this.#heap[space]!);
    // Reading it takes longer than most turns do.
    const isShort = wall - this.#wall < 5;
    const thread = threadTime();
    const longest = isShort ? Infinity : thread - this.#thread;
    const time = Math.min(wall - this.#wall, process - this.#process, longest);
    [this.#heap, this.#thread] = [heap, thread];
    this.#process = processTime();
    this.#wall = performance.now();
    return { time, hasCollected };
  }
}

/** The parts of the heap one by one: what is moved from one to another leaves the whole as it is. */
function usedSizes(): number[] {
  return getHeapSpaceStatistics().map(({ space_used_size: used }) => used);
}

function processTime(): number {
  const { system, user } = process.cpuUsage();
  return (system + user) / 1000;
}

/** Milliseconds that this thread ran; the clock's where the system does not tell. */
function threadTime(): number {
  try {
    return parseInt(Deno.readTextFileSync("/proc/thread-self/schedstat")) / 1e6;
  } catch {
    return performance.now();
  }
}
