/**
 * Does long work in slices, each in a turn of its own.
 *
 * The state of a large cluster takes a tenth of a second to read and merge. Done at once, no packet
 * would be answered meanwhile, and probes would fail. One job is done after the other, so that only
 * one that has begun is in memory. Jobs for other hosts take turns by host, and all of these
 * together take turns with this node's own.
 */

import { itemsPerSlice, type Steps } from "../bytes/steps.ts";
import type { Ports } from "../ports/ports.ts";
import { failure, type Result } from "../ports/result.ts";

/** Bytes of requests that may wait or be under way, of all hosts; one alone may exceed it. */
export const maxRequestBytes = 64 * 1024 * 1024;
/** What a request counts beside its own bytes: what is kept once it was opened. */
export const requestOverhead = 256 * 1024;

type SlicedWorkParts = Pick<Ports, "clock" | "log" | "meter">;

export interface Client {
  readonly host: string;
  /** Whether it waits for its turn before it begins. */
  readonly isLong: boolean;
}

interface Job {
  readonly host: string;
  readonly lane: Lane;
  readonly steps: Steps<Result<unknown>>;
  readonly done: (result: Result<never>) => void;
}

const stopped = new Error("node is shut down");

export class SlicedWork {
  readonly #parts: SlicedWorkParts;
  readonly #own = new Lane(false);
  /** Jobs that keep little in memory. */
  readonly #light = new Lane(true);
  readonly #long = new Lane(false);
  /** In the order of their turns. */
  #lanes = [this.#own, this.#light, this.#long];
  #isBooked = false;
  #isStopped = false;

  constructor(parts: SlicedWorkParts) {
    this.#parts = parts;
  }

  /** How many pieces of work have not ended. */
  get length(): number {
    return this.#own.length + this.#light.length + this.#long.length;
  }

  /**
   * Does the first slice at once and the others in later turns, after all work before.
   *
   * For a client, work whose first pause is "shared" goes on beside that of other hosts; other
   * work waits in line, before it begins if it is long.
   *
   * @param done runs once, at once if one slice is enough.
   * @returns what drops the work, so that `done` does not run.
   */
  run<T>(
    steps: Steps<Result<T>>,
    done: (result: Result<T>) => void,
    client?: Client,
  ): () => void {
    const nothing = () => {};
    if (this.#isStopped) {
      done(failure(stopped));
      return nothing;
    }
    let lane = client ? this.#long : this.#own;
    if (!client?.isLong) {
      const step = steps.next();
      if (step.done) {
        done(step.value);
        return nothing;
      }
      if (client && step.value === "shared") lane = this.#light;
    }
    const job: Job = { host: client?.host ?? "", lane, steps, done };
    lane.push(job);
    this.#book();
    return () => {
      if (lane.remove(job)) steps.return(failure(stopped));
    };
  }

  /** Ends everything; all that is under way fails. */
  stop(): void {
    this.#isStopped = true;
    for (const lane of this.#lanes) {
      for (const job of lane.clear()) job.done(failure(stopped));
    }
  }

  #book(): void {
    if (this.#isBooked || this.length === 0) return;
    this.#isBooked = true;
    this.#parts.clock.after(0, () => {
      this.#isBooked = false;
      const job = this.#next();
      if (job) this.#advance(job);
      this.#book();
    });
  }

  #next(): Job | undefined {
    for (const lane of this.#lanes) {
      const job = lane.take();
      if (!job) continue;
      this.#lanes = [...this.#lanes.filter((other) => other !== lane), lane];
      return job;
    }
    return undefined;
  }

  #advance(job: Job): void {
    try {
      const step = job.steps.next();
      if (!step.done) return;
      job.lane.remove(job);
      job.done(step.value as Result<never>);
    } catch (error) {
      // In a turn of its own no caller could drop just this message.
      job.lane.remove(job);
      this.#parts.meter.count("memberlist.failures", 1);
      const details = error instanceof Error ? error.stack ?? error.message : String(error);
      this.#parts.log.error(`Internal error in long work, which was dropped: ${details}`);
      job.done(failure(error instanceof Error ? error : new Error(details)));
    }
  }
}

/** Jobs by host, of which each host in turn gets one done, or one slice of one. */
class Lane {
  readonly #bySlice: boolean;
  readonly #jobs = new Map<string, Job[]>();
  #current: Job | undefined;
  length = 0;

  constructor(bySlice: boolean) {
    this.#bySlice = bySlice;
  }

  push(job: Job): void {
    const jobs = this.#jobs.get(job.host);
    if (jobs) jobs.push(job);
    else this.#jobs.set(job.host, [job]);
    this.length++;
  }

  /** Returns what is to go on. */
  take(): Job | undefined {
    if (this.#current) return this.#current;
    for (const [host, jobs] of this.#jobs) {
      const job = jobs.shift()!;
      // Behind the other hosts; there, behind what else it wants if it goes on slice by slice.
      this.#jobs.delete(host);
      if (this.#bySlice) jobs.push(job);
      else this.#current = job;
      if (jobs.length > 0) this.#jobs.set(host, jobs);
      return job;
    }
    return undefined;
  }

  /** Removes a job; false if it was not there. */
  remove(job: Job): boolean {
    if (this.#current === job) this.#current = undefined;
    else {
      const jobs = this.#jobs.get(job.host);
      const at = jobs?.indexOf(job) ?? -1;
      if (!jobs || at < 0) return false;
      jobs.splice(at, 1);
      if (jobs.length === 0) this.#jobs.delete(job.host);
    }
    this.length--;
    return true;
  }

  clear(): Job[] {
    const jobs = [...this.#current ? [this.#current] : [], ...[...this.#jobs.values()].flat()];
    this.#jobs.clear();
    this.#current = undefined;
    this.length = 0;
    return jobs;
  }
}

/** Runs `action` for one slice of `items` after the other, and pauses in between. */
export function* forSlices<T>(
  items: readonly T[],
  action: (slice: readonly T[]) => void,
): Steps<void> {
  for (let at = 0; at < items.length; at += itemsPerSlice) {
    if (at > 0) yield;
    action(items.slice(at, at + itemsPerSlice));
  }
}
