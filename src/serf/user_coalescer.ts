/**
 * Gathers user events: of each name only the latest in logical time count, all of
 * them if several are equally late (gossip.md section 29).
 */

import type { EventBatch } from "./coalescer.ts";
import type { SerfEvent, UserEvent } from "./event.ts";

/** The latest user events of each name. */
export class UserBatch implements EventBatch {
  readonly #latest = new Map<string, UserEvent[]>();

  /** Takes only events whose sender allows them to be merged. */
  add(event: SerfEvent): boolean {
    if (event.type !== "user" || !event.coalesce) return false;
    const latest = this.#latest.get(event.name);
    const time = latest?.[0]?.ltime ?? -1;
    if (latest && event.ltime === time) latest.push(event);
    else if (event.ltime > time) this.#latest.set(event.name, [event]);
    return true;
  }

  take(): SerfEvent[] {
    const events = [...this.#latest.values()].flat();
    this.#latest.clear();
    return events;
  }
}
