/**
 * What happens to an event inside a node: it is recorded in the snapshot, coalesced
 * with others of its kind, and delivered (gossip.md section 29).
 */

import type { Clock } from "../../ports/clock.ts";
import { Coalescer, type Gathering } from "./coalescer.ts";
import type { SerfConfig } from "../config.ts";
import type { SerfEvent } from "../event.ts";
import { MemberGathering } from "./member_coalescer.ts";
import type { Snapshot } from "./snapshot.ts";
import { UserGathering } from "./user_coalescer.ts";

export interface EventPipelineOptions {
  readonly clock: Clock;
  readonly settings: Pick<
    SerfConfig,
    "coalescePeriod" | "quiescentPeriod" | "userCoalescePeriod" | "userQuiescentPeriod"
  >;
  readonly snapshot: Snapshot | undefined;
  /** Takes every event in the end, inside a turn. */
  readonly deliver: (event: SerfEvent) => void;
}

/** Coalesces nothing. */
const nothing: Gathering = { take: () => false, flush: () => [] };

/** Takes events from where they arise to where they are delivered. */
export class EventPipeline {
  readonly #snapshot: Snapshot | undefined;
  readonly #users: Coalescer;
  readonly #members: Coalescer;
  /** Whether user events that may be coalesced are. */
  readonly gathersUsers: boolean;

  constructor({ clock, settings, snapshot, deliver }: EventPipelineOptions) {
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

  /** Takes an event at the start. */
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
