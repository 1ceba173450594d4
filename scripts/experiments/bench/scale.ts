/** How much is measured, in the short form and in the full one. */

import type { Measurement } from "../../lab/comparison.ts";
import type { Subject } from "./subject.ts";

/** How much is measured. Times are milliseconds unless their name says otherwise. */
export interface Scale {
  /** Agents in a cluster where nothing else is said. */
  readonly agents: number;
  /** Runs of each command. */
  readonly starts: number;
  /** Events whose ways are timed. */
  readonly events: number;
  /** Events that are fired to see whether all arrive. */
  readonly deliveries: number;
  /** Clusters of these sizes have to deliver them. */
  readonly deliverySizes: readonly number[];
  /** Queries asked over RPC. */
  readonly queries: number;
  /** Queries asked by the command. */
  readonly commandQueries: number;
  readonly floodSeconds: number;
  /** Series of calls, of which the best counts. */
  readonly callSeries: number;
  /** Members in the long list. */
  readonly listed: number;
  readonly leaves: number;
  readonly kills: number;
  /** How often half of the agents are stopped. */
  readonly stops: number;
  readonly joins: number;
  /** Agents that join at once. */
  readonly joining: number;
  readonly partitions: number;
  readonly partitionSizes: readonly number[];
  readonly partitionSeconds: number;
  readonly idleSeconds: number;
}

/** Measures one theme. */
export type Measure = (subject: Subject, scale: Scale) => Promise<readonly Measurement[]>;
/** Enough to see where things stand. */
export const shortScale: Scale = {
  agents: 20,
  starts: 10,
  events: 30,
  deliveries: 100,
  deliverySizes: [9, 20, 40],
  queries: 8,
  commandQueries: 5,
  floodSeconds: 3,
  callSeries: 8,
  listed: 1000,
  leaves: 3,
  kills: 3,
  stops: 2,
  joins: 3,
  joining: 40,
  partitions: 1,
  partitionSizes: [10, 20],
  partitionSeconds: 60,
  idleSeconds: 20,
};

/** Enough to judge what seldom happens. */
export const fullScale: Scale = {
  ...shortScale,
  starts: 40,
  events: 250,
  deliveries: 5000,
  queries: 50,
  commandQueries: 20,
  floodSeconds: 10,
  callSeries: 20,
  leaves: 8,
  kills: 8,
  stops: 6,
  joins: 20,
  partitions: 3,
  idleSeconds: 60,
};
