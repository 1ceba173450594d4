/**
 * Join and leave intents: what members say they will do, made and judged here
 * (gossip.md section 21).
 *
 * Each intent has a Lamport time, and about each member only a later one than
 * the last counts. An intent never revives a member: whether one can be reached,
 * only the layer below knows.
 */

import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import { type JoinIntent, type LeaveIntent, writeJoin, writeLeave } from "../intent_messages.ts";
import type { LamportClock, LamportTime } from "../lamport_clock.ts";
import type { MemberBook } from "./member_book.ts";
import type { Pruner } from "./pruner.ts";
import type { RecentIntents } from "./recent_intents.ts";

/** What intents work with. */
export interface IntentsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly memberClock: LamportClock;
  readonly book: MemberBook;
  readonly recentIntents: RecentIntents;
  readonly pruner: Pruner;
  /** Hears that a member left which is not known here: nobody need look for it. */
  readonly departed: (name: string) => void;
  /** The own name. */
  readonly self: string;
  /** Whether this node means to stay in the cluster. */
  readonly isStaying: () => boolean;
  /** Queues an own message for gossip and keeps it. */
  readonly broadcast: (message: Uint8Array) => void;
}

/** Judges the intents of others and makes the own ones. */
export class Intents {
  readonly #options: IntentsOptions;
  readonly #writer = new MsgpackWriter("raw");

  constructor(options: IntentsOptions) {
    this.#options = options;
  }

  /** Judges that a member says it is here; returns whether that was news to pass on. */
  receiveJoin({ node, ltime }: JoinIntent): boolean {
    const { book, clock, memberClock, recentIntents } = this.#options;
    if (!this.#isPlausible(node, ltime)) return false;
    memberClock.witness(ltime);
    const record = book.get(node);
    if (!record) {
      return recentIntents.remember(node, { type: "join", ltime, heardAt: clock.now() });
    }
    if (ltime <= record.statusTime) return false;

    book.believe(node, ltime);
    // The leave that this overtakes was older, so the member stays.
    if (record.member.status === "leaving") book.markStaying(node);
    return true;
  }

  /** Judges that a member goes, or is told to; returns whether that was news to pass on. */
  receiveLeave({ node, ltime, prune }: LeaveIntent): boolean {
    const { book, clock, log, memberClock, pruner, recentIntents } = this.#options;
    if (!this.#isPlausible(node, ltime)) return false;
    memberClock.witness(ltime);
    const record = book.get(node);
    if (!record) {
      if (prune) pruner.prune(node);
      this.#options.departed(node);
      return recentIntents.remember(node, { type: "leave", ltime, heardAt: clock.now() });
    }
    if (ltime <= record.statusTime) return false;

    if (node === this.#options.self && this.#options.isStaying()) {
      log.debug("Refuting an older leave intent");
      this.announceJoin();
      return false;
    }
    book.believe(node, ltime);
    return this.#obey(node, prune);
  }

  /** Tells the cluster that this node is here, later than any intent heard so far. */
  announceJoin(): void {
    const { memberClock, self } = this.#options;
    const intent: JoinIntent = { ltime: memberClock.time, node: self };
    memberClock.witness(intent.ltime);
    this.receiveJoin(intent);

    this.#writer.reset();
    writeJoin(this.#writer, intent);
    this.#options.broadcast(this.#writer.copy());
  }

  /**
   * Makes the intent that `node` goes, believes it, and returns the message.
   *
   * The caller passes it on, because whoever makes one waits until it spread.
   */
  makeLeave(node: string, prune: boolean): Uint8Array {
    const { memberClock } = this.#options;
    const intent: LeaveIntent = { ltime: memberClock.time, node, prune };
    memberClock.increment();
    this.receiveLeave(intent);

    this.#writer.reset();
    writeLeave(this.#writer, intent);
    return this.#writer.copy();
  }

  /**
   * Returns an intent that `node` goes, later than all others and believed by nobody yet.
   *
   * It is for `node` alone, which obeys or refutes it.
   */
  askToLeave(node: string): Uint8Array {
    const { memberClock } = this.#options;
    this.#writer.reset();
    writeLeave(this.#writer, { ltime: memberClock.time, node, prune: false });
    memberClock.increment();
    return this.#writer.copy();
  }

  #isPlausible(node: string, ltime: LamportTime): boolean {
    const { log, memberClock } = this.#options;
    if (memberClock.isPlausible(ltime)) return true;
    log.debug(`dropped intent of ${node} from time ${ltime} (current: ${memberClock.time})`);
    return false;
  }

  #obey(node: string, prune: boolean): boolean {
    const { book, pruner } = this.#options;
    switch (book.get(node)?.member.status) {
      case "alive":
        book.markLeaving(node);
        break;
      case "failed":
        book.failedBecomesLeft(node);
        break;
      case "leaving":
      case "left":
        break;
      default:
        return false;
    }
    if (prune) pruner.prune(node);
    return true;
  }
}
