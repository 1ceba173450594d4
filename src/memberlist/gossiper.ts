/**
 * Rounds that tell a few members the news (gossip.md section 14): at once when
 * there is something new, and again until it was told often enough.
 *
 * A message that comes alone goes along its tree first, which costs least, and a
 * moment later as everything else does: to the members that the graph says. After
 * that a peer hears what is told least by then, so the peers of one round may get
 * different news.
 */

import { sameAddress } from "../ports/address.ts";
import type { Clock, Milliseconds, Timer } from "../ports/clock.ts";
import type { Meter } from "../ports/meter.ts";
import type { MemberlistConfig } from "./config.ts";
import { fanout } from "./fanout_graph.ts";
import { treeNeighbours } from "./broadcast_tree.ts";
import type { PendingBroadcast } from "./broadcast.ts";
import { GossipPace } from "./gossip_pace.ts";
import { type GossipTuning, gossipTuning } from "./gossip_tuning.ts";
import type { Member } from "./member.ts";
import type { Outbox } from "./outbox.ts";
import type { PacketSender } from "./packet_sender.ts";
import type { Roster } from "./roster.ts";

/** What a gossiper works with. */
export interface GossiperParts {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly config: MemberlistConfig;
  readonly roster: Roster;
  readonly outbox: Outbox;
  readonly sender: PacketSender;
}

/** Sends what waits in the queues to a few members, again and again. */
export class Gossiper {
  readonly #parts: GossiperParts;
  readonly #pace: GossipPace;
  readonly #tuning: GossipTuning;
  /** How many places of the graph heard the newest message. */
  #walk: { of: PendingBroadcast | undefined; places: number } = { of: undefined, places: 0 };
  #timer: Timer | undefined;
  #due: Milliseconds = Infinity;
  #isRunning = false;

  constructor(parts: GossiperParts) {
    this.#parts = parts;
    this.#pace = new GossipPace(parts.config);
    this.#tuning = parts.config.gossipTuning ?? gossipTuning;
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

  /** To be called after each addition to the outbox. */
  notice(): void {
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
    const earliest = this.#pace.nextRound(this.#parts.outbox.backlog());
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
    const { clock, meter } = this.#parts;
    const startedAt = clock.now();
    const wasFull = this.#isFull();
    const usesGraph = !this.#tuning.ticksOnly;
    const alongTree = usesGraph ? this.#pushAlongTree() : undefined;
    const told = alongTree ?? (usesGraph && this.#pushFirst());
    // What was told before rides along, unless it fills packets of its own.
    const again = told === false ? this.#pushAgain(0) : this.#isFull() ? this.#pushAgain(1) : 0;
    if (told === false && again === 0) return false;

    const packets = again + (told === false ? 0 : told);
    this.#pace.noteRound(startedAt, wasFull ? 0 : packets, alongTree !== undefined);
    meter.sample("memberlist.gossip", clock.now() - startedAt);
    return true;
  }

  #isFull(): boolean {
    return this.#pace.isFull(this.#parts.outbox.backlog().bytes);
  }

  /**
   * Tells a message that comes alone along its tree; returns how many packets that took.
   *
   * Undefined means that the tree is of no use: there is more to tell, or the message did not
   * come down the tree, so that others lack it who should have it by now.
   */
  #pushAlongTree(): number | undefined {
    const { config: { gossipNodes, name }, outbox, roster: { live }, sender } = this.#parts;
    const newest = this.#parts.outbox.newest;
    const { awaited, unsent } = outbox.backlog();
    if (!newest?.isUnsent || unsent !== 1 || this.#isFull()) return undefined;
    // Who waits for news goes on when it was told often enough: too soon, along a tree.
    if (live.length < 2 || awaited > 0) return undefined;

    const place = this.#parts.roster.placeOf(name);
    const { children, parent, root } = treeNeighbours(
      place,
      live.length,
      gossipNodes,
      newest.message,
    );
    const { from } = newest;
    if (from && parent !== undefined && !sameAddress(live[parent]!.address, from)) return undefined;

    const places = from || parent === undefined || children.includes(root)
      ? children
      : [root, ...children];
    const peers = places.map((place) => live[place]!)
      .filter((peer) => peer.name !== name && !newest.isKnownTo(peer.address));
    outbox.noteSentAlongTree();
    if (peers.length > 0) sender.sendBroadcasts(peers);
    return peers.length;
  }

  /** Tells what is new to those that the graph says; returns how many packets, if there is any. */
  #pushFirst(): number | false {
    const { outbox, sender } = this.#parts;
    if (this.#countFirst() === 0) return false;
    // All begin at the same places of the graph, or it would not reach everybody.
    this.#walk = { of: this.#parts.outbox.newest, places: 0 };
    const peers = this.#fanout(this.#parts.config.gossipNodes, this.#countFirst() === 1);
    let packets = 0;
    for (let i = 0; i < this.#tuning.maxFirstPackets && this.#countFirst() > 0; i++) {
      if (peers.length === 0 || sender.sendBroadcasts(peers) === 0) break;
      packets += peers.length;
      outbox.noteBackupRound();
    }
    outbox.noteBackupRound();
    return packets > 0 && packets;
  }

  /** How many messages only their trees know of, or nobody. */
  #countFirst(): number {
    const { sentAlongTree, unsent } = this.#parts.outbox.backlog();
    return sentAlongTree + unsent;
  }

