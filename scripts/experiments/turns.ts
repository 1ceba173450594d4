/**
 * How long does a single thing keep an agent of a large cluster from receiving and answering?
 *
 *     deno task turns [--members=10000] [--rounds=5]
 *
 * First a core on virtual time, where every turn is known by its kind; then an agent on
 * sockets, where what is measured is how long its event loop stood still. The members
 * do not exist: a peer told of them. Turns in which garbage was collected have a column
 * of their own, because one turn pays for the garbage of all. Ends with 1 if
 * another turn took longer than 10 ms.
 */

import { readArguments, runScript } from "../lab/command_line.ts";
import { measureStalls } from "./turns/agent_stalls.ts";
import { measureCore } from "./turns/core_turns.ts";
import { TurnTimes } from "./turns/turn_times.ts";

async function main(args: readonly string[]): Promise<number> {
  const { members, rounds } = readArguments(args, { members: 10_000, rounds: 5 });
  const core = new TurnTimes();
  measureCore(members, rounds, core);
  core.print(`A core with ${members} members, on virtual time`);

  const agent = new TurnTimes();
  for (let round = 0; round < rounds; round++) await measureStalls(members, agent);
  agent.print(`An agent with ${members} members, its event loop`);
  return core.isGood && agent.isGood ? 0 : 1;
}

if (import.meta.main) await runScript(main);
