/**
 * Whose turn it is among event handlers (agent.md section 10.2).
 *
 * One script runs at a time, in the order of events and, for one event, in the
 * order of the configuration; scripts may rely on both. Only one that is slow
 * gives up its turn. What has to follow it waits all the same, which is the rest
 * of its event and the later events of its handler, but nothing else does.
 */

/** One handler that is to run for one event. */
export interface HandlerRun<Handler, Event> {
  readonly handler: Handler;
  readonly event: Event;
}

/** An event with those of its handlers that have not finished, in order. */
interface Occurrence<Handler, Event> {
  /** Counts up, so that the smaller number came first. */
  readonly number: number;
  readonly event: Event;
  readonly steps: Handler[];
}

/** Hands out runs. It runs nothing itself. */
export class HandlerSchedule<Handler, Event> {
  /** What each handler has to do, earliest event first; the one that runs is no longer there. */
  readonly #queues = new Map<Handler, Occurrence<Handler, Event>[]>();
  readonly #running = new Map<Handler, Occurrence<Handler, Event>>();
  #turn: Handler | undefined;
  #count = 0;

  /** Books a run of each handler, in this order. */
  add(event: Event, handlers: readonly Handler[]): void {
    const occurrence = { number: this.#count++, event, steps: [...handlers] };
    for (const handler of handlers) {
      const queue = this.#queues.get(handler);
      if (queue) queue.push(occurrence);
      else this.#queues.set(handler, [occurrence]);
    }
  }

  /** How many runs of a handler have not begun. */
  waiting(handler: Handler): number {
    return this.#queues.get(handler)?.length ?? 0;
  }

  /** How many runs of all handlers have not begun. */
  get backlog(): number {
    return this.#queues.values().reduce((sum, { length }) => sum + length, 0);
  }

  /** Returns the run that is to begin now; `undefined` while another has the turn, or all wait. */
  next(): HandlerRun<Handler, Event> | undefined {
    if (this.#turn !== undefined) return undefined;
    const ready = [...this.#queues].flatMap(([handler, [first]]) => {
      const isReady = first && !this.#running.has(handler) && first.steps[0] === handler;
      return isReady ? [{ handler, occurrence: first }] : [];
    });
    const [chosen] = ready.sort((a, b) => a.occurrence.number - b.occurrence.number);
    if (!chosen) return undefined;

    const { handler, occurrence } = chosen;
    this.#take(handler);
    this.#running.set(handler, occurrence);
    this.#turn = handler;
    return { handler, event: occurrence.event };
  }

  /** Lets others run beside the handler that is running now. */
  giveWay(handler: Handler): void {
    if (this.#turn === handler) this.#turn = undefined;
  }

  /** Says that the handler's run is over. */
  finish(handler: Handler): void {
    this.giveWay(handler);
    this.#running.get(handler)?.steps.shift();
    this.#running.delete(handler);
  }

  #take(handler: Handler): void {
    const queue = this.#queues.get(handler);
    queue?.shift();
    if (queue?.length === 0) this.#queues.delete(handler);
  }
}
