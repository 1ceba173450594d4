/** Gathers user events that may be merged: of each name, only the newest (gossip.md section 29). */

import type { Gathering } from "./coalescer.ts";
import type { SerfEvent, UserEvent } from "../event.ts";

/** At most this many names, and events of one time, are gathered; more pass at once. */
export const maxGathered = 4096;

/** The newest events of each name; several if they were fired at the same logical time. */
export class UserGathering implements Gathering {
  #newest = new Map<string, UserEvent[]>();

  take(event: SerfEvent): boolean {
    if (event.type !== "user" || !event.coalesce) return false;
    const events = this.#newest.get(event.name);
    const ltime = events?.[0]?.ltime ?? -1;
    if (events && event.ltime === ltime) {
      if (events.length >= maxGathered) return false;
      events.push(event);
    } else if (event.ltime > ltime) {
      if (!events && this.#newest.size >= maxGathered) return false;
      this.#newest.set(event.name, [event]);
    }
    return true;
  }

  flush(): readonly SerfEvent[] {
    const events = [...this.#newest.values()].flat();
    this.#newest = new Map();
    return events;
  }
}
