/**
 * The parts of a Serf node below its queries, wired as in a core but without a
 * membership layer, so that a test can say what that layer reports.
 */

import type { Member } from "../../src/memberlist/member.ts";
import { addressFromBytes } from "../../src/ports/address.ts";
import type { SerfEvent } from "../../src/serf/event.ts";
import { Intents } from "../../src/serf/members/intents.ts";
import { LamportClock } from "../../src/serf/lamport_clock.ts";
import { MemberBook } from "../../src/serf/members/member_book.ts";
import { Pruner } from "../../src/serf/members/pruner.ts";
import { RecentIntents } from "../../src/serf/members/recent_intents.ts";
import { encodeTags } from "../../src/serf/tags.ts";
import { SimClock } from "../../src/sim/sim_clock.ts";
import { RecordingLog, RecordingMeter } from "./recorders.ts";

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

/** A member book with intents around it; the own name is `self`. */
export class BookUnderTest {
  readonly clock = new SimClock(1000);
  readonly log = new RecordingLog();
  readonly meter = new RecordingMeter();
  readonly memberClock = new LamportClock();
  readonly recentIntents = new RecentIntents();
  readonly events: SerfEvent[] = [];
  readonly forgotten: string[] = [];
  readonly departed: string[] = [];
  readonly broadcasts: Uint8Array[] = [];
  readonly book: MemberBook;
  readonly pruner: Pruner;
  readonly intents: Intents;
  staying = true;

  constructor(self = "self") {
    const { clock, log, meter, memberClock, recentIntents } = this;
    memberClock.increment();
    this.book = new MemberBook({
      clock,
      log,
      meter,
      recentIntents,
      flapTimeout: 60_000,
      emit: (event) => this.events.push(event),
      forget: ({ name }) => this.forgotten.push(name),
    });
    this.pruner = new Pruner({
      clock,
      book: this.book,
      patience: 6000,
      dropLost: (name) => this.forgotten.push(name),
    });
    this.intents = new Intents({
      departed: (name) => this.departed.push(name),
      clock,
      log,
      memberClock,
      book: this.book,
      recentIntents,
      pruner: this.pruner,
      self,
      isStaying: () => this.staying,
      broadcast: (message) => this.broadcasts.push(message),
    });
    this.book.memberJoined(reportedMember(self));
    this.takeEvents();
  }

  /** The status of a member, if it is known. */
  status(name: string): string | undefined {
    return this.book.get(name)?.member.status;
  }

  /** What happened since the last call, as `type name=status`. */
  takeEvents(): string[] {
    return this.events.splice(0).map((event) => {
      if (!("members" in event)) return event.type;
      return [
        event.type,
        ...event.members.map((member) => `${member.name}=${member.status}`),
      ].join(" ");
    });
  }
}
