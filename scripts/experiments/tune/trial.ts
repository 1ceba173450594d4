/** One way to gossip, and clusters that gossip so. */

import { type GossipTuning, gossipTuning } from "../../../src/memberlist/gossip_tuning.ts";
import type { SimClusterOptions } from "../../../src/sim/sim_cluster.ts";
import { describeNumber } from "../../lab/goal.ts";

/** What one row of a table changes. */
export interface Trial {
  readonly name: string;
  readonly tuning?: Partial<GossipTuning>;
  /** The share of packets that are lost. */
  readonly loss?: number;
}

export const asItIs: Trial = { name: "as it is" };

/** Trials that each give a constant one of these values. */
export function vary(
  constant: Exclude<keyof GossipTuning, "nextTick">,
  ...values: readonly number[]
): Trial[] {
  return values.map((value) => (
    { name: `${constant} ${describeNumber(value)}`, tuning: { [constant]: value } }
  ));
}

/** The same trials with a loss of 5 %. */
export function lossy<T extends Trial>(trials: readonly T[]): T[] {
  return trials.map((trial) => {
    const name = trial.name === asItIs.name ? "5 % lost" : `5 % lost, ${trial.name}`;
    return { ...trial, name, loss: 0.05 };
  });
}

/** Returns a table's rows: the titles, then one for each trial. */
export function trialRows<T extends Trial>(
  titles: readonly string[],
  trials: readonly T[],
  run: (trial: T) => readonly string[],
): string[][] {
  return [["gossip", ...titles], ...trials.map((trial) => [trial.name, ...run(trial)])];
}

/** Makes members gossip as in a trial. */
export function tuned({ tuning = {} }: Trial): Pick<SimClusterOptions, "membership"> {
  return { membership: () => ({ gossipTuning: { ...gossipTuning, ...tuning } }) };
}
