import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import {
  judgeSimulation,
  profileNamed,
  simulate,
  type SimulationOptions,
} from "../../../src/sim/simulation.ts";
import { describeSimulation } from "../../../src/sim/simulation_text.ts";

const quiet: SimulationOptions = {
  members: 20,
  seed: 3,
  profile: "lan",
  duration: 60_000,
  latency: 1,
  loss: 0,
  duplication: 0,
  partition: 0,
  crashes: 0,
  restarts: 0,
  slow: 0,
  eventsPerSecond: 0,
};

Deno.test("simulate() of a healthy cluster finds nothing wrong and little traffic", () => {
  const report = simulate(quiet);
  ok(report.joinedAfter! < 5000);
  strictEqual(report.agreedAfter, 0);
  strictEqual(report.falsePositives, 0);
  deepStrictEqual([report.detection, report.delivery], [undefined, undefined]);
  // A ping and an ack each second, and a little gossip from the time of joining.
  ok(report.packetsPerMemberSecond > 1.9 && report.packetsPerMemberSecond < 10);
});

Deno.test("simulate() measures crashes, restarts, events and slow members", () => {
  const report = simulate({
    ...quiet,
    crashes: 2,
    restarts: 3,
    slow: 1,
    loss: 0.05,
    duplication: 0.1,
    eventsPerSecond: 2,
  });
  strictEqual(report.falsePositives, 0);
  ok(report.agreedAfter !== undefined);
  strictEqual(report.undetected, 0);
  strictEqual(report.detection!.count, 2 * 15);
  ok(report.detection!.first > 1000 && report.detection!.last < 60_000);
  strictEqual(report.eventsFired, 120);
  ok(report.delivery!.count > 0.95 * 120 * 15);
  ok(report.delivery!.median < 2000);
});

Deno.test("simulate() repeats a history exactly, trace included, and heals a partition", () => {
  const run = (seed: number) => {
    const lines: string[] = [];
    const options = { ...quiet, seed, members: 8, partition: 40_000 };
    return { lines, report: simulate({ ...options, onLine: (line) => lines.push(line) }) };
  };
  const first = run(3);
  deepStrictEqual(run(3), first);
  ok(run(4).report.traceHash !== first.report.traceHash);
  ok(first.report.agreedAfter !== undefined);
  ok(first.lines.some((line) => /node-0 +member-failed node-1/.test(line)));
});

Deno.test("judgeSimulation() says what is impossible", () => {
  const judge = (options: Partial<SimulationOptions>) => judgeSimulation({ ...quiet, ...options });
  strictEqual(judge({}), undefined);
  match(judge({ members: 0 })!, /members has to be a whole number from 1 to 65536, not 0/);
  match(judge({ seed: -1 })!, /seed has to be/);
  match(judge({ duration: 0 })!, /live for some time/);
  match(judge({ latency: -1 })!, /negative/);
  match(judge({ crashes: 15, restarts: 5 })!, /leave none of 20 members alone/);
  match(judge({ slow: 21 })!, /21 slow members/);
  match(judge({ partition: 46_000 })!, /a partition of 46 s does not fit/);
  deepStrictEqual(["wan", "x"].map(profileNamed), ["wan", undefined]);
});

Deno.test("describeSimulation() prints a line for each thing that was measured", () => {
  const lines = describeSimulation(
    simulate({ ...quiet, members: 5, crashes: 1, eventsPerSecond: 1 }),
  );
  const expected = [
    /^5 members, profile lan, 60 s, seed 3$/,
    /^ {2}join {12}all agreed 0\.\d s after the first join$/,
    /^ {2}crashes {9}noticed by the first after .* s, by half .*; 0 times never$/,
    /^ {2}false positives 0$/,
    /^ {2}end {13}all agreed 0 s later; \d+(\.\d+)? s were allowed$/,
    /^ {2}traffic {9}\d+ bytes and \d+\.\d packets per member and second$/,
    /^ {2}events {10}60 fired, delivered by the first after 0 s, by half \d+(\.\d)? ms, .*; \d+ deliveries are missing$/,
    /^ {2}trace hash {6}[0-9a-f]{16}$/,
  ];
  strictEqual(lines.length, expected.length);
  for (const [i, line] of lines.entries()) match(line, expected[i]!);
});