  /**
   * Tells what is told least, to each peer what is so by then.
   *
   * @param minTransmits leaves out what still waits for its own first round.
   * @returns how many packets that took.
   */
  #pushAgain(minTransmits: number): number {
    const { config: { gossipNodes }, outbox, sender } = this.#parts;
    const enough = gossipNodes * outbox.backlog().bytes;
    let packets = 0;
    let told = 0;
    for (
      const peer of this.#pickReceivers(
        this.#isFull() ? this.#tuning.maxRepairs * gossipNodes : gossipNodes,
      )
    ) {
      const bytes = sender.sendBroadcasts([peer], minTransmits);
      told += bytes;
      if (bytes === 0) break;
      packets++;
      if (told > enough) break;
    }
    return packets;
  }

  /**
   * The next peers that the graph says.
   *
   * @param sparesKnowing leaves out those who have the newest message.
   */
  #fanout(count: number, sparesKnowing: boolean): Member[] {
    const { config: { name }, roster } = this.#parts;
    const { live } = roster;
    const newest = this.#parts.outbox.newest;
    if (newest !== this.#walk.of) this.#walk = { of: newest, places: 0 };
    const peers = fanout(roster.placeOf(name), live.length, count, this.#walk.places)
      .map((place) => live[place]!);
    this.#walk.places += count;
    if (!newest || !sparesKnowing) return peers;
    return peers.filter((peer) => !newest.isKnownTo(peer.address));
  }

  /**
   * Picks peers that lack the latest news most likely.
   *
   * Claims go to members at random, the dead among them, who may refute, and so does a
   * flood, in which everything is told at another time.
   */
  #pickReceivers(count: number): Member[] {
    const { config: { name }, outbox, roster } = this.#parts;
    const newest = this.#parts.outbox.newest;
    const isOther = (member: Member) => member.name !== name && this.#isReachable(member);
    const usesGraph = newest && !outbox.hasClaims && !this.#isFull() && !this.#tuning.ticksOnly;
    const peers = usesGraph ? this.#fanout(count, true) : [];
    const pickMore = (accept: (member: Member) => boolean) => {
      const isNew = (member: Member) =>
        isOther(member) && !peers.includes(member) && accept(member);
      if (peers.length < count) peers.push(...roster.pick(count - peers.length, isNew));
    };
    if (newest) pickMore((member) => !newest.isKnownTo(member.address));
    pickMore(() => true);
    return peers;
  }

  /** The dead are told for a while, so that they hear of it and can refute. */
  #isReachable(member: Member): boolean {
    if (member.state === "left") return false;
    if (member.state !== "dead") return true;
    const { clock, config } = this.#parts;
    return clock.now() - member.stateChangedAt <= config.gossipToTheDeadTime;
  }
}
