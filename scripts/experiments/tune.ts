/**
 * What does each constant of gossip do?
 *
 *     deno task tune [--members=10,40,100] [--events=40] [--clusters=4] [--seeds=20] [--leaves=10]
 *
 * The tables are nearly all from simulations; each row changes one constant. For each size of
 * cluster come lone events, close ones, floods, joins, healing, events among many claims, and leaves; at
 * the end leaves of a cluster that is too large for the acks of all. The files in `tune` say what
 * their tables show.
 */

import { readArguments } from "../lab/command_line.ts";
import { printTable } from "../lab/table.ts";
import { bursts } from "./tune/bursts.ts";
import { claims } from "./tune/claims.ts";
import { closeEvents, graphDepth, loneEvents } from "./tune/events.ts";
import { floods } from "./tune/floods.ts";
import { heals, joins } from "./tune/joins.ts";
import { leaves } from "./tune/leaves.ts";

/** With fewer that join at once, gossip misses hardly any. */
const fewestJoining = 90;
/** Fewer members have too few claims to keep events waiting. */
const fewestChanging = 100;
/** More others than a leaving member asks for confirmation. */
const tooManyToAsk = 300;

const { members: sizes, events, clusters, seeds, leaves: leaving } = readArguments(Deno.args, {
  members: [10, 40, 100],
  events: 40,
  clusters: 4,
  seeds: 20,
  leaves: 10,
});
for (const members of sizes) {
  const depths = [2, 3, 4].map((count) => `${count}: ${graphDepth(members, count)}`).join(", ");
  const title =
    `${members} members, ${events} events in each of ${clusters} clusters; steps by peers told first: ${depths}`;
  printTable(loneEvents(members, events, clusters), title);
  printTable(closeEvents(members, 4 * events, clusters), `${4 * events} events that come closer`);
  printTable(floods(members), "Floods");
  const joining = Math.max(members, fewestJoining);
  printTable(joins(joining, seeds), `Joins of ${joining} at once`);
  printTable(heals(members, seeds), `Healing of ${members} after a minute in two parts`);
  const changing = Math.max(members, fewestChanging);
  printTable(claims(changing), `Events while ${changing} change their tags`);
  printTable(leaves(members, leaving, false), `Leaves of ${leaving} among ${members}`);
  printTable(leaves(members, leaving, true), "The same, every second member at ticks");
}
printTable(leaves(tooManyToAsk, leaving, false), `Leaves of ${leaving} among ${tooManyToAsk}`);
printTable(await bursts(), "Acks to a leaving member, sent while it is busy");
