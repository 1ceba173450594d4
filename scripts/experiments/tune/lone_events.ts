/** Events that come one at a time: each has found everybody before the next one comes. */

import { fanout } from "../../../src/memberlist/dissemination/fanout_graph.ts";
import { eventRows, type EventTrial } from "./event_rows.ts";

const trials: readonly EventTrial[] = [
  { name: "as it is" },
  { name: "ticks alone, random peers", ticking: 1 },
  { name: "every second member at ticks", ticking: 0.5 },
  { name: "round gap 2 ms", tuning: { roundGap: 2 } },
  { name: "round gap 50 ms", tuning: { roundGap: 50 } },
  { name: "round gap 200 ms", tuning: { roundGap: 200 } },
  { name: "backup after 1/10 interval", tuning: { backupShare: 0.1 } },
  { name: "backup after 1/2 interval", tuning: { backupShare: 0.5 } },
  { name: "repair after 1 interval", tuning: { repairIntervals: 1 } },
  { name: "repair after 4 intervals", tuning: { repairIntervals: 4 } },
  { name: "2 rounds above the reserve", tuning: { bucketRounds: 32 } },
  { name: "40 rounds above the reserve", tuning: { bucketRounds: 70 } },
  { name: "2 peers a round", gossipNodes: 2 },
  { name: "4 peers a round", gossipNodes: 4 },
  { name: "5 % lost", loss: 0.05 },
  { name: "5 % lost, ticks alone", loss: 0.05, ticking: 1 },
  { name: "5 % lost, every second at ticks", loss: 0.05, ticking: 0.5 },
  { name: "5 % lost, backup after 1/10 interval", loss: 0.05, tuning: { backupShare: 0.1 } },
  { name: "5 % lost, backup after 1/2 interval", loss: 0.05, tuning: { backupShare: 0.5 } },
  { name: "5 % lost, repair after 1 interval", loss: 0.05, tuning: { repairIntervals: 1 } },
  { name: "5 % lost, repair after 4 intervals", loss: 0.05, tuning: { repairIntervals: 4 } },
];

/** The table's rows, titles first. */
export function loneEvents(members: number, events: number): string[][] {
  return eventRows(trials, members, events, 300);
}

/** How many steps the graph needs from its worst place. */
export function graphDepth(members: number, count: number): number {
  const heard = new Set([0]);
  let wave = [0];
  let steps = 0;
  while (wave.length > 0) {
    wave = wave.flatMap((place) => fanout(place, members, count))
      .filter((place) => !heard.has(place) && heard.add(place));
    if (wave.length > 0) steps++;
  }
  return steps;
}
