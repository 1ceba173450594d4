/**
 * Join and leave intents: what members say they will do, made and judged here (gossip.md section
 * 21).
 *
 * About each member only a later intent than the last counts. An intent never revives a member:
 * whether one can be reached, only the layer below knows.
 */

import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { type JoinIntent, type LeaveIntent, writeJoin, writeLeave } from "../intent_messages.ts";
import type { LamportClock, LamportTime } from "../lamport_clock.ts";
import type { SerfNode } from "../node.ts";
import type { MemberBook } from "./member_book.ts";
import type { Pruner } from "./pruner.ts";

/** Judges the intents of others and makes the own ones. */
export class Intents {
  readonly #node: SerfNode;
  readonly #clock: LamportClock;
  readonly #book: MemberBook;
  readonly #pruner: Pruner;
  readonly #writer = new MsgpackWriter("raw");

  constructor(node: SerfNode, book: MemberBook, pruner: Pruner) {
    this.#node = node;
    this.#clock = node.clocks.member;
    this.#book = book;
    this.#pruner = pruner;
  }

  /** Judges that a member says it is here; returns whether that was news to pass on. */
  receiveJoin({ node, ltime }: JoinIntent): boolean {
    if (!this.#isPlausible(node, ltime)) return false;
    this.#clock.witness(ltime);
    const known = this.#book.get(node);
    if (!known) return this.#remember("join", node, ltime);
    if (ltime <= known.statusTime) return false;

    this.#book.believe(node, ltime);
    // The leave that this overtakes was older, so the member stays.
    if (known.member.status === "leaving") this.#book.mark(node, "alive");
    return true;
  }

  /** Judges that a member goes, or is told to; returns whether that was news to pass on. */
  receiveLeave({ node, ltime, prune }: LeaveIntent): boolean {
    if (!this.#isPlausible(node, ltime)) return false;
    this.#clock.witness(ltime);
    const known = this.#book.get(node);
    if (!known) {
      this.#pruner.prune(node);
      return this.#remember("leave", node, ltime);
    }
    if (ltime <= known.statusTime) return false;

    if (node === this.#node.config.name && this.#node.state() === "alive") {
      this.#node.log.debug("Refuting an older leave intent");
      this.announceJoin();
      return false;
    }
    this.#book.believe(node, ltime);
    if (known.member.status === "alive") this.#book.mark(node, "leaving");
    else if (known.member.status === "failed") this.#book.failedBecomesLeft(node);
    if (prune) this.#pruner.prune(node);
    return true;
  }

  /** Tells the cluster that this node is here, later than any intent so far. */
  announceJoin(): void {
    const intent: JoinIntent = { ltime: this.#clock.time, node: this.#node.config.name };
    this.#clock.witness(intent.ltime);
    this.receiveJoin(intent);

    this.#writer.reset();
    writeJoin(this.#writer, intent);
    this.#node.lanes.add("intents", { message: this.#writer.copy() });
  }

  /**
   * Makes the intent that `node` goes, believes it, and returns the message.
   *
   * The caller passes it on, because it waits until the intent has spread.
   */
  makeLeave(node: string, prune: boolean): Uint8Array {
    const intent = this.#nextLeave(node, prune);
    this.receiveLeave(intent);
    return this.#encode(intent);
  }

  /**
   * Returns an intent that `node` goes, later than all others and believed by nobody yet.
   *
   * It is for `node` alone, which obeys or refutes it.
   */
  askToLeave(node: string): Uint8Array {
    return this.#encode(this.#nextLeave(node, false));
  }

  #nextLeave(node: string, prune: boolean): LeaveIntent {
    const ltime = this.#clock.time;
    this.#clock.increment();
    return { ltime, node, prune };
  }

  #encode(intent: LeaveIntent): Uint8Array {
    this.#writer.reset();
    writeLeave(this.#writer, intent);
    return this.#writer.copy();
  }

  #remember(type: "join" | "leave", node: string, ltime: LamportTime): boolean {
    const heardAt = this.#node.clock.now();
    return this.#book.recentIntents.remember(node, { type, ltime, heardAt });
  }

  #isPlausible(node: string, ltime: LamportTime): boolean {
    if (this.#clock.isPlausible(ltime)) return true;
    this.#node.log.debug(
      `dropped intent of ${node} from time ${ltime} (current: ${this.#clock.time})`,
    );
    return false;
  }
}
