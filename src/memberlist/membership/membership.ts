/**
 * Believes or rejects what members claim about members (gossip.md section 9).
 *
 * A claim wins by its incarnation, which only the member it is about can raise. Everything accepted
 * is passed on; everything false about ourselves is refuted with a higher incarnation. This is the
 * only writer of the roster.
 *
 * A claim of another count (`incarnation.ts`) is forged, or repeats a forged one. About a member
 * that is alive here it is not believed: the member is asked itself. A forged claim about ourselves
 * is answered in its own count, for those who believed it.
 */

import { emptyBytes } from "../../bytes/empty_bytes.ts";
import { equalBytes } from "../../bytes/equal_bytes.ts";
import { keepBytes } from "../../bytes/interned_bytes.ts";
import { type Address, addressFromBytes } from "../../ports/address.ts";
import type { Alive, Dead, Suspect } from "../../wire/claims.ts";
import type { NodeState } from "../../wire/full_state.ts";
import type { BroadcastQueue } from "../broadcasts/broadcast_queue.ts";
import type { Foundation } from "../foundation.ts";
import type { Member, MemberState } from "../member.ts";
import { cachedAddress } from "./address_cache.ts";
import type { Awareness } from "./awareness.ts";
import { ClaimBroadcasts, type ClaimSource } from "./claim_broadcasts.ts";
import { ClaimCheck } from "./claim_check.ts";
import { incarnationAfter, isOneCount, leadOf } from "./incarnation.ts";
import { exchangedBytes, isGone, type MutableMember, type Roster } from "./roster.ts";
import type { Suspicion } from "./suspicion.ts";
import { Suspicions } from "./suspicions.ts";
import { Tombstones } from "./tombstones.ts";
import {
  hasVersions,
  ownVersions,
  readVersions,
  unknownVersions,
  writeVersions,
} from "./versions.ts";

/** The layer above, told of every change. */
export interface MembershipListener {
  memberJoined(member: Member): void;
  memberLeft(member: Member): void;
  memberUpdated(member: Member): void;
  /** `rival` claims the name of `existing` from another address. */
  nameConflict(existing: Member, rival: Member): void;
}

interface MembershipParts extends Foundation {
  readonly roster: Roster;
  readonly broadcasts: BroadcastQueue;
  readonly awareness: Awareness;
  readonly listener: MembershipListener;
  /** Accuses the member at an address, which refutes that if it lives. */
  readonly challenge: (to: Address, claim: Suspect) => void;
}

export class Membership {
  readonly #parts: MembershipParts;
  readonly #check: ClaimCheck;
  readonly #broadcasts: ClaimBroadcasts;
  readonly #suspicions: Suspicions;
  readonly #tombstones = new Tombstones();
  readonly #ownVersions: Uint8Array;
  #incarnation = 0;
  #doubted: string | undefined;
  #isLeaving = false;

