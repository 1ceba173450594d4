/**
 * Actions waiting for their time, earliest first: the heart of every `Clock`.
 *
 * A binary heap ordered by deadline and, among equals, by the order of booking, so that a history
 * can be replayed. Cancelling only marks the entry; marked ones are swept out once they outnumber
 * the live ones.
 */

import type { Milliseconds, Timer } from "./clock.ts";

interface Entry extends Timer {
  readonly deadline: Milliseconds;
  readonly order: number;
  action: (() => void) | undefined;
}

/** A queue of timers. It knows no time of its own: its owner passes it. */
export class TimerQueue {
  #heap: Entry[] = [];
  #orders = 0;
  #cancelled = 0;

  /** The number of actions that will still run. */
  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  /** When the earliest action is due; `undefined` if none waits. */
  get nextDeadline(): Milliseconds | undefined {
    this.#dropCancelledHead();
    return this.#heap[0]?.deadline;
  }

  /** Books `action` for `deadline`. */
  add(deadline: Milliseconds, action: () => void): Timer {
    const entry: Entry = {
      deadline,
      order: this.#orders++,
      action,
      cancel: () => this.#cancel(entry),
    };
    this.#heap.push(entry);
    this.#siftUp(this.#heap.length - 1);
    return entry;
  }

  /** Takes out the earliest action that is due at `now`; `undefined` if none is. */
  takeDue(now: Milliseconds): (() => void) | undefined {
    this.#dropCancelledHead();
    const head = this.#heap[0];
    if (!head || head.deadline > now) return undefined;

    this.#removeHead();
    const action = head.action;
    head.action = undefined;
    return action;
  }

  clear(): void {
    for (const entry of this.#heap) entry.action = undefined;
    this.#heap = [];
    this.#cancelled = 0;
  }

  #cancel(entry: Entry): void {
    if (!entry.action) return;
    entry.action = undefined;
    this.#cancelled++;
    if (this.#cancelled > 64 && this.#cancelled > this.#heap.length / 2) this.#sweep();
  }

  #sweep(): void {
    this.#heap = this.#heap.filter((entry) => entry.action);
    this.#cancelled = 0;
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#siftDown(i);
  }

  #dropCancelledHead(): void {
    while (this.#heap.length > 0 && !this.#heap[0]!.action) {
      this.#removeHead();
      this.#cancelled--;
    }
  }

  #removeHead(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#siftDown(0);
  }

  #siftUp(index: number): void {
    const entry = this.#heap[index]!;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isEarlier(entry, this.#heap[parent]!)) break;
      this.#heap[index] = this.#heap[parent]!;
      index = parent;
    }
    this.#heap[index] = entry;
  }

  #siftDown(index: number): void {
    const entry = this.#heap[index]!;
    while (true) {
      let child = 2 * index + 1;
      if (child >= this.#heap.length) break;
      if (child + 1 < this.#heap.length && isEarlier(this.#heap[child + 1]!, this.#heap[child]!)) {
        child++;
      }
      if (!isEarlier(this.#heap[child]!, entry)) break;
      this.#heap[index] = this.#heap[child]!;
      index = child;
    }
    this.#heap[index] = entry;
  }
}

function isEarlier(a: Entry, b: Entry): boolean {
  return a.deadline < b.deadline || (a.deadline === b.deadline && a.order < b.order);
}
