/** Gathers what happens to members: of each, only the latest counts (gossip.md section 29). */

import type { Gathering } from "./coalescer.ts";
import type { MemberEventType, SerfEvent } from "../event.ts";
import type { SerfMember } from "../member.ts";

/** The latest event of each member, delivered as one event for each type. */
export class MemberGathering implements Gathering {
  #latest = new Map<string, { type: MemberEventType; member: SerfMember }>();
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
    const news = [...this.#latest.values()].filter(({ type, member }) =>
      type === "member-update" || this.#delivered.get(member.name) !== type
    );
    for (const { type, member } of news) {
      if (type === "member-reap") this.#delivered.delete(member.name);
      else this.#delivered.set(member.name, type);
    }
    this.#latest = new Map();
    const batches = Map.groupBy(news, ({ type }) => type);
    return Array.from(batches, ([type, batch]) => ({
      type,
      members: batch.map(({ member }) => member),
    }));
  }
}
