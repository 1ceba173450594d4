/**
 * What this node knows about each member at first hand: when it heard it last, over what and from
 * which address, and for members that had trouble the story of it.
 *
 * The story holds accusations, and probes that did not simply work: ordinary probes would soon
 * fill it. All is bounded, because strangers can make trouble, too.
 */

import { type Address, sameAddress } from "../ports/address.ts";
import type { Milliseconds } from "../ports/clock.ts";
import type { Fact, MembershipFact, Observer } from "../ports/observer.ts";

/** The facts that a story keeps, the latest. */
export const maxStory = 64;
/** The members with a story; the one that was quiet for longest loses it. */
export const maxStories = 1024;
/** The members that are remembered at all. */
export const maxEvidence = 16_384;

/** What is known about one member. Times are those of the local clock. */
export interface MemberEvidence {
  /** Its name. */
  readonly member: string;
  /** Where it says that it is. */
  readonly address: Address;
  /** Where its last packet with its name came from; another than it says behind a NAT. */
  readonly seenFrom: Address | undefined;
  /** When a packet came from it last. */
  readonly packetAt: Milliseconds | undefined;
  /** When a stream with it worked last. Unknown where several members share a host. */
  readonly streamAt: Milliseconds | undefined;
  /** When it answered a probe last, by whatever path. */
  readonly answeredAt: Milliseconds | undefined;
  /** How long that answer took. */
  readonly took: Milliseconds | undefined;
  /** What happened to it, oldest first; empty if it never had trouble. */
  readonly story: readonly MembershipFact[];
}

/** There is one for each member: `NaN` takes less than a number that may be missing. */
interface Line {
  readonly member: string;
  address: Address;
  seenFrom: Address | undefined;
  packetAt: Milliseconds;
  streamAt: Milliseconds;
  answeredAt: Milliseconds;
  took: Milliseconds;
  /** Whether its last probe did not simply work, or somebody accuses it. */
  isTroubled: boolean;
  /** Another member of the same host. */
  next: Line | undefined;
}

/**
 * Keeps evidence about members: an observer to start a node with.
 *
 * @example Who heard whom
 * ```ts
 * import { EvidenceBook, Serf } from "@serf/serf";
 *
 * const observer = new EvidenceBook();
 * const bind = { host: "127.0.0.1", port: 0 };
 * await using web = await Serf.start({ name: "web", bind, observer });
 * await using db = await Serf.start({ name: "db", bind });
 * await db.join([web.address]);
 * console.log(observer.about("db")?.story.length); // 0: it had no trouble
 * ```
 */
export class EvidenceBook implements Observer {
  readonly #lines = new Map<string, Line>();
  readonly #byHost = new Map<string, Line>();
  /** The one that was touched last is the last. */
  readonly #stories = new Map<string, MembershipFact[]>();
  readonly #own: MembershipFact[] = [];

  /** How many members there is evidence about. */
  get size(): number {
    return this.#lines.size;
  }

  /** What happened to this node itself, oldest first: its health, and doubts that it refuted. */
  get own(): readonly MembershipFact[] {
    return this.#own;
  }

  /**
   * Returns what is known about a member.
   *
   * @param member its name.
   * @returns a copy; `undefined` if this node never took it for alive, or forgot it.
   */
  about(member: string): MemberEvidence | undefined {
    const line = this.#lines.get(member);
    if (!line) return undefined;
    const { address, answeredAt, packetAt, seenFrom, streamAt, took } = line;
    return {
      member,
      address,
      seenFrom,
      packetAt: known(packetAt),
      streamAt: known(streamAt),
      answeredAt: known(answeredAt),
      took: known(took),
      story: this.#stories.get(member)?.slice() ?? [],
    };
  }

