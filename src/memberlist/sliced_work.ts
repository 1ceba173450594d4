/**
 * Does long work in slices, each in a turn of its own.
 *
 * What a large cluster tells in one message takes a node a tenth of a second to
 * read and believe. Done at once, nobody would be heard or answered meanwhile,
 * and probes would fail. One piece of work is done after the other, so that no
 * more of it is in memory than one has begun.
 */

import { membersPerSlice, type Steps } from "../bytes/steps.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import { failure, type Result } from "../ports/result.ts";

/** What slices are run with. */
export interface SlicedWorkParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

interface Job {
  /** Does the next slice; false if that was the last. */
  advance(): boolean;
  fail(error: Error): void;
}

const stopped = new Error("node is shut down");

/** Runs work that may pause. */
export class SlicedWork {
  readonly #parts: SlicedWorkParts;
  readonly #waiting: Job[] = [];
  #isStopped = false;

  constructor(parts: SlicedWorkParts) {
    this.#parts = parts;
  }

  /** How many pieces of work have begun and not ended. */
  get length(): number {
    return this.#waiting.length;
  }

  /**
   * Does the first slice at once and the others in later turns, after all work before.
   *
   * @param done runs once, at once if one slice is enough.
   */
  run<T>(steps: Steps<Result<T>>, done: (result: Result<T>) => void): void {
    if (this.#isStopped) return done(failure(stopped));
    const job: Job = {
      advance() {
        const step = steps.next();
        if (step.done) done(step.value);
        return !step.done;
      },
      fail: (error) => done(failure(error)),
    };
    if (!job.advance()) return;
    this.#waiting.push(job);
    if (this.#waiting.length === 1) this.#book();
  }

  /** Ends everything; all that is under way fails. */
  stop(): void {
    this.#isStopped = true;
    for (const job of this.#waiting.splice(0)) job.fail(stopped);
  }

  #book(): void {
    this.#parts.clock.after(0, () => this.#advance());
  }

  #advance(): void {
    const job = this.#waiting[0];
    if (!job) return;
    if (!this.#isDone(job)) return this.#book();
    this.#waiting.shift();
    if (this.#waiting.length > 0) this.#book();
  }

  #isDone(job: Job): boolean {
    try {
      return !job.advance();
    } catch (error) {
      // In a turn of its own there is nobody above who could drop just this message.
      this.#parts.meter.count("memberlist.failures", 1);
      const details = error instanceof Error ? error.stack ?? error.message : String(error);
      this.#parts.log.error(`Internal error in long work, which was dropped: ${details}`);
      job.fail(error instanceof Error ? error : new Error(details));
      return true;
    }
  }
}

/** Does something for some of `items` after the other, pausing now and then. */
export function* forSlices<T>(
  items: readonly T[],
  action: (slice: readonly T[]) => void,
): Steps<void> {
  for (let at = 0; at < items.length; at += membersPerSlice) {
    if (at > 0) yield;
    action(items.slice(at, at + membersPerSlice));
  }
}
