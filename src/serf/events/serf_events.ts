/** What a cluster is told: user events, and the way of every event to who wants it. */

import type { Journal } from "../../ports/journal.ts";
import type { SerfEvent } from "../event.ts";
import type { SerfNode } from "../node.ts";
import { EventBackpressure } from "./event_backpressure.ts";
import { EventPipeline } from "./event_pipeline.ts";
import { Snapshot } from "./snapshot.ts";
import { UserEvents } from "./user_events.ts";

/** The parts of a node that have to do with events. */
export class SerfEvents {
  readonly snapshot: Snapshot | undefined;
  readonly pipeline: EventPipeline;
  readonly userEvents: UserEvents;
  readonly backpressure: EventBackpressure;

  /**
   * @param journal where the snapshot is kept; without one, nothing is remembered.
   * @param deliver takes every event in the end, inside a turn.
   */
  constructor(node: SerfNode, journal: Journal | undefined, deliver: (event: SerfEvent) => void) {
    this.snapshot = journal && new Snapshot(node, journal);
    this.pipeline = new EventPipeline(node, this.snapshot, deliver);
    this.userEvents = new UserEvents(node, this.pipeline);
    this.backpressure = new EventBackpressure(node);
  }

  start(): void {
    this.snapshot?.start();
  }

  stop(): void {
    this.userEvents.flush();
    this.pipeline.flush();
    this.snapshot?.stop();
    this.backpressure.stop();
  }
}
