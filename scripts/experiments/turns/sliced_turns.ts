/**
 * Measures the turns that work in slices takes, and prints them as JSON. `scripts/slices.ts`
 * runs this with slices of various lengths.
 */

import { median } from "../../lab/statistics.ts";
import { readArguments } from "../../lab/command_line.ts";
import { measureExchanges } from "./core_turns.ts";
import { longestOf, TurnTimes } from "./turn_times.ts";

/** What one round takes, the median of all rounds; times are milliseconds. */
export interface SlicedTurns {
  readonly turns: number;
  /** The longest turn without a collection of garbage… */
  readonly longest: number;
  /** …and with one. */
  readonly collecting: number;
  readonly total: number;
}

function measure(members: number): SlicedTurns {
  const times = new TurnTimes();
  measureExchanges(members, 1, times);
  const laps = times.lapsOf(/^push\/pull received/);
  return {
    turns: laps.length,
    longest: longestOf(laps, false),
    collecting: longestOf(laps, true),
    total: laps.reduce((sum, { time }) => sum + time, 0),
  };
}

if (import.meta.main) {
  const { members, rounds } = readArguments(Deno.args, { members: 10_000, rounds: 5 });
  const measured = Array.from({ length: rounds }, () => measure(members));
  const medianOf = (key: keyof SlicedTurns) => median(measured.map((round) => round[key]));
  const turns: SlicedTurns = {
    turns: medianOf("turns"),
    longest: medianOf("longest"),
    collecting: medianOf("collecting"),
    total: medianOf("total"),
  };
  console.log(JSON.stringify(turns));
}
