/**
 * What must hold at every moment of every history, whatever the network does.
 *
 * Each rule has a name, and is checked after each turn of a member on that
 * member alone, because nothing else can have changed. A rule that is broken
 * throws, so that the history ends at the first turn that went wrong.
 */

import { equalBytes } from "../bytes/equal_bytes.ts";
import type { Member, MemberState } from "../memberlist/member.ts";
import type { Milliseconds } from "../ports/clock.ts";
import type { SerfEvent } from "../serf/event.ts";
import type { MemberStatus } from "../serf/member.ts";
import type { SerfCore, SerfInspection } from "../serf/serf_core.ts";

/** The names of the rules, each as the sentence that it states. */
export const invariantNames = [
  "incarnations never fall",
  "nobody returns from dead without a higher incarnation",
  "self is always alive",
  "metadata is fixed per incarnation",
  "Lamport clocks never fall",
  "an event reaches a handler at most once",
  "every queue is bounded",
  "both layers agree on who is here",
] as const;

/** The name of a rule. */
export type InvariantName = (typeof invariantNames)[number] | "after the faults all agree";

/** A rule that a history broke. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
  readonly invariant: InvariantName;

  constructor(invariant: InvariantName, details: string) {
    super(`Broken invariant "${invariant}": ${details}`);
    this.invariant = invariant;
  }
}

/** A member, as far as the rules look at it. */
export interface WatchedMember {
  readonly name: string;
  /** How often it was started. */
  readonly lives: number;
  /** Its present life, if it runs. */
  readonly core: Pick<SerfCore, "state" | "inspect" | "member"> | undefined;
}

/** What was last seen of a member by another. */
interface Sighting {
  incarnation: number;
  state: MemberState;
  /** A copy, to notice if the original changes in place. */
  meta: Uint8Array;
}

/** What is remembered about one member, as viewer. */
interface Memory {
  /** Which of its lives this is about. */
  life: number;
  readonly sightings: Map<string, Sighting>;
  times: Pick<SerfInspection, "memberTime" | "eventTime" | "queryTime">;
  /** User events and queries that it delivered, over all lives that it remembers. */
  readonly delivered: Set<string>;
}

const whereOf: Readonly<Record<MemberState, readonly MemberStatus[]>> = {
  alive: ["alive", "leaving"],
  suspect: ["alive", "leaving"],
  dead: ["failed", "left"],
  left: ["failed", "left"],
};

/** Watches over the members of a cluster. */
export class Invariants {
  readonly #now: () => Milliseconds;
  readonly #memories = new Map<string, Memory>();
  #checks = 0;

  constructor(now: () => Milliseconds) {
    this.#now = now;
  }

  /** How many turns were checked. */
  get checks(): number {
    return this.#checks;
  }

  /** Checks a member after a turn. */
  afterTurn(member: WatchedMember): void {
    const { core } = member;
    if (!core || core.state === "shutdown") return;
    this.#checks++;
    const memory = this.#memoryOf(member);
    const inspection = core.inspect();
    this.#checkTimes(member, memory, inspection);
    this.#checkQueues(member, inspection);
    this.#checkPeers(member, memory, inspection.peers);
  }

  /** Checks an event that a member delivers. */
  onEvent(member: WatchedMember, event: SerfEvent): void {
    if (event.type !== "user" && event.type !== "query") return;
    const { delivered } = this.#memoryOf(member);
    const what = event.type === "user"
      ? `user ${event.ltime} ${event.name} ${event.payload?.toHex() ?? ""}`
      : `query ${event.ltime} ${event.id}`;
    if (delivered.has(what)) {
      this.#fail("an event reaches a handler at most once", member, what);
    }
    delivered.add(what);
  }

  /** Hears that a member lost what it had noted last, so that it may hear old events again. */
  forgetDelivered(member: WatchedMember): void {
    this.#memoryOf(member).delivered.clear();
  }

