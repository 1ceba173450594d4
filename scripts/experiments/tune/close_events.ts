/** Events that come so close that what packets were saved up is soon gone. */

import { eventRows, type EventTrial } from "./event_rows.ts";

const trials: readonly EventTrial[] = [
  { name: "as it is" },
  { name: "no rounds borrowed", tuning: { borrowedRounds: 0 } },
  { name: "10 rounds borrowed", tuning: { borrowedRounds: 10 } },
  { name: "100 rounds borrowed", tuning: { borrowedRounds: 100 } },
  { name: "backup within 1/2 interval", tuning: { backupPatience: 0.5 } },
  { name: "backup within 10 intervals", tuning: { backupPatience: 10 } },
  { name: "5 % lost", loss: 0.05 },
  { name: "5 % lost, no rounds borrowed", loss: 0.05, tuning: { borrowedRounds: 0 } },
  { name: "5 % lost, 10 rounds borrowed", loss: 0.05, tuning: { borrowedRounds: 10 } },
  { name: "5 % lost, 100 rounds borrowed", loss: 0.05, tuning: { borrowedRounds: 100 } },
  { name: "5 % lost, backup within 1/2 interval", loss: 0.05, tuning: { backupPatience: 0.5 } },
  { name: "5 % lost, backup within 10 intervals", loss: 0.05, tuning: { backupPatience: 10 } },
];

/** The table's rows, titles first. */
export function closeEvents(members: number, events: number): string[][] {
  return eventRows(trials, members, events, 50);
}
