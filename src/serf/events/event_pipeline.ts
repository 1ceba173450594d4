/**
 * What happens to an event inside a node: it is recorded in the snapshot, coalesced
 * with others of its kind, and delivered (gossip.md section 29).
 */

import type { SerfEvent } from "../event.ts";
import type { SerfNode } from "../node.ts";
import { Coalescer, type Gathering } from "./coalescer.ts";
import { MemberGathering } from "./member_coalescer.ts";
import type { Snapshot } from "./snapshot.ts";
import { UserGathering } from "./user_coalescer.ts";

/** Coalesces nothing. */
const nothing: Gathering = { take: () => false, flush: () => [] };

/** Takes events from where they arise to where they are delivered. */
export class EventPipeline {
  readonly #snapshot: Snapshot | undefined;
  readonly #users: Coalescer;
  readonly #members: Coalescer;
  /** Whether user events that may be coalesced are. */
  readonly gathersUsers: boolean;

  /** @param deliver takes every event in the end, inside a turn. */
  constructor(
    { clock, config }: SerfNode,
    snapshot: Snapshot | undefined,
    deliver: (event: SerfEvent) => void,
  ) {
    const { coalescePeriod, quiescentPeriod, userCoalescePeriod, userQuiescentPeriod } = config;
    // Parity: either period of 0 turns gathering off.
    const gathersMembers = coalescePeriod > 0 && quiescentPeriod > 0;
    this.gathersUsers = userCoalescePeriod > 0 && userQuiescentPeriod > 0;
    this.#snapshot = snapshot;
    this.#members = new Coalescer({
      clock,
      period: coalescePeriod,
      quiet: quiescentPeriod,
      gathering: gathersMembers ? new MemberGathering() : nothing,
      emit: deliver,
    });
    this.#users = new Coalescer({
      clock,
      period: userCoalescePeriod,
      quiet: userQuiescentPeriod,
      gathering: this.gathersUsers ? new UserGathering() : nothing,
      emit: (event) => this.#members.enter(event),
    });
  }

  /** Records an event that Serf deals with itself. */
  record(event: SerfEvent): void {
    this.#snapshot?.record(event);
  }

  /** Takes an event at the start. */
  enter(event: SerfEvent): void {
    this.record(event);
    this.#users.enter(event);
  }

  /** Delivers what still waits. */
  flush(): void {
    this.#users.flush();
    this.#members.flush();
  }
}
