/** Periodic rounds that tell a few members the news (gossip.md section 14). */

import type { Clock } from "../ports/clock.ts";
import type { Meter } from "../ports/meter.ts";
import type { Random } from "../ports/random.ts";
import type { MemberlistConfig } from "./config.ts";
import type { Member } from "./member.ts";
import type { PacketSender } from "./packet_sender.ts";
import type { Roster } from "./roster.ts";
import { Ticker } from "./ticker.ts";

/** Sends what waits in the queues to a few random members, again and again. */
export class Gossiper {
  readonly #clock: Clock;
  readonly #meter: Meter;
  readonly #config: MemberlistConfig;
  readonly #roster: Roster;
  readonly #sender: PacketSender;
  readonly #ticker: Ticker;

  constructor(
    ports: { readonly clock: Clock; readonly random: Random; readonly meter: Meter },
    config: MemberlistConfig,
    roster: Roster,
    sender: PacketSender,
  ) {
    this.#clock = ports.clock;
    this.#meter = ports.meter;
    this.#config = config;
    this.#roster = roster;
    this.#sender = sender;
    const { clock, random } = ports;
    this.#ticker = new Ticker(clock, random, () => config.gossipInterval, () => this.#round());
  }

  start(): void {
    this.#ticker.start();
  }

  stop(): void {
    this.#ticker.stop();
  }

  #round(): void {
    if (!this.#sender.hasNews()) return;
    const startedAt = this.#clock.now();
    const { gossipNodes, name } = this.#config;
    const peers = this.#roster.pick(
      gossipNodes,
      (member) => member.name !== name && this.#isWorthTelling(member),
    );
    for (const peer of peers) {
      // Each peer gets what is least told by now, so two may get different news.
      if (!this.#sender.sendNews(peer)) break;
    }
    this.#meter.sample("memberlist.gossip", this.#clock.now() - startedAt);
  }

  /** The dead are told for a while, so that they hear of it and can refute. */
  #isWorthTelling(member: Member): boolean {
    if (member.state === "left") return false;
    if (member.state !== "dead") return true;
    return this.#clock.now() - member.stateChangedAt <= this.#config.gossipToTheDeadTime;
  }
}
