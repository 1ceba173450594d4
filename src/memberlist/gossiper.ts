/**
 * Rounds that tell a few members the news (gossip.md section 14): at once when
 * there is something new, and again until it was told often enough.
 *
 * A peer hears what is told least by then, so the peers of one round may get
 * different news. Each message goes first to the peers that lack it most likely.
 */

import type { Clock, Milliseconds, Timer } from "../ports/clock.ts";
import type { Meter } from "../ports/meter.ts";
import type { MemberlistConfig } from "./config.ts";
import { firstHearers } from "./flood_graph.ts";
import { GossipPace } from "./gossip_pace.ts";
import type { Member } from "./member.ts";
import type { News } from "./news.ts";
import type { PacketSender } from "./packet_sender.ts";
import type { Roster } from "./roster.ts";

/** While news piles up, one round tells up to so many packets of it for the first time… */
export const maxFirstPackets = 2;
/** …and so many times the usual number of peers of what was told before. */
export const maxRepairs = 2;

/** What a gossiper works with. */
export interface GossiperParts {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly config: MemberlistConfig;
  readonly roster: Roster;
  readonly sender: PacketSender;
}

/** Sends what waits in the queues to a few members, again and again. */
export class Gossiper {
  readonly #parts: GossiperParts;
  readonly #pace: GossipPace;
  #latest: News | undefined;
  #timer: Timer | undefined;
  #due: Milliseconds = Infinity;
  #isRunning = false;

  constructor(parts: GossiperParts) {
    this.#parts = parts;
    this.#pace = new GossipPace(parts.config);
  }

  start(): void {
    this.#isRunning = true;
    this.#book();
  }

  stop(): void {
    this.#isRunning = false;
    this.#timer?.cancel();
    this.#due = Infinity;
  }

  /** Hears that something was added to `news`. */
  notice(news: News): void {
    this.#latest = news;
    if (this.#isRunning) this.#book();
  }

  /**
   * Starts the next round now if it is due.
   *
   * To be called at the end of a turn that may have brought news: others wait for
   * it, while all else that it causes here can wait.
   */
  flush(): void {
    if (this.#due <= this.#parts.clock.now()) this.#takeRound();
  }

  /** Sees to it that the next round starts when it is due. */
  #book(): void {
    const earliest = this.#pace.nextRound(this.#parts.sender.waiting());
    if (earliest === Infinity) return;
    const due = this.#pace.tickFrom(Math.max(earliest, this.#parts.clock.now()));
    if (due >= this.#due) return;
    this.#timer?.cancel();
    this.#due = due;
    this.#timer = this.#parts.clock.after(due - this.#parts.clock.now(), () => this.#takeRound());
  }

  #takeRound(): void {
    this.#timer?.cancel();
    this.#due = Infinity;
    // Alone, news waits for somebody to come, and that is news in itself.
    if (this.#round()) this.#book();
  }

  /** Tells a few members; false if there are none. */
  #round(): boolean {
    const { clock, meter, sender } = this.#parts;
    const startedAt = clock.now();
    const wasFull = this.#isFull();
    const usesGraph = !this.#parts.config.gossipTuning?.ticksOnly;
    const first = usesGraph && sender.waiting().untold > 0 ? this.#tellFirst() : 0;
    // What was told before rides along, unless it fills packets of its own.
    const again = first === 0 ? this.#tellAgain(0) : this.#isFull() ? this.#tellAgain(1) : 0;
    if (first + again === 0) return false;

    this.#pace.noteRound(startedAt, wasFull ? 0 : first + again);
    meter.sample("memberlist.gossip", clock.now() - startedAt);
    return true;
  }

  #isFull(): boolean {
    return this.#pace.isFull(this.#parts.sender.waiting().bytes);
  }

  /** Tells what is new, all of it to the same peers; returns how many packets that took. */
  #tellFirst(): number {
    const { sender } = this.#parts;
    const peers = this.#firstHearers();
    let packets = 0;
    for (let i = 0; i < maxFirstPackets && sender.waiting().untold > 0; i++) {
      if (peers.length === 0 || sender.sendNews(peers) === 0) break;
      packets += peers.length;
    }
    return packets;
  }

  /**
   * Tells what is told least, to each peer what is so by then.
   *
   * @param toldAtLeast leaves out what still waits for its own first round.
   * @returns how many packets that took.
   */
  #tellAgain(toldAtLeast: number): number {
    const { config: { gossipNodes }, sender } = this.#parts;
    const enough = gossipNodes * sender.waiting().bytes;
    let packets = 0;
    let told = 0;
    for (const peer of this.#pickPeers(this.#isFull() ? maxRepairs * gossipNodes : gossipNodes)) {
      const bytes = sender.sendNews([peer], toldAtLeast);
      told += bytes;
      if (bytes === 0) break;
      packets++;
      if (told > enough) break;
    }
    return packets;
  }

  /** The peers that the graph says, but for one that the only new message came from. */
  #firstHearers(): Member[] {
    const { config: { gossipNodes, name }, roster, sender } = this.#parts;
    const { live } = roster;
    const peers = firstHearers(roster.placeOf(name), live.length, gossipNodes)
      .map((place) => live[place]!);
    const newest = this.#latest?.newest;
    if (sender.waiting().untold > 1 || newest?.transmits !== 0) return peers;
    return peers.filter((peer) => !newest.isKnownTo(peer.address));
  }

  /** Picks peers at random, rather those who lack the latest news. */
  #pickPeers(count: number): Member[] {
    const { config: { name }, roster } = this.#parts;
    const newest = this.#latest?.newest;
    const others = (member: Member) => member.name !== name && this.#isWorthTelling(member);
    const peers = newest
      ? roster.pick(count, (member) => others(member) && !newest.isKnownTo(member.address))
      : [];
    if (peers.length === count) return peers;
    const rest = (member: Member) => others(member) && !peers.includes(member);
    return [...peers, ...roster.pick(count - peers.length, rest)];
  }

  /** The dead are told for a while, so that they hear of it and can refute. */
  #isWorthTelling(member: Member): boolean {
    if (member.state === "left") return false;
    if (member.state !== "dead") return true;
    const { clock, config } = this.#parts;
    return clock.now() - member.stateChangedAt <= config.gossipToTheDeadTime;
  }
}
