/**
 * Rounds of gossip (gossip.md section 14, `src/docs/protocol/dissemination.md`).
 *
 * A broadcast that comes alone is pushed along its tree. A backup round to the peers of the fan-out
 * graph follows, with which several broadcasts at once begin. Repair rounds send what was sent
 * least to one peer after the other, so the peers of a round may get different broadcasts.
 */

import { type Address, sameAddress } from "../../ports/address.ts";
import type { Milliseconds, Timer } from "../../ports/clock.ts";
import type { PendingBroadcast } from "../broadcasts/broadcast.ts";
import { treeNeighbours } from "./broadcast_tree.ts";
import { fanout } from "./fanout_graph.ts";
import { GossipPace } from "./gossip_pace.ts";
import type { Foundation } from "../foundation.ts";
import type { Member } from "../member.ts";
import type { Outbox } from "../broadcasts/outbox.ts";
import type { PacketSender } from "../packets/packet_sender.ts";
import type { Roster } from "../membership/roster.ts";

interface GossiperParts extends Foundation {
  readonly roster: Roster;
  readonly outbox: Outbox;
  readonly sender: PacketSender;
}

/** The first part of a round: what unsent broadcasts went along, and in how many packets. */
interface Push {
  readonly along: "tree" | "graph" | "nothing";
  readonly packets: number;
}

const noPush: Push = { along: "nothing", packets: 0 };

export class Gossiper {
  readonly #parts: GossiperParts;
  readonly #pace: GossipPace;
  /** How many places of the graph got the newest broadcast. */
  #walk: { of: PendingBroadcast | undefined; places: number } = { of: undefined, places: 0 };
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

  /** To be called after each addition to the outbox. */
  notice(): void {
    if (this.#isRunning) this.#book();
  }

  /** Starts the next round if it is due; to be called where a turn may have added broadcasts. */
  flush(): void {
    if (this.#due <= this.#parts.clock.now()) this.#takeRound();
  }

  /** Books the next round for when it is due. */
  #book(): void {
    const { clock, config: { gossipTuning }, outbox } = this.#parts;
    const next = this.#pace.nextRound(outbox.backlog());
    if (next === Infinity) return;
    const earliest = Math.max(next, clock.now());
    const due = gossipTuning.nextTick?.(earliest) ?? earliest;
    if (due >= this.#due) return;
    this.#timer?.cancel();
    this.#due = due;
    this.#timer = clock.after(due - clock.now(), () => this.#takeRound());
  }

  #takeRound(): void {
    this.#timer?.cancel();
    this.#due = Infinity;
    // Without peers, broadcasts wait until one comes, and its claim is added then.
    if (this.#round()) this.#book();
  }

  /** Sends to a few members; false if there are none. */
  #round(): boolean {
    const { clock, meter } = this.#parts;
    const startedAt = clock.now();
    const wasFull = this.#isFull();
    const push = this.#push();
    // Repairs ride along with a push, unless there are enough for packets of their own.
    const isPushed = push.along !== "nothing";
    const repairs = !isPushed ? this.#repair(0) : this.#isFull() ? this.#repair(1) : 0;
    if (!isPushed && repairs === 0) return false;

    const packets = wasFull ? 0 : push.packets + repairs;
    this.#pace.noteRound(startedAt, packets, push.along === "tree");
    meter.sample("memberlist.gossip", clock.now() - startedAt);
    return true;
  }

  #isFull(): boolean {
    return this.#pace.isFull(this.#parts.outbox.backlog().bytes);
  }