  /**
   * Takes note of a fact.
   *
   * @param fact what the node saw.
   */
  note(fact: Fact): void {
    switch (fact.type) {
      case "member-alive":
        return this.#noteAlive(fact.member, fact.address, fact);
      case "status-changed":
        if (fact.status === "reaped" || fact.status === "pruned") this.#forget(fact.member);
        return;
      case "probe-answered":
        return this.#noteAnswer(fact);
      case "exchange-done":
        return this.#noteExchange(fact.at, fact.address, fact.error);
      case "health-changed":
      case "stalled":
      case "refuting":
      case "refuting-alive":
        return keep(this.#own, fact);
      case "probe-relayed":
      case "probe-failed":
      case "probe-void":
      case "suspected":
      case "declared-failed":
      case "name-contested":
        this.#tell(fact.member, fact);
        return this.#noteTrouble(fact.member);
      case "probe-nack":
      case "probe-refused":
      case "suspicion-confirmed":
      case "suspicion-refuted":
      case "suspicion-expired":
      case "member-gone":
      case "incarnation-refused":
        return this.#tell(fact.member, fact);
    }
  }

  /**
   * Takes note that something came from an address.
   *
   * @param at when, on the local clock.
   * @param from the sender's address.
   * @param over what it came over.
   * @param member the name that the sender gives itself, if it does.
   */
  heard(at: Milliseconds, from: Address, over: "packet" | "stream", member?: string): void {
    if (member !== undefined) {
      const line = this.#lines.get(member);
      if (!line) return;
      line.packetAt = at;
      if (!line.seenFrom || !sameAddress(line.seenFrom, from)) line.seenFrom = from;
      return;
    }
    let line = this.#byHost.get(from.host);
    // Streams come from any port, so they tell only the host.
    if (over === "stream") {
      if (line && !line.next) line.streamAt = at;
      return;
    }
    while (line && line.address.port !== from.port) line = line.next;
    if (line) line.packetAt = at;
  }

  #noteAlive(member: string, address: Address, fact: MembershipFact): void {
    const line = this.#lines.get(member);
    if (line && !sameAddress(line.address, address)) {
      this.#unlink(line);
      line.address = address;
      this.#link(line);
    }
    if (line) return this.#tell(member, fact);
    // A cluster larger than this has lost those that it heard of first.
    if (this.#lines.size >= maxEvidence) this.#forget(this.#lines.keys().next().value!);
    const added: Line = {
      member,
      address,
      seenFrom: undefined,
      packetAt: NaN,
      streamAt: NaN,
      answeredAt: NaN,
      took: NaN,
      isTroubled: false,
      next: undefined,
    };
    this.#lines.set(member, added);
    this.#link(added);
  }

  #noteAnswer(fact: Extract<MembershipFact, { readonly type: "probe-answered" }>): void {
    const { at, from, member, path, took } = fact;
    const line = this.#lines.get(member);
    if (!line) return;
    line.answeredAt = at;
    line.took = took;
    if (path === "stream") line.streamAt = at;
    if (path === "direct" && from) line.packetAt = at;
    // The first answer after trouble ends the story so far; those of quiet times are none.
    if (path === "direct" && !line.isTroubled) return;
    line.isTroubled = path !== "direct";
    this.#tell(member, fact);
  }

  #noteExchange(at: Milliseconds, address: Address, error: string | undefined): void {
    if (error !== undefined) return;
    let line = this.#byHost.get(address.host);
    while (line && line.address.port !== address.port) line = line.next;
    if (line) line.streamAt = at;
  }

  /** Adds to the story of a member, if there is evidence about it at all. */
  #tell(member: string, fact: MembershipFact): void {
    if (!this.#lines.has(member)) return;
    const story = this.#stories.get(member) ?? [];
    keep(story, fact);
    this.#stories.delete(member);
    this.#stories.set(member, story);
    if (this.#stories.size > maxStories) this.#stories.delete(this.#stories.keys().next().value!);
  }

  #noteTrouble(member: string): void {
    const line = this.#lines.get(member);
    if (line) line.isTroubled = true;
  }

  #forget(member: string): void {
    const line = this.#lines.get(member);
    if (!line) return;
    this.#unlink(line);
    this.#lines.delete(member);
    this.#stories.delete(member);
  }

  #link(line: Line): void {
    line.next = this.#byHost.get(line.address.host);
    this.#byHost.set(line.address.host, line);
  }

  #unlink(line: Line): void {
    const { host } = line.address;
    const first = this.#byHost.get(host);
    if (first === line) {
      if (line.next) this.#byHost.set(host, line.next);
      else this.#byHost.delete(host);
      return;
    }
    let before = first;
    while (before && before.next !== line) before = before.next;
    if (before) before.next = line.next;
  }
}

function keep(story: MembershipFact[], fact: MembershipFact): void {
  story.push(fact);
  if (story.length > maxStory) story.shift();
}

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
