/** Who is in the cluster: members that come, go, fail and are looked for. */

import { parseAddress } from "../../ports/address.ts";
import type { SerfEvents } from "../events/serf_events.ts";
import type { Snapshot } from "../events/snapshot.ts";
import type { SerfMember, Tags } from "../member.ts";
import type { SerfNode } from "../node.ts";
import { copyTags } from "../tags.ts";
import { Coordinates } from "./coordinates.ts";
import { Intents } from "./intents.ts";
import { Joining } from "./joining.ts";
import { Leave } from "./leave.ts";
import { MemberBook } from "./member_book.ts";
import { Pruner } from "./pruner.ts";
import { Reaper } from "./reaper.ts";
import { Reconnector } from "./reconnector.ts";
import { rejoin } from "./rejoin.ts";
import { Seeker } from "./seeker.ts";
import { StaleLeaveCheck } from "./stale_leave_check.ts";

/** The parts of a node that have to do with members. */
export class SerfMembers {
  readonly #node: SerfNode;
  readonly #snapshot: Snapshot | undefined;
  readonly #seeker: Seeker;
  readonly #pruner: Pruner;
  readonly #reaper: Reaper;
  readonly #reconnector: Reconnector;
  readonly #staleLeaveCheck: StaleLeaveCheck;
  /** The own tags. */
  tags: Tags;
  readonly book: MemberBook;
  /** `undefined` if coordinates are off. */
  readonly coordinates: Coordinates | undefined;
  readonly intents: Intents;
  readonly joining: Joining;
  readonly leave: Leave;

  constructor(node: SerfNode, { pipeline, snapshot }: SerfEvents) {
    this.#node = node;
    this.#snapshot = snapshot;
    this.tags = copyTags(node.config.tags);
    this.coordinates = node.config.disableCoordinates ? undefined : new Coordinates(node);
    this.book = new MemberBook(
      node,
      (event) => pipeline.enter(event),
      (member) => this.#forget(member),
    );
    this.#seeker = new Seeker(node, this.book, snapshot);
    this.#pruner = new Pruner(node, this.book, this.#seeker);
    this.#reaper = new Reaper(node, this.book);
    this.#reconnector = new Reconnector(node, this.book);
    this.intents = new Intents(node, this.book, this.#pruner);
    this.#staleLeaveCheck = new StaleLeaveCheck(node, this.book, this.intents);
    this.joining = new Joining(node, this.intents, snapshot?.found.hasLeft ?? false);
    this.leave = new Leave(node, this.book, this.intents, () => {
      this.#seeker.stop();
      snapshot?.recordLeave();
    });
  }

  start(): void {
    this.#reaper.start();
    this.#reconnector.start();
    this.#staleLeaveCheck.start();
    this.#rejoin();
  }

  stop(): void {
    this.#reaper.stop();
    this.#reconnector.stop();
    this.#staleLeaveCheck.stop();
    this.#seeker.stop();
    this.#pruner.stop();
    this.leave.stop();
  }

  #forget({ name, address, status }: SerfMember): void {
    this.coordinates?.forget(name);
    // A member that failed may be cut off and well; one that left does not want to be found.
    if (status === "failed") this.#seeker.add(name, address);
    else this.#seeker.drop(name);
  }

  /** Returns to the cluster of an earlier life, and goes on looking for members not met there. */
  #rejoin(): void {
    if (!this.#snapshot) return;
    const { alive, gone } = this.#snapshot.found;
    rejoin(alive, this.#node);
    for (const [name, where] of [...gone, ...alive]) {
      const address = parseAddress(where);
      if (address && name !== this.#node.config.name) this.#seeker.add(name, address);
    }
  }
}
