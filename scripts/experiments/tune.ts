/**
 * What does each constant of gossip do?
 *
 *     deno task tune [--members=10,40,100] [--events=40] [--seeds=20] [--leaves=10]
 *
 * The tables are nearly all from simulations; each row changes one constant. For each size of
 * cluster come lone events, close ones, floods, joins, events while much is told about members,
 * and leaves; at the end leaves of a cluster that is too large for the acks of all. The files in
 * `tune` say what their tables show.
 */

import { readArguments } from "../lab/command_line.ts";
import { markdownTable } from "../lab/table.ts";
import { bursts } from "./tune/bursts.ts";
import { claims } from "./tune/claims.ts";
import { closeEvents } from "./tune/close_events.ts";
import { floods } from "./tune/floods.ts";
import { joins } from "./tune/joins.ts";
import { leaves } from "./tune/leaves.ts";
import { graphDepth, loneEvents } from "./tune/lone_events.ts";

/** With fewer that join at once, gossip misses hardly anybody. */
const fewestJoining = 90;
/** Of fewer members, there is too little to tell to keep events waiting. */
const fewestChanging = 100;
/** More others than a member asks whether they heard that it leaves. */
const tooManyToAsk = 300;

function print(title: string, rows: readonly (readonly string[])[]): void {
  console.log(`\n${title}\n`);
  for (const line of markdownTable(rows)) console.log(line);
}

const { members: sizes, events, seeds, leaves: leaving } = readArguments(Deno.args, {
  members: [10, 40, 100],
  events: 40,
  seeds: 20,
  leaves: 10,
});
for (const members of sizes) {
  const depths = [2, 3, 4].map((count) => `${count}: ${graphDepth(members, count)}`).join(", ");
  print(
    `${members} members, ${events} events; steps by peers told first: ${depths}`,
    loneEvents(members, events),
  );
  print(`${4 * events} events that come closer`, closeEvents(members, 4 * events));
  print("Floods", floods(members));
  const joining = Math.max(members, fewestJoining);
  print(`Joins of ${joining} at once`, joins(joining, seeds));
  const changing = Math.max(members, fewestChanging);
  print(`Events while ${changing} change their tags`, claims(changing));
  print(`Leaves of ${leaving} among ${members}`, leaves(members, leaving, false));
  print("The same, every second member at ticks", leaves(members, leaving, true));
}
print(`Leaves of ${leaving} among ${tooManyToAsk}`, leaves(tooManyToAsk, leaving, false));
print("Acks to who leaves, sent while it is busy", await bursts());
