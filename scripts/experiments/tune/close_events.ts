/** Events that come so close that the token bucket is soon empty. */

import { eventRows, type EventTrial } from "./event_rows.ts";

const trials: readonly EventTrial[] = [
  { name: "as it is" },
  { name: "no rounds reserved", tuning: { bucketRounds: 10, reservedRounds: 0 } },
  { name: "10 rounds reserved", tuning: { bucketRounds: 20, reservedRounds: 10 } },
  { name: "100 rounds reserved", tuning: { bucketRounds: 110, reservedRounds: 100 } },
  { name: "backup within 1/2 interval", tuning: { backupPatience: 0.5 } },
  { name: "backup within 10 intervals", tuning: { backupPatience: 10 } },
  { name: "5 % lost", loss: 0.05 },
  {
    name: "5 % lost, no rounds reserved",
    loss: 0.05,
    tuning: { bucketRounds: 10, reservedRounds: 0 },
  },
  {
    name: "5 % lost, 10 rounds reserved",
    loss: 0.05,
    tuning: { bucketRounds: 20, reservedRounds: 10 },
  },
  {
    name: "5 % lost, 100 rounds reserved",
    loss: 0.05,
    tuning: { bucketRounds: 110, reservedRounds: 100 },
  },
  { name: "5 % lost, backup within 1/2 interval", loss: 0.05, tuning: { backupPatience: 0.5 } },
  { name: "5 % lost, backup within 10 intervals", loss: 0.05, tuning: { backupPatience: 10 } },
];

/** The table's rows, titles first. */
export function closeEvents(members: number, events: number): string[][] {
  return eventRows(trials, members, events, 50);
}
