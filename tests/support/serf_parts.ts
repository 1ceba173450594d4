/**
 * The parts of a Serf node below its queries, wired as in a core but without a
 * membership layer, so that a test can say what that layer reports.
 */

import type { Member } from "../../src/memberlist/member.ts";
import { addressFromBytes } from "../../src/ports/address.ts";
import type { Random } from "../../src/ports/random.ts";
import type { SerfSettings } from "../../src/serf/config.ts";
import type { SerfEvent } from "../../src/serf/event.ts";
import { Intents } from "../../src/serf/members/intents.ts";
import { MemberBook } from "../../src/serf/members/member_book.ts";
import { Pruner } from "../../src/serf/members/pruner.ts";
import { SerfEvents } from "../../src/serf/events/serf_events.ts";
import { MemberlistDelegate } from "../../src/serf/memberlist_delegate.ts";
import { SerfMembers } from "../../src/serf/members/serf_members.ts";
import { SerfQueries } from "../../src/serf/queries/serf_queries.ts";
import { encodeTags } from "../../src/serf/tags.ts";
import { TestNode } from "./test_node.ts";

/** A member as the membership layer would report it. */
export function reportedMember(name: string, overrides: Partial<Member> = {}): Member {
  const ip = Uint8Array.of(10, 0, 0, name.charCodeAt(0) % 256);
  return {
    name,
    ip,
    address: addressFromBytes(ip, 7946),
    meta: encodeTags({}, 5),
    versions: {
      protocolMin: 1,
      protocolMax: 5,
      protocolCurrent: 2,
      delegateMin: 2,
      delegateMax: 5,
      delegateCurrent: 5,
    },
    incarnation: 1,
    state: "alive",
    stateChangedAt: 0,
    ...overrides,
  };
}

/** A member book with intents around it; the own name is `self` by default. */
export class BookUnderTest extends TestNode {
  readonly events: SerfEvent[] = [];
  /** The members that nobody looks for any more. */
  readonly dropped: string[] = [];
  readonly erased: string[] = [];
  readonly book: MemberBook;
  readonly pruner: Pruner;
  readonly intents: Intents;

  constructor(settings: Partial<SerfSettings> = {}, random?: Random) {
    super(settings, random);
    this.book = new MemberBook(
      this,
      (event) => this.events.push(event),
      ({ name }) => this.erased.push(name),
    );
    this.pruner = new Pruner(this, this.book, { drop: (name) => this.dropped.push(name) });
    this.intents = new Intents(this, this.book, this.pruner);
    this.book.memberJoined(reportedMember(this.config.name));
    this.takeEvents();
  }

  /** The status of a member, if it is known. */
  status(name: string): string | undefined {
    return this.book.get(name)?.member.status;
  }

  /** What happened since the last call, as `type name=status`. */
  takeEvents(): string[] {
    return takeEvents(this.events);
  }
}

/** Empties a list of events and describes each, as `type name=status`. */
export function takeEvents(events: SerfEvent[]): string[] {
  return events.splice(0).map((event) => {
    if (!("members" in event)) return event.type;
    const members = event.members.map((member) => `${member.name}=${member.status}`);
    return [event.type, ...members].join(" ");
  });
}

/** A whole Serf layer that was not started, on a membership layer that only notes. */
export class WiredNode extends TestNode {
  readonly delivered: SerfEvent[] = [];
  readonly events = new SerfEvents(this, undefined, (event) => this.delivered.push(event));
  readonly members = new SerfMembers(this, this.events);
  readonly queries = new SerfQueries(this, this.members.book, this.events, {}, () => {});
  readonly delegate = new MemberlistDelegate(
    this,
    this.members,
    this.queries,
    this.events.userEvents,
  );

  constructor(settings: Partial<SerfSettings> = {}) {
    super(settings);
    this.members.book.memberJoined(reportedMember(this.config.name));
    this.delivered.length = 0;
  }
}