  /** The reference knows neither trees nor graphs. */
  get #isRandom(): boolean {
    return this.#parts.config.gossipTuning.nextTick !== undefined;
  }

  /** Sends unsent broadcasts, or those that went along their trees before. */
  #push(): Push {
    if (this.#isRandom) return noPush;
    return this.#pushAlongTree() ?? this.#pushAlongGraph();
  }

  /**
   * Pushes a broadcast that comes alone along its tree.
   *
   * Undefined if there is more to send, or the broadcast did not come down the tree, which has a
   * gap then.
   */
  #pushAlongTree(): Push | undefined {
    const { config: { gossipNodes, name }, outbox, roster, sender } = this.#parts;
    const { live } = roster;
    const { newest } = outbox;
    const { awaited, unsent } = outbox.backlog();
    if (!newest?.isUnsent || unsent !== 1 || this.#isFull()) return undefined;
    // A caller that waits goes on when it was sent often enough: too soon, along a tree.
    if (live.length < 2 || awaited > 0) return undefined;

    const place = roster.placeOf(name);
    const { children, parent, root } = treeNeighbours(
      place,
      live.length,
      gossipNodes,
      newest.message,
    );
    const { from } = newest;
    if (from && parent !== undefined && !sameAddress(live[parent]!.address, from)) return undefined;

    const isOrigin = from === undefined && parent !== undefined && !children.includes(root);
    const peers = (isOrigin ? [root, ...children] : children)
      .map((place) => live[place]!)
      .filter((peer) => peer.name !== name && !newest.isKnownTo(peer.address));
    outbox.noteSentAlongTree();
    if (peers.length > 0) sender.sendBroadcasts(peers, { alongTree: newest });
    return { along: "tree", packets: peers.length };
  }

  /** Sends what is unsent, or went along its tree only, to the peers of the graph. */
  #pushAlongGraph(): Push {
    const { config: { gossipNodes, gossipTuning }, outbox, sender } = this.#parts;
    const waiting = this.#countForGraph();
    if (waiting === 0) return noPush;
    // All members begin at the same places of the graph, or it would not reach everybody.
    this.#walk = { of: outbox.newest, places: 0 };
    const peers = this.#graphPeers(gossipNodes, waiting === 1);
    let packets = 0;
    for (let i = 0; i < gossipTuning.maxFirstPackets && this.#countForGraph() > 0; i++) {
      if (peers.length === 0 || sender.sendBroadcasts(peers) === 0) break;
      packets += peers.length;
      outbox.noteBackupRound();
    }
    outbox.noteBackupRound();
    return packets > 0 ? { along: "graph", packets } : noPush;
  }

  /** How many broadcasts the peers of the graph have not got yet. */
  #countForGraph(): number {
    const { sentAlongTree, unsent } = this.#parts.outbox.backlog();
    return sentAlongTree + unsent;
  }

  /**
   * Sends what was sent least, to each peer what that is by then.
   *
   * @param minTransmits leaves out what waits for its first round.
   * @returns how many packets that took.
   */
  #repair(minTransmits: number): number {
    const { config: { gossipNodes, gossipTuning }, outbox, sender } = this.#parts;
    const enough = gossipNodes * outbox.backlog().bytes;
    const count = this.#isFull() ? gossipTuning.maxRepairs * gossipNodes : gossipNodes;
    const selection = { minTransmits };
    let packets = 0;
    let sent = 0;
    for (const peer of this.#repairPeers(count)) {
      const bytes = sender.sendBroadcasts([peer], selection);
      sent += bytes;
      if (bytes === 0) break;
      packets++;
      if (sent > enough) break;
    }
    return packets;
  }

  /**
   * The next peers in the graph.
   *
   * @param sparesKnowing leaves out those that have the newest broadcast.
   */
  #graphPeers(count: number, sparesKnowing: boolean): Member[] {
    const { config: { name }, outbox: { newest }, roster } = this.#parts;
    const { live } = roster;
    if (newest !== this.#walk.of) this.#walk = { of: newest, places: 0 };
    const peers = fanout(roster.placeOf(name), live.length, count, this.#walk.places)
      .map((place) => live[place]!);
    this.#walk.places += count;
    if (!newest || !sparesKnowing) return peers;
    return peers.filter((peer) => !newest.isKnownTo(peer.address));
  }

  /**
   * The peers that most likely lack the latest broadcasts.
   *
   * Claims go to random members, among them the dead, which may refute, and so does a flood.
   */
  #repairPeers(count: number): Member[] {
    const { config: { name }, outbox, roster } = this.#parts;
    const { newest } = outbox;
    const usesGraph = newest && !outbox.hasClaims && !this.#isFull() && !this.#isRandom;
    const peers = usesGraph ? this.#graphPeers(count, true) : [];
    const pickMore = (accept: (address: Address) => boolean) => {
      const isNew = (member: Member) =>
        member.name !== name && this.#isReachable(member) && !peers.includes(member) &&
        accept(member.address);
      if (peers.length < count) peers.push(...roster.pick(count - peers.length, isNew));
    };
    if (newest) pickMore((address) => !newest.isKnownTo(address));
    pickMore(() => true);
    return peers;
  }

  /** The dead get broadcasts for a while, so that they can refute. */
  #isReachable(member: Member): boolean {
    if (member.state === "left") return false;
    if (member.state !== "dead") return true;
    const { clock, config } = this.#parts;
    return clock.now() - member.stateChangedAt <= config.gossipToTheDeadTime;
  }
}
