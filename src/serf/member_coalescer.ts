/**
 * Gathers member events: of each member only the latest counts, and members with
 * the same fate share one event (gossip.md section 29).
 *
 * Whoever is again what was last told of it is not told again; a member that
 * comes and goes within the window leaves no trace. Updates are always told,
 * because each may bring other tags.
 */

import type { EventBatch } from "./coalescer.ts";
import type { MemberEventType, SerfEvent } from "./event.ts";
import type { SerfMember } from "./member.ts";

interface Change {
  readonly type: MemberEventType;
  readonly member: SerfMember;
}

/** The latest change of each member. */
export class MemberBatch implements EventBatch {
  /** In the order in which they came. */
  readonly #changes = new Map<string, Change>();
  /** What was last told of each member that is still known. */
  readonly #told = new Map<string, MemberEventType>();

  add(event: SerfEvent): boolean {
    if (event.type === "user" || event.type === "query") return false;
    for (const member of event.members) {
      this.#changes.delete(member.name);
      this.#changes.set(member.name, { type: event.type, member });
    }
    return true;
  }

  /**
   * Returns one event for each type, in the order in which the types first came.
   *
   * The reference forgets nothing, so that it tells an update again with every
   * later batch; here a change that was told is gone.
   */
  take(): SerfEvent[] {
    const members = new Map<MemberEventType, SerfMember[]>();
    for (const { type, member } of this.#changes.values()) {
      if (!this.#isNews(member.name, type)) continue;
      const alike = members.get(type);
      if (alike) alike.push(member);
      else members.set(type, [member]);
    }
    this.#changes.clear();
    return Array.from(members, ([type, members]) => ({ type, members }));
  }

  #isNews(name: string, type: MemberEventType): boolean {
    if (type !== "member-update" && this.#told.get(name) === type) return false;
    // A reaped member may never return, and its name must not stay for ever.
    if (type === "member-reap") this.#told.delete(name);
    else this.#told.set(name, type);
    return true;
  }
}
