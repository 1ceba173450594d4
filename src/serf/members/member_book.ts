/**
 * Every member this node knows, in any status (gossip.md section 21).
 *
 * The layer below says which can be reached; intents say which meant to go. Only both together
 * tell a member that left from one that failed. Every change of a status is an event.
 */

import { emptyBytes } from "../../bytes/empty_bytes.ts";
import { assert } from "../../assert.ts";
import type { Member } from "../../memberlist/member.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import type { SerfFact } from "../../ports/observer.ts";
import type { MemberEvent, MemberEventType } from "../event.ts";
import type { LamportTime } from "../lamport_clock.ts";
import type { MemberStatus, SerfMember, Tags } from "../member.ts";
import type { SerfNode } from "../node.ts";
import { decodeTags } from "../tags.ts";
import { RecentIntents } from "./recent_intents.ts";

/** What the book holds about one member; only the book changes it. */
export interface BookEntry {
  /** The member as it is now; replaced with every change. */
  readonly member: SerfMember;
  /** The Lamport time of the last intent that was believed. */
  readonly statusTime: LamportTime;
  /** When it failed or left, on the local clock; 0 while it is here. */
  readonly goneSince: Milliseconds;
}

/** An entry as the book itself sees it. */
type OwnEntry = { -readonly [P in keyof BookEntry]: BookEntry[P] };

/** How a member stands now, as an observer hears it. */
type ShownStatus = Extract<SerfFact, { readonly type: "status-changed" }>["status"];

/** Members by name, and who of them failed or left. */
export class MemberBook {
  readonly #node: SerfNode;
  readonly #emit: (event: MemberEvent) => void;
  readonly #erased: (member: SerfMember) => void;
  readonly #entries = new Map<string, OwnEntry>();
  readonly #failed = new Set<string>();
  readonly #left = new Set<string>();
  #version = 0;
  /** Decoded last: membership shares metadata, so that many members share their tags, too. */
  #lastMeta = emptyBytes;
  #lastTags: Tags = decodeTags(this.#lastMeta);
  /** The names of members that failed, earliest first. */
  readonly failed: ReadonlySet<string> = this.#failed;
  /** The names of members that left, earliest first. */
  readonly left: ReadonlySet<string> = this.#left;
  /** Intents about members that are not in the book. */
  readonly recentIntents = new RecentIntents();

  /** @param erased takes each member that is erased, as it was last. */
  constructor(
    node: SerfNode,
    emit: (event: MemberEvent) => void,
    erased: (member: SerfMember) => void,
  ) {
    this.#node = node;
    this.#emit = emit;
    this.#erased = erased;
  }

  /** Moves on with every change of who there is, who left, and of the times of intents. */
  get version(): number {
    return this.#version;
  }

  /** The number of members in any status. */
  get size(): number {
    return this.#entries.size;
  }

  /** This node as it sees itself; it is in the book from `start` on. */
  get self(): SerfMember {
    return this.#expect(this.#node.config.name).member;
  }

  get(name: string): BookEntry | undefined {
    return this.#entries.get(name);
  }

  member(name: string): SerfMember | undefined {
    return this.#entries.get(name)?.member;
  }

  /** Every entry, in the order in which the members became known. */
  entries(): Iterable<BookEntry> {
    return this.#entries.values();
  }

