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
import type { News, Telling } from "./news.ts";
import type { PacketSender } from "./packet_sender.ts";
import type { Roster } from "./roster.ts";

/** Most packets that one peer gets in one round while news piles up. */
export const maxPacketsPerPeer = 3;

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
    const due = this.#pace.nextRound(this.#parts.sender.waiting());
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
    const peers = this.#choosePeers();
    if (peers.length === 0) return false;
    const { clock, meter, sender } = this.#parts;
    const startedAt = clock.now();
    const { bytes } = sender.waiting();
    const isFull = this.#pace.isFull(bytes);
    const packets = this.#tell(peers, bytes);
    this.#pace.noteRound(startedAt, isFull ? 0 : packets);
    meter.sample("memberlist.gossip", clock.now() - startedAt);
    return true;
  }

  /** Tells the peers; those who are there get more packets as long as they would bring more. */
  #tell(peers: readonly Member[], waiting: number): number {
    const { sender } = this.#parts;
    let packets = 0;
    let told = 0;
    for (let pass = 0; pass < maxPacketsPerPeer; pass++) {
      for (const peer of peers) {
        if (pass > 0 && told >= waiting) return packets;
        const bytes = sender.sendNews(peer);
        if (bytes === 0) return packets;
        told += bytes;
        packets++;
      }
    }
    return packets;
  }

  /** Chooses those who lack the latest news: by the graph if it is fresh, then by chance. */
  #choosePeers(): Member[] {
    const { config: { gossipNodes, name }, roster } = this.#parts;
    const newest = this.#latest?.newest;
    const peers = newest?.transmits === 0 ? this.#firstHearers(newest) : [];
    const fill = (lacksNews: (member: Member) => boolean) => {
      if (peers.length >= gossipNodes) return;
      peers.push(
        ...roster.pick(
          gossipNodes - peers.length,
          (member) =>
            member.name !== name && !peers.includes(member) && this.#isWorthTelling(member) &&
            lacksNews(member),
        ),
      );
    };
    if (newest) fill((member) => !newest.isKnownTo(member.address));
    fill(() => true);
    return peers;
  }

  #firstHearers(newest: Telling): Member[] {
    const { config: { gossipNodes, name }, roster } = this.#parts;
    const { live } = roster;
    return firstHearers(roster.placeOf(name), live.length, newest.message, gossipNodes)
      .map((place) => live[place]!)
      .filter((member) => !newest.isKnownTo(member.address));
  }

  /** The dead are told for a while, so that they hear of it and can refute. */
  #isWorthTelling(member: Member): boolean {
    if (member.state === "left") return false;
    if (member.state !== "dead") return true;
    const { clock, config } = this.#parts;
    return clock.now() - member.stateChangedAt <= config.gossipToTheDeadTime;
  }
}
