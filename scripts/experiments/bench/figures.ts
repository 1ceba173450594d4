/** What a measure is given, and what it yields. */

import type { Goal } from "../../lab/goal.ts";
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

/** One number of a subject. */
export interface Measurement {
  /** What was measured; the same for all subjects. */
  readonly figure: string;
  readonly unit: string;
  /** NaN if what was to be measured did not happen. */
  readonly value: number;
  readonly goal?: Goal;
}

/** Measures one theme. */
export type Measure = (subject: Subject, scale: Scale) => Promise<readonly Measurement[]>;
