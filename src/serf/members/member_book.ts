/**
 * Every member this node knows, whatever became of it (gossip.md section 21).
 *
 * The layer below says who can be reached; intents say who meant to go. Only
 * both together tell a member that left from one that failed. This book is the
 * sole writer of a member's status, and every change of it is an event.
 */

import { assert } from "../../assert.ts";
import { emptyBytes } from "../../bytes/empty_bytes.ts";
import type { Member } from "../../memberlist/member.ts";
import type { Clock, Milliseconds } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import type { MemberEvent, MemberEventType } from "../event.ts";
import type { LamportTime } from "../lamport_clock.ts";
import type { MemberStatus, SerfMember, Tags } from "../member.ts";
import type { RecentIntents } from "./recent_intents.ts";
import { decodeTags } from "../tags.ts";

/** What the book holds about one member; only the book changes it. */
export interface MemberRecord {
  /** The member as it is now; replaced with every change. */
  readonly member: SerfMember;
  /** The Lamport time of the last intent that was believed. */
  readonly statusTime: LamportTime;
  /** When it failed or left, on the local clock; 0 while it is here. */
  readonly goneSince: Milliseconds;
}

/** A record as the book itself sees it. */
type OwnRecord = { -readonly [P in keyof MemberRecord]: MemberRecord[P] };

/** What a book works with. */
export interface MemberBookOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly recentIntents: RecentIntents;
  /** A failed member that returns sooner than this counts as flapping. */
  readonly flapTimeout: Milliseconds;
  readonly emit: (event: MemberEvent) => void;
  /** Hears that a member was erased, and how it was last. */
  readonly forget: (member: SerfMember) => void;
}

