/**
 * All broadcasts that wait to be sent, in ordered lanes (gossip.md section 13.5).
 *
 * Claims about members come first, then the lanes of the layer above, in its order.
 * A packet is filled lane by lane. In a storm of claims the other lanes get a share of
 * it, and no more than they need.
 */

import type { Address } from "../../ports/address.ts";
import { type PacketBuilder, partOverhead } from "../../wire/compound.ts";
import type { Backlog, PendingBroadcast, Selection } from "./broadcast.ts";
import type { BroadcastQueue } from "./broadcast_queue.ts";

export class Outbox {
  readonly #claims: BroadcastQueue;
  readonly #others: readonly BroadcastQueue[];
  readonly #lanes: readonly BroadcastQueue[];
  readonly #othersShare: number;
  #latest: BroadcastQueue | undefined;
  onAdd: () => void = () => {};

  /**
   * @param others the lanes of the layer above, in the order in which they are sent.
   * @param othersShare the share of a packet that claims leave them.
   */
  constructor(claims: BroadcastQueue, others: readonly BroadcastQueue[], othersShare: number) {
    this.#claims = claims;
    this.#others = others;
    this.#lanes = [claims, ...others];
    this.#othersShare = othersShare;
    for (const lane of this.#lanes) {
      lane.onAdd = () => {
        this.#latest = lane;
        this.onAdd();
      };
    }
  }

  get hasClaims(): boolean {
    return this.#claims.length > 0;
  }

  /** The broadcast added last, if it still waits. */
  get newest(): PendingBroadcast | undefined {
    return this.#latest?.newest;
  }

  /** How much waits in all lanes together. */
  backlog(): Backlog {
    const sum = { length: 0, bytes: 0, unsent: 0, sentAlongTree: 0, awaited: 0 };
    for (const lane of this.#lanes) {
      sum.length += lane.length;
      sum.bytes += lane.bytes;
      sum.unsent += lane.unsent;
      sum.sentAlongTree += lane.sentAlongTree;
      sum.awaited += lane.awaited;
    }
    return sum;
  }

  noteSentAlongTree(): void {
    this.#latest?.noteSentAlongTree();
  }

  noteBackupRound(): void {
    for (const lane of this.#lanes) lane.noteBackupRound();
  }

  /**
   * Fills a packet.
   *
   * @param to the receivers of the packet.
   */
  fill(packet: PacketBuilder, to: readonly Address[], selection?: Selection): void {
    this.#fillFrom(this.#claims, packet, this.#reserved(packet), to, selection);
    if (packet.room <= 1) return;
    for (const lane of this.#others) this.#fillFrom(lane, packet, 0, to, selection);
  }

  /** Drops everything and finishes nothing, as when the node stops. */
  clear(): void {
    for (const lane of this.#lanes) lane.clear();
  }

  #fillFrom(
    lane: BroadcastQueue,
    packet: PacketBuilder,
    reserved: number,
    to: readonly Address[],
    selection: Selection | undefined,
  ): void {
    if (lane.length === 0) return;
    const add = (message: Uint8Array) => {
      // A packet holds at most 127 messages, however short they are.
      if (!packet.add(message, lane.typeByte)) return false;
      lane.sent?.(message.length);
      return true;
    };
    lane.take(overheadOf(lane), packet.room + partOverhead - reserved, add, to, selection);
  }

  /** How many bytes of a packet claims leave to the other lanes. */
  #reserved(packet: PacketBuilder): number {
    let needed = 0;
    for (const lane of this.#others) needed += lane.bytes + lane.length * overheadOf(lane);
    return Math.min(Math.floor(this.#othersShare * (packet.room + partOverhead)), needed);
  }
}

/** What a message of a lane costs in a packet beyond its length. */
function overheadOf(lane: BroadcastQueue): number {
  return lane.typeByte === undefined ? partOverhead : partOverhead + 1;
}