  #memoryOf(member: WatchedMember): Memory {
    let memory = this.#memories.get(member.name);
    if (!memory) {
      memory = {
        life: member.lives,
        sightings: new Map(),
        times: { memberTime: 0, eventTime: 0, queryTime: 0 },
        delivered: new Set(),
      };
      this.#memories.set(member.name, memory);
    }
    if (memory.life !== member.lives) {
      memory.life = member.lives;
      memory.sightings.clear();
      memory.times = { memberTime: 0, eventTime: 0, queryTime: 0 };
    }
    return memory;
  }

  #checkTimes(member: WatchedMember, memory: Memory, inspection: SerfInspection): void {
    const { memberTime, eventTime, queryTime } = inspection;
    const { times } = memory;
    if (
      memberTime < times.memberTime || eventTime < times.eventTime || queryTime < times.queryTime
    ) {
      const before = `${times.memberTime}/${times.eventTime}/${times.queryTime}`;
      const after = `${memberTime}/${eventTime}/${queryTime}`;
      this.#fail("Lamport clocks never fall", member, `from ${before} to ${after}`);
    }
    memory.times = { memberTime, eventTime, queryTime };
  }

  #checkQueues(member: WatchedMember, { peers, queueLimit, waiting }: SerfInspection): void {
    // A member has a claim under its name at most, and a refutation under its address.
    const claimLimit = 2 * peers.length + 1;
    if (waiting.claims > claimLimit) {
      this.#fail("every queue is bounded", member, `${waiting.claims} claims wait`);
    }
    for (const kind of ["intents", "queries", "userEvents"] as const) {
      if (waiting[kind] > queueLimit) {
        this.#fail("every queue is bounded", member, `${waiting[kind]} ${kind} wait`);
      }
    }
  }

  #checkPeers(member: WatchedMember, memory: Memory, peers: readonly Member[]): void {
    // Who was forgotten meanwhile stays in sight: its old life must not return either.
    const { sightings } = memory;
    for (const peer of peers) {
      const before = sightings.get(peer.name);
      if (before) this.#checkChange(member, before, peer);
      this.#checkLayers(member, peer);
      if (before) {
        before.incarnation = peer.incarnation;
        before.state = peer.state;
        if (!equalBytes(peer.meta, before.meta)) before.meta = peer.meta.slice();
      } else {
        const { incarnation, state, meta } = peer;
        sightings.set(peer.name, { incarnation, state, meta: meta.slice() });
      }
    }
    this.#checkSelf(member, peers);
  }

  #checkChange(viewer: WatchedMember, before: Sighting, now: Member): void {
    if (now.incarnation < before.incarnation) {
      const change = `of ${now.name} from ${before.incarnation} to ${now.incarnation}`;
      this.#fail("incarnations never fall", viewer, change);
    }
    if (now.incarnation > before.incarnation) return;
    if (isGone(before.state) && !isGone(now.state)) {
      const rule = "nobody returns from dead without a higher incarnation";
      this.#fail(rule, viewer, `${now.name} is ${now.state} at ${now.incarnation}`);
    }
    if (!equalBytes(now.meta, before.meta)) {
      const change = `of ${now.name} at ${now.incarnation}: ` +
        `${before.meta.toHex()} became ${now.meta.toHex()}`;
      this.#fail("metadata is fixed per incarnation", viewer, change);
    }
  }

  #checkLayers(viewer: WatchedMember, peer: Member): void {
    const status = viewer.core!.member(peer.name)?.status;
    // The upper layer may have forgotten who is gone, but never knows somebody else.
    if (status === undefined && isGone(peer.state)) return;
    if (status !== undefined && whereOf[peer.state].includes(status)) return;
    const views = `${peer.name} is ${peer.state} below and ${status ?? "unknown"} above`;
    this.#fail("both layers agree on who is here", viewer, views);
  }

  #checkSelf(member: WatchedMember, peers: readonly Member[]): void {
    if (member.core!.state !== "alive") return;
    const self = peers.find(({ name }) => name === member.name);
    const status = member.core!.member(member.name)?.status;
    if (self?.state === "alive" && status === "alive") return;
    const rule = "self is always alive";
    this.#fail(rule, member, `it is ${self?.state ?? "unknown"} below and ${status ?? "unknown"}`);
  }

  #fail(invariant: InvariantName, member: WatchedMember, details: string): never {
    const at = (this.#now() / 1000).toFixed(3);
    throw new InvariantError(invariant, `${member.name} at ${at} s: ${details}`);
  }
}

function isGone(state: MemberState): boolean {
  return state === "dead" || state === "left";
}
