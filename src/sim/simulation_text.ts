/** What was measured in a simulation, as a few lines that people read. */

import type { Milliseconds } from "../ports/clock.ts";
import type { SimulationReport } from "./simulation.ts";
import type { Distribution } from "./distribution.ts";

/** What a simulation took of the machine. */
export interface SimulationCost {
  /** Of the processor. */
  readonly cpuTime: Milliseconds;
  /** Bytes that the process had at most. */
  readonly peakMemory: number;
  /** Bytes that came on top for each member in the list of each member. */
  readonly bytesPerPair: number;
}

/** Prints what a simulation took. */
export function describeCost({ bytesPerPair, cpuTime, peakMemory }: SimulationCost): string {
  const megabytes = Math.round(peakMemory / 1e6);
  return line(
    "cost",
    `${seconds(cpuTime)} of the processor, ${megabytes} MB at most, ` +
      `${Math.round(bytesPerPair)} bytes for each pair of members`,
  );
}

/** Prints a report, one line for each thing that was measured. */
export function describeSimulation(report: SimulationReport): string[] {
  const { detection, delivery, duration, members, profile, seed } = report;
  const lines = [`${members} members, profile ${profile}, ${seconds(duration)}, seed ${seed}`];
  const add = (what: string, text: string) => lines.push(line(what, text));

  add("join", agreement(report.joinedAfter, "after the first join"));
  if (detection || report.undetected > 0) {
    add("crashes", `noticed ${spread(detection)}; ${report.undetected} times never`);
  }
  add("false positives", String(report.falsePositives));
  add(
    "end",
    agreement(report.agreedAfter, `later; ${seconds(report.agreementLimit)} were allowed`),
  );
  const bytes = Math.round(report.bytesPerMemberSecond);
  const packets = report.packetsPerMemberSecond.toFixed(1);
  add("traffic", `${bytes} bytes and ${packets} packets per member and second`);
  if (report.eventsFired > 0) {
    const missing = `${report.undelivered} deliveries are missing`;
    add("events", `${report.eventsFired} fired, delivered ${spread(delivery)}; ${missing}`);
  }
  add("trace hash", report.traceHash);
  return lines;
}

function line(what: string, text: string): string {
  return `  ${what.padEnd(16)}${text}`;
}

function agreement(after: Milliseconds | undefined, when: string): string {
  return after === undefined ? "they never agreed" : `all agreed ${seconds(after)} ${when}`;
}

function spread(times: Distribution | undefined): string {
  if (!times) return "by nobody";
  const { first, last, median, p90, p99 } = times;
  return `by the first after ${seconds(first)}, by half ${seconds(median)}, ` +
    `by 90 % ${seconds(p90)}, by 99 % ${seconds(p99)}, by the last ${seconds(last)}`;
}

/** A time in seconds, and a shorter one in milliseconds, so that it does not read as none. */
function seconds(time: Milliseconds): string {
  if (time > 0 && time < 100) return `${Number(time.toPrecision(2))} ms`;
  return `${Number((time / 1000).toFixed(2))} s`;
}
