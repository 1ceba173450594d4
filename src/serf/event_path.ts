/**
 * The way of an event inside a node: first noted in the snapshot, then gathered
 * with its like, then delivered (gossip.md section 29).
 */

import type { Clock } from "../ports/clock.ts";
import { Coalescer, type Gathering } from "./coalescer.ts";
import type { SerfConfig } from "./config.ts";
import type { SerfEvent } from "./event.ts";
import { MemberGathering } from "./member_coalescer.ts";
import type { Snapshot } from "./snapshot.ts";
import { UserGathering } from "./user_coalescer.ts";

/** What an event path works with. */
export interface EventPathOptions {
  readonly clock: Clock;
  readonly settings: Pick<
    SerfConfig,
    "coalescePeriod" | "quiescentPeriod" | "userCoalescePeriod" | "userQuiescentPeriod"
  >;
  readonly snapshot: Snapshot | undefined;
  /** Hears every event in the end, inside a turn. */
  readonly deliver: (event: SerfEvent) => void;
}

/** Lets every event pass at once. */
const nothing: Gathering = { take: () => false, flush: () => [] };

/** Leads events from where they arise to where they are heard. */
export class EventPath {
  readonly #snapshot: Snapshot | undefined;
  readonly #users: Coalescer;
  readonly #members: Coalescer;
  /** Whether user events that may be merged are. */
  readonly gathersUsers: boolean;

  constructor({ clock, settings, snapshot, deliver }: EventPathOptions) {
    // Parity: either period of 0 turns gathering off.
    const gathersMembers = settings.coalescePeriod > 0 && settings.quiescentPeriod > 0;
    this.gathersUsers = settings.userCoalescePeriod > 0 && settings.userQuiescentPeriod > 0;
    this.#snapshot = snapshot;
    this.#members = new Coalescer({
      clock,
      period: settings.coalescePeriod,
      quiet: settings.quiescentPeriod,
      gathering: gathersMembers ? new MemberGathering() : nothing,
      emit: deliver,
    });
    this.#users = new Coalescer({
      clock,
      period: settings.userCoalescePeriod,
      quiet: settings.userQuiescentPeriod,
      gathering: this.gathersUsers ? new UserGathering() : nothing,
      emit: (event) => this.#members.hear(event),
    });
  }

  /** Takes an event at the start of its way. */
  enter(event: SerfEvent): void {
    this.#snapshot?.record(event);
    this.#users.hear(event);
  }

  /** Delivers what still waits. */
  flush(): void {
    this.#users.flush();
    this.#members.flush();
  }
}