  /** Every member in any status, in the same order. */
  members(): SerfMember[] {
    return Array.from(this.#entries.values(), ({ member }) => member);
  }

  isAlive(name: string): boolean {
    return this.#entries.get(name)?.member.status === "alive";
  }

  /** The names of all members alive but this one. */
  aliveOthers(): string[] {
    const self = this.#node.config.name;
    return this.members().filter(({ name, status }) => status === "alive" && name !== self)
      .map(({ name }) => name);
  }

  /** Notes that a member is here, perhaps again. */
  memberJoined(joined: Member): void {
    const known = this.#entries.get(joined.name);
    if (known) this.#welcomeBack(known, joined);
    else this.#welcome(joined);
  }

  /**
   * Notes that a member is gone.
   *
   * Its last intent says how, and so does its own goodbye. The reference goes by the
   * intent alone, and calls a leave a failure where that came late or was mistaken for an
   * old one.
   */
  memberLeft(gone: Member): void {
    const entry = this.#entries.get(gone.name);
    if (!entry) return;

    const { status } = entry.member;
    if (status === "leaving") return this.#depart(entry, "left");
    if (status === "alive") return this.#depart(entry, gone.state === "left" ? "left" : "failed");
    this.#node.log.warn(`Bad state when leave: ${status}`);
  }

  /** Notes that a member changed its metadata. */
  memberUpdated(updated: Member): void {
    const entry = this.#entries.get(updated.name);
    if (!entry) return;

    entry.member = this.#picture(updated, entry.member.status);
    this.#announce("member-update", "updated", entry.member);
  }

  /** Notes the time of an intent that is believed. */
  believe(name: string, ltime: LamportTime): void {
    this.#expect(name).statusTime = ltime;
    this.#version++;
  }

  /** Marks a member that is here as about to go, or as staying after all. */
  mark(name: string, status: "leaving" | "alive"): void {
    restate(this.#expect(name), status);
  }

  /**
   * Turns a failed member into one that left.
   *
   * Parity: the time of its failure goes on counting towards its oblivion.
   */
  failedBecomesLeft(name: string): void {
    const entry = this.#expect(name);
    this.#failed.delete(name);
    this.#left.add(name);
    restate(entry, "left");
    this.#announce("member-leave", "forced-left", entry.member);
  }

  /** Forgets a member for good: after its time, or on request. */
  erase(name: string, how: "reaped" | "pruned"): void {
    const { member } = this.#expect(name);
    this.#entries.delete(name);
    this.#failed.delete(name);
    this.#left.delete(name);
    this.#erased(member);
    this.#announce("member-reap", how, member);
  }

  #welcome(joined: Member): void {
    const intent = this.recentIntents.get(joined.name);
    const entry = {
      member: this.#picture(joined, intent?.type === "leave" ? "leaving" : "alive"),
      statusTime: intent?.ltime ?? 0,
      goneSince: 0,
    };
    this.#entries.set(joined.name, entry);
    this.#announceJoin(entry.member);
  }

  #welcomeBack(entry: OwnEntry, joined: Member): void {
    const { clock, config, observer } = this.#node;
    const absence = clock.now() - entry.goneSince;
    if (entry.member.status === "failed" && absence < config.flapTimeout) {
      observer?.note({ type: "flapped", at: clock.now(), member: joined.name });
    }

    // The time of the last intent stays: an old leave must not count again.
    entry.member = this.#picture(joined, "alive");
    entry.goneSince = 0;
    this.#failed.delete(joined.name);
    this.#left.delete(joined.name);
    this.#announceJoin(entry.member);
  }

  /** Returns how Serf shows a member of the layer below, which may change it later. */
  #picture({ name, ip, address, meta, versions }: Member, status: MemberStatus): SerfMember {
    if (meta !== this.#lastMeta) {
      this.#lastMeta = meta;
      this.#lastTags = decodeTags(meta);
    }
    return { name, ip, address, tags: this.#lastTags, status, versions };
  }

  #announceJoin(member: SerfMember): void {
    this.#announce("member-join", "joined", member);
  }

  #depart(entry: OwnEntry, status: "left" | "failed"): void {
    restate(entry, status);
    entry.goneSince = this.#node.clock.now();
    (status === "left" ? this.#left : this.#failed).add(entry.member.name);
    this.#announce(status === "left" ? "member-leave" : "member-failed", status, entry.member);
  }

  #announce(type: MemberEventType, status: ShownStatus, member: SerfMember): void {
    this.#version++;
    const { clock, observer } = this.#node;
    const { name, address: { host } } = member;
    observer?.note({ type: "status-changed", at: clock.now(), member: name, status, host });
    this.#emit({ type, members: [member] });
  }

  #expect(name: string): OwnEntry {
    const entry = this.#entries.get(name);
    assert(entry !== undefined, `member "${name}" is in the book`);
    return entry;
  }
}

function restate(entry: OwnEntry, status: MemberStatus): void {
  entry.member = { ...entry.member, status };
}