  constructor(parts: MembershipParts) {
    const { name } = parts.config;
    this.#parts = parts;
    this.#check = new ClaimCheck(parts);
    this.#broadcasts = new ClaimBroadcasts(parts.broadcasts);
    this.#suspicions = new Suspicions(parts, ({ name: node, incarnation }) => {
      this.dead({ node, incarnation, from: name });
    });
    this.#ownVersions = writeVersions(ownVersions(parts.config));
  }

  /** The record about this node; it exists from the first announcement on. */
  get self(): Member | undefined {
    return this.#parts.roster.get(this.#parts.config.name);
  }

  /** Whether a countdown runs for `name`. */
  isSuspected(name: string): boolean {
    return this.#suspicions.get(name) !== undefined;
  }

  /** Goes on from the incarnation of an earlier life. Only before the first announcement. */
  resume(incarnation: number): void {
    this.#incarnation = Math.max(this.#incarnation, incarnation);
  }

  /** Remembers members that the roster forgot, so that old claims do not bring them back. */
  bury(members: readonly Member[]): void {
    const { clock, config } = this.#parts;
    const now = clock.now();
    for (const { name, incarnation } of members) this.#tombstones.add(name, incarnation, now);
    this.#tombstones.forgetBefore(now - config.tombstoneTimeout);
  }

  /** Announces this node, or its new metadata; `finished` runs once that was sent often enough. */
  announce(meta: Uint8Array, finished?: () => void): void {
    const { config } = this.#parts;
    this.#incarnation = incarnationAfter(this.#incarnation);
    const claim: Alive = {
      node: config.name,
      incarnation: this.#incarnation,
      ip: config.advertise.ip,
      port: config.advertise.port,
      meta,
      versions: this.#ownVersions,
    };
    this.#judgeAlive(claim, { isBootstrap: true, finished });
  }

  /** Announces that this node leaves; `finished` runs once that was sent often enough. */
  announceLeave(finished: () => void): void {
    const { name } = this.#parts.config;
    this.#isLeaving = true;
    const incarnation = this.self?.incarnation ?? this.#incarnation;
    this.#judgeDead({ node: name, from: name, incarnation }, { finished });
  }

  /**
   * Judges a claim that a member is alive (gossip.md section 9.1).
   *
   * @param from the sender of the datagram, if it came in one, who need not get it back.
   */
  alive(claim: Alive, from?: Address): void {
    this.#judgeAlive(claim, { from });
  }

  /**
   * Judges a claim that a member may have failed (gossip.md section 9.2).
   *
   * A stale claim is dropped. One about ourselves is refuted, because only we
   * can outbid it. The first believable claim starts the countdown to death;
   * later ones from other members shorten it.
   */
  suspect(claim: Suspect, from?: Address): void {
    this.#parts.meter.count("memberlist.msg.suspect", 1);
    const member = this.#parts.roster.get(claim.node);
    if (!member || !this.#isTimely(member, claim.incarnation)) return;

    const suspicion = this.#suspicions.get(claim.node);
    if (suspicion) {
      // Passing on only fresh votes keeps them independent: an echo of our own
      // gossip must not look like a second witness.
      if (!suspicion.confirm(claim.from)) return;
      this.#broadcasts.addSuspect(claim, from);
      return this.#noteConfirmation(claim, suspicion);
    }
    if (member.state !== "alive") return this.#noteFailure(member, claim.incarnation);
    if (member === this.self) {
      return this.#refuteDoubt("suspect", claim);
    }

    this.#noteAccuser("suspected", claim);
    this.#broadcasts.addSuspect(claim, from);
    member.incarnation = claim.incarnation;
    this.#enter(member, "suspect");
    this.#suspicions.start(member, claim.from);
  }

  /** Judges a claim that a member is gone (gossip.md section 9.3). */
  dead(claim: Dead, from?: Address): void {
    this.#judgeDead(claim, { from });
  }

  /**
   * Judges all that another member knows (gossip.md section 9.5).
   *
   * What it holds for dead is only suspected here: the member may have refuted meanwhile.
   *
   * @param speaker the name of the member that was asked at its own address, if one was.
   */
  merge(states: readonly NodeState[], speaker?: string): void {
    const { name } = this.#parts.config;
    for (const state of states) {
      const { incarnation } = state;
      switch (state.state) {
        case "alive":
          this.#judgeAlive({ ...state, node: state.name }, {
            isOwnWord: state.name === speaker,
          });
          break;
        case "left":
          this.dead({ node: state.name, from: state.name, incarnation });
          break;
        default:
          this.suspect({ node: state.name, from: name, incarnation });
      }
    }
  }

  /** Returns a member that has to be asked for its own count, once for each such claim. */
  takeDoubted(): Member | undefined {
    const name = this.#doubted;
    this.#doubted = undefined;
    return name === undefined ? undefined : this.#parts.roster.get(name);
  }

  stop(): void {
    this.#suspicions.stop();
  }

  #judgeAlive(claim: Alive, source: ClaimSource & { readonly isBootstrap?: boolean }): void {
    const { config, listener, meter } = this.#parts;
    meter.count("memberlist.msg.alive", 1);
    const isSelf = claim.node === config.name;
    if (isSelf && this.#isLeaving) return;
    if (!this.#check.isAcceptable(claim)) return;

    const known = this.#parts.roster.get(claim.node);
    if (!known && !(this.#check.isAllowed(claim) && this.#check.hasRoom(claim))) return;
    if (!known && this.#isFromEarlierLife(claim)) return;
    const member = known ?? this.#addMember(claim);
    const isMoved = member.address.port !== claim.port || !equalBytes(member.ip, claim.ip);
    if (isMoved && !this.#check.isAllowed(claim)) return;
    if (isMoved && !this.#mayMove(member)) return this.#reportConflict(member, claim);

    if (isSelf && !source.isBootstrap) return this.#judgeOwnAlive(member, claim);
    if (!isSelf && !isMoved && !this.#isNewer(claim, member, source)) return;
    this.#suspicions.end(member.name);
    this.#broadcasts.addAlive(claim, claim.node, source);
    const before = member.state;
    const bytes = exchangedBytes(member);
    const isMetaChanged = !equalBytes(claim.meta ?? emptyBytes, member.meta) &&
      (isSelf || this.#check.hasBytes(claim, bytes));
    if (isMetaChanged) member.meta = this.#keepMeta(claim.meta);
    if (isMoved) {
      const { ip, address } = cachedAddress(claim.ip, claim.port);
      member.ip = ip;
      member.address = address;
    }
    if (claim.versions.length >= 6) member.versions = this.#versionsOf(claim, member);
    member.incarnation = claim.incarnation;
    this.#parts.roster.noteChange(exchangedBytes(member) - bytes);
    if (member.state !== "alive") this.#enter(member, "alive");

    const wasGone = before === "dead" || before === "left";
    this.#noteAlive(member, before, isMetaChanged && !wasGone);
    if (wasGone) listener.memberJoined(member);
    else if (isMetaChanged) listener.memberUpdated(member);
  }

  #isNewer(claim: Alive, member: Member, { isOwnWord }: ClaimSource): boolean {
    const lead = leadOf(claim.incarnation, member.incarnation);
    if (isOneCount(lead)) return lead > 0;
    if (isOwnWord || member.state !== "alive") return true;
    this.#rejectCount(member, claim.incarnation);
    this.#doubted = member.name;
    return false;
  }

  #judgeOwnAlive(self: Member, claim: Alive): void {
    const lead = leadOf(claim.incarnation, self.incarnation);
    if (lead < 0 && isOneCount(lead)) return;
    const isTrue = equalBytes(claim.meta ?? emptyBytes, self.meta) &&
      hasVersions(claim.versions, self.versions);
    // An echo of our own, or what is true in another count.
    if (isTrue && (lead === 0 || !isOneCount(lead))) return;
    const { incarnation } = claim;
    this.#parts.observer?.note({
      type: "refuting-alive",
      at: this.#parts.clock.now(),
      member: claim.node,
      address: addressFromBytes(claim.ip, claim.port),
      incarnation,
    });
    this.#refute(incarnation);
  }

  /** Whether a doubt or death is about the present life of a member, in the count known here. */
  #isTimely(member: Member, incarnation: number): boolean {
    const lead = leadOf(incarnation, member.incarnation);
    if (isOneCount(lead) && lead >= 0) return true;
    // Behind it modulo 2^32 only: to the reference that is ahead.
    const isOlder = isOneCount(lead) && incarnation < member.incarnation;
    if (isOlder) return false;
    this.#rejectCount(member, incarnation);
    if (member === this.self && !this.#isLeaving) this.#refute(incarnation);
    return false;
  }

  #rejectCount({ name, incarnation }: Member, claimed: number): void {
    const { clock, observer } = this.#parts;
    observer?.note({
      type: "incarnation-refused",
      at: clock.now(),
      member: name,
      claimed,
      known: incarnation,
    });
  }

  #judgeDead(claim: Dead, source: ClaimSource = {}): void {
    const { finished } = source;
    this.#parts.meter.count("memberlist.msg.dead", 1);
    const member = this.#parts.roster.get(claim.node);
    if (!member || !this.#isTimely(member, claim.incarnation)) return finished?.();
    this.#suspicions.end(member.name);
    if (isGone(member)) {
      this.#noteFailure(member, claim.incarnation);
      return finished?.();
    }
    if (member === this.self && !this.#isLeaving) {
      return this.#refuteDoubt("dead", claim);
    }

    if (claim.node !== claim.from) this.#noteAccuser("declared-failed", claim);
    else this.#noteGoodbye(claim);
    this.#broadcasts.addDead(claim, source);
    member.incarnation = claim.incarnation;
    this.#enter(member, claim.node === claim.from ? "left" : "dead");
    this.#parts.listener.memberLeft(member);
  }

  /**
   * Remembers evidence of failure that is newer than the member's last life.
   *
   * Parity: the reference forgets it, so that a late alive from between the two
   * resurrects the member. Nobody can rely on that.
   */
  #noteFailure(member: MutableMember, incarnation: number): void {
    if (member === this.self) return;
    member.incarnation = incarnation;
    this.#parts.roster.noteChange();
  }

  /**
   * Outbids a claim about ourselves (gossip.md section 9.4).
   *
   * One of another count is answered for those who believed it, and changes nothing here.
   */
  #refute(accused: number): void {
    const self = this.#parts.roster.get(this.#parts.config.name);
    if (!self) return;
    const lead = leadOf(accused, this.#incarnation);
    const isOwnCount = isOneCount(lead) && lead >= 0;
    const incarnation = incarnationAfter(accused);
    if (isOwnCount) {
      this.#incarnation = incarnation;
      self.incarnation = incarnation;
      this.#parts.roster.noteChange();
      this.#parts.awareness.change(1);
    }
    const claim: Alive = {
      node: self.name,
      incarnation,
      ip: self.ip,
      port: self.address.port,
      meta: self.meta,
      versions: this.#ownVersions,
    };
    // Parity: the key is the address, so that a refutation does not take the place
    // of a broadcast queued under the node's name.
    this.#broadcasts.addAlive(claim, `${isOwnCount ? "ip" : "count"}:${self.address.host}`);
  }

  #refuteDoubt(claim: "suspect" | "dead", { from: by, incarnation }: Suspect | Dead): void {
    const { clock, observer } = this.#parts;
    observer?.note({ type: "refuting", at: clock.now(), claim, by });
    this.#refute(incarnation);
  }

  /** Notes why a member's state is about to change. */
  #noteAccuser(
    type: "suspected" | "declared-failed",
    { node: member, from: by, incarnation }: Suspect | Dead,
  ): void {
    const { clock, observer } = this.#parts;
    observer?.note({ type, at: clock.now(), member, by, incarnation });
  }

  #noteGoodbye({ node: member, incarnation }: Dead): void {
    const { clock, observer } = this.#parts;
    observer?.note({ type: "member-gone", at: clock.now(), member, incarnation });
  }

  #noteConfirmation({ from: by, node: member }: Suspect, suspicion: Suspicion): void {
    const { clock, observer } = this.#parts;
    const { confirmations, remaining } = suspicion;
    const type = "suspicion-confirmed";
    observer?.note({ type, at: clock.now(), member, by, confirmations, remaining });
  }

  /** Notes that a claim of a member that it is alive was believed. */
  #noteAlive(member: Member, before: MemberState, isMetaChanged: boolean): void {
    const { clock, observer } = this.#parts;
    if (!observer) return;
    const at = clock.now();
    const { address, incarnation, name } = member;
    if (before === "suspect") {
      observer.note({ type: "suspicion-refuted", at, member: name, incarnation });
    } else if (before !== "alive") {
      observer.note({ type: "member-alive", at, member: name, address, incarnation });
    }
    if (isMetaChanged) observer.note({ type: "member-changed", at, member: name, incarnation });
  }

  #enter(member: MutableMember, state: MemberState): void {
    member.state = state;
    member.stateChangedAt = this.#parts.clock.now();
    this.#parts.roster.noteState(member);
  }

  #addMember(claim: Alive): MutableMember {
    const { ip, address } = cachedAddress(claim.ip, claim.port);
    const member: MutableMember = {
      name: claim.node,
      ip,
      address,
      meta: this.#keepMeta(claim.meta),
      versions: unknownVersions,
      incarnation: 0,
      // Dead until the claim below is believed; that makes it a join.
      state: "dead",
      stateChangedAt: -Infinity,
    };
    if (claim.versions.length >= 6) member.versions = this.#versionsOf(claim, member);
    this.#parts.roster.add(member);
    return member;
  }

  /** Returns metadata to keep. Where members are alike, all records share one copy. */
  #keepMeta(meta: Uint8Array = emptyBytes): Uint8Array {
    const own = this.self?.meta ?? emptyBytes;
    return equalBytes(meta, own) ? own : keepBytes(meta);
  }

  #versionsOf(claim: Alive, member: Member): Member["versions"] {
    const likely = member.versions === unknownVersions ? this.self?.versions : undefined;
    return readVersions(claim.versions, likely ?? member.versions);
  }

  /**
   * Whether a claim is about a life that ended.
   *
   * It may also be a new life that knows nothing of the last one and began to
   * count anew; so the member is accused, and outbids that if it lives.
   */
  #isFromEarlierLife(claim: Alive): boolean {
    const tombstone = this.#tombstones.get(claim.node);
    if (!tombstone) return false;
    const lead = leadOf(claim.incarnation, tombstone.incarnation);
    if (lead > 0 || !isOneCount(lead)) {
      this.#tombstones.delete(claim.node);
      return false;
    }
    const { challenge, clock, config } = this.#parts;
    const now = clock.now();
    if (now - tombstone.challengedAt >= config.gossipInterval) {
      tombstone.challengedAt = now;
      challenge(addressFromBytes(claim.ip, claim.port), {
        node: claim.node,
        incarnation: tombstone.incarnation,
        from: config.name,
      });
    }
    return true;
  }

  /** Whether the name of a member may be taken from another address. */
  #mayMove(member: Member): boolean {
    if (member.state === "left") return true;
    const { clock, config } = this.#parts;
    const age = clock.now() - member.stateChangedAt;
    return member.state === "dead" && config.deadNodeReclaimTime > 0 &&
      age > config.deadNodeReclaimTime;
  }

  #reportConflict(member: Member, claim: Alive): void {
    const address: Address = addressFromBytes(claim.ip, claim.port);
    const { clock, observer } = this.#parts;
    observer?.note({
      type: "name-contested",
      at: clock.now(),
      member: member.name,
      mine: member.address,
      theirs: address,
      state: member.state,
    });
    this.#parts.listener.nameConflict(member, {
      ...member,
      ip: claim.ip.slice(),
      address,
      meta: claim.meta?.slice() ?? emptyBytes,
      incarnation: claim.incarnation,
      versions: claim.versions.length >= 6
        ? readVersions(claim.versions, member.versions)
        : member.versions,
    });
  }
}
