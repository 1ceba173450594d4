/** Passes believed claims on to the other members. */

import { keepBytes } from "../../bytes/interned_bytes.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import type { Address } from "../../ports/address.ts";
import {
  type Alive,
  type Dead,
  type Suspect,
  writeAlive,
  writeDead,
  writeSuspect,
} from "../../wire/claims.ts";
import type { BroadcastQueue } from "../broadcasts/broadcast_queue.ts";

/** Where a claim comes from. */
export interface ClaimSource {
  /** Whether the member itself made it, when it was asked at its own address. */
  readonly isOwnWord?: boolean;
  /** The sender of the datagram that it came in. */
  readonly from?: Address | undefined;
  /** Runs once a claim of this node was sent often enough. */
  readonly finished?: (() => void) | undefined;
}

/** Puts claims into the queue; one about a member replaces the one before. */
export class ClaimBroadcasts {
  readonly #queue: BroadcastQueue;
  readonly #writer = new MsgpackWriter("raw");

  constructor(queue: BroadcastQueue) {
    this.#queue = queue;
  }

  /** @param key the name under which the claim replaces others. */
  addAlive(claim: Alive, key: string, source: ClaimSource = {}): void {
    this.#writer.reset();
    writeAlive(this.#writer, claim);
    this.#add(key, source);
  }

  addSuspect(claim: Suspect, from: Address | undefined): void {
    this.#writer.reset();
    writeSuspect(this.#writer, claim);
    this.#add(claim.node, { from });
  }

  addDead(claim: Dead, source: ClaimSource): void {
    this.#writer.reset();
    writeDead(this.#writer, claim);
    this.#add(claim.node, source);
  }

  #add(name: string, { from, finished }: ClaimSource): void {
    const message = keepBytes(this.#writer.view());
    this.#queue.add({ name, message, from, ...(finished && { finished }) });
  }
}
