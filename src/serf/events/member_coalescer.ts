/** Gathers what happens to members: of each, only the latest counts (gossip.md section 29). */

import type { Gathering } from "./coalescer.ts";
import type { MemberEventType, SerfEvent } from "../event.ts";
import type { SerfMember } from "../member.ts";

interface Latest {
  readonly type: MemberEventType;
  readonly member: SerfMember;
}

/** The latest event of each member, delivered as one event for each type. */
export class MemberGathering implements Gathering {
  #latest = new Map<string, Latest>();
  /** What each member's last delivered event was; forgotten when the member is. */
  readonly #delivered = new Map<string, MemberEventType>();

  take(event: SerfEvent): boolean {
    if (event.type === "user" || event.type === "query") return false;
    for (const member of event.members) this.#latest.set(member.name, { type: event.type, member });
    return true;
  }

  /**
   * Returns one event for each type.
   *
   * A member whose last delivered event had the same type is left out, unless it
   * was updated. What was delivered is not delivered again, as the reference does
   * for updates.
   */
  flush(): readonly SerfEvent[] {
    const batches = new Map<MemberEventType, SerfMember[]>();
    for (const [name, { type, member }] of this.#latest) {
      if (type !== "member-update" && this.#delivered.get(name) === type) continue;
      if (type === "member-reap") this.#delivered.delete(name);
      else this.#delivered.set(name, type);
      const batch = batches.get(type);
      if (batch) batch.push(member);
      else batches.set(type, [member]);
    }
    this.#latest = new Map();
    return Array.from(batches, ([type, members]) => ({ type, members }));
  }
}