/** Members by name, and who of them failed or left. */
export class MemberBook {
  readonly #options: MemberBookOptions;
  readonly #records = new Map<string, OwnRecord>();
  /** Both in the order in which the members went. */
  readonly #failed = new Set<string>();
  readonly #left = new Set<string>();
  #version = 0;
  /** The tags decoded last: membership shares metadata, so that many members share them, too. */
  #lastTags: { readonly meta: Uint8Array; readonly tags: Tags } = {
    meta: emptyBytes,
    tags: decodeTags(emptyBytes),
  };

  constructor(options: MemberBookOptions) {
    this.#options = options;
  }

  /** Moves on with every change of who there is, who left, and of the times of intents. */
  get version(): number {
    return this.#version;
  }

  /** The number of members in any status. */
  get size(): number {
    return this.#records.size;
  }

  /** The names of members that failed, earliest first. */
  get failed(): ReadonlySet<string> {
    return this.#failed;
  }

  /** The names of members that left, earliest first. */
  get left(): ReadonlySet<string> {
    return this.#left;
  }

  /** Returns the record of `name`. */
  get(name: string): MemberRecord | undefined {
    return this.#records.get(name);
  }

  /** Every record, in the order in which the members became known. */
  records(): Iterable<MemberRecord> {
    return this.#records.values();
  }

  /** Whether a member other than `self` is alive. */
  hasAliveOther(self: string): boolean {
    for (const { member } of this.#records.values()) {
      if (member.status === "alive" && member.name !== self) return true;
    }
    return false;
  }

  /** The names of all members alive but this one. */
  aliveOthers(self: string): string[] {
    return [...this.#records.values()].filter(({ member }) =>
      member.status === "alive" && member.name !== self
    ).map(({ member }) => member.name);
  }

  /** Hears from the layer below that a member is here, perhaps again. */
  memberJoined(joined: Member): void {
    const known = this.#records.get(joined.name);
    if (known) this.#welcomeBack(known, joined);
    else this.#welcome(joined);
  }

  /**
   * Hears from the layer below that a member is gone.
   *
   * Its last intent says how, and so does its own goodbye. The reference goes by the
   * intent alone, and calls a leave a failure where that came late or was mistaken for an
   * old one.
   */
  memberLeft(gone: Member): void {
    const record = this.#records.get(gone.name);
    if (!record) return;

    switch (record.member.status) {
      case "leaving":
        this.#depart(record, "left");
        return;
      case "alive":
        this.#depart(record, gone.state === "left" ? "left" : "failed");
        return;
      default:
        this.#options.log.warn(`Bad state when leave: ${record.member.status}`);
    }
  }

  /** Hears from the layer below that a member changed its metadata. */
  memberUpdated(updated: Member): void {
    const record = this.#records.get(updated.name);
    if (!record) return;

    record.member = this.#picture(updated, record.member.status);
    this.#options.meter.count("serf.member.update", 1);
    this.#announce("member-update", `EventMemberUpdate: ${updated.name}`, record.member);
  }

  /** Notes the time of an intent that is believed. */
  believe(name: string, ltime: LamportTime): void {
    this.#expect(name).statusTime = ltime;
    this.#version++;
  }

  /** Marks a member that is here as about to go. */
  markLeaving(name: string): void {
    restate(this.#expect(name), "leaving");
  }

  /** Marks a leaving member as staying after all. */
  markStaying(name: string): void {
    restate(this.#expect(name), "alive");
  }

  /**
   * Turns a failed member into one that left.
   *
   * Parity: the time of its failure goes on counting towards its oblivion.
   */
  failedBecomesLeft(name: string): void {
    const record = this.#expect(name);
    this.#failed.delete(name);
    this.#left.add(name);
    restate(record, "left");
    const line = `EventMemberLeave (forced): ${nameAndIp(record.member)}`;
    this.#announce("member-leave", line, record.member);
  }

  /** Forgets a member for good; `line` is what to log about it. */
  erase(name: string, line: string): void {
    const { member } = this.#expect(name);
    this.#records.delete(name);
    this.#failed.delete(name);
    this.#left.delete(name);
    this.#options.forget(member);
    this.#announce("member-reap", line, member);
  }

  #welcome(joined: Member): void {
    const intent = this.#options.recentIntents.get(joined.name);
    const record = {
      member: this.#picture(joined, intent?.type === "leave" ? "leaving" : "alive"),
      statusTime: intent?.ltime ?? 0,
      goneSince: 0,
    };
    this.#records.set(joined.name, record);
    this.#announceJoin(record.member);
  }

  #welcomeBack(record: OwnRecord, joined: Member): void {
    const { clock, flapTimeout, meter } = this.#options;
    const absence = clock.now() - record.goneSince;
    if (record.member.status === "failed" && absence < flapTimeout) {
      meter.count("serf.member.flap", 1);
    }

    // The time of the last intent stays: an old leave must not count again.
    record.member = this.#picture(joined, "alive");
    record.goneSince = 0;
    this.#failed.delete(joined.name);
    this.#left.delete(joined.name);
    this.#announceJoin(record.member);
  }

  /** Returns how Serf shows a member of the layer below, which may change it later. */
  #picture({ name, ip, address, meta, versions }: Member, status: MemberStatus): SerfMember {
    if (meta !== this.#lastTags.meta) this.#lastTags = { meta, tags: decodeTags(meta) };
    return { name, ip, address, tags: this.#lastTags.tags, status, versions };
  }

  #announceJoin(member: SerfMember): void {
    this.#options.meter.count("serf.member.join", 1);
    this.#announce("member-join", `EventMemberJoin: ${nameAndIp(member)}`, member);
  }

  #depart(record: OwnRecord, status: "left" | "failed"): void {
    restate(record, status);
    record.goneSince = this.#options.clock.now();
    (status === "left" ? this.#left : this.#failed).add(record.member.name);

    this.#options.meter.count(`serf.member.${status}`, 1);
    const what = nameAndIp(record.member);
    if (status === "left") {
      this.#announce("member-leave", `EventMemberLeave: ${what}`, record.member);
    } else this.#announce("member-failed", `EventMemberFailed: ${what}`, record.member);
  }

  #announce(type: MemberEventType, line: string, member: SerfMember): void {
    this.#version++;
    this.#options.log.info(line);
    this.#options.emit({ type, members: [member] });
  }

  #expect(name: string): OwnRecord {
    const record = this.#records.get(name);
    assert(record !== undefined, `member "${name}" is in the book`);
    return record;
  }
}

function restate(record: OwnRecord, status: MemberStatus): void {
  record.member = { ...record.member, status };
}

function nameAndIp(member: SerfMember): string {
  return `${member.name} ${member.address.host}`;
}
