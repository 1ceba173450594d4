import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { complaintPeriod, Complaints, complaintsPerPeriod } from "../../../src/serf/complaints.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";
import { RecordingLog } from "../../support/recorders.ts";

Deno.test("Complaints.add() logs the first ones of a period, and later how many it did not", () => {
  const clock = new SimClock();
  const log = new RecordingLog();
  const complaints = new Complaints(clock, log);
  for (let i = 0; i < complaintsPerPeriod + 7; i++) complaints.add(`complaint ${i}`);
  strictEqual(log.lines.length, complaintsPerPeriod);
  strictEqual(log.lines[0], "error complaint 0");

  clock.advance(complaintPeriod);
  complaints.add("later");
  deepStrictEqual(log.lines.slice(complaintsPerPeriod), [
    "error 7 more messages were unreadable",
    "error later",
  ]);
});

Deno.test("Complaints.peerLog lets few warnings through, and everything else", () => {
  const clock = new SimClock(1000);
  const log = new RecordingLog();
  const complaints = new Complaints(clock, log);
  const { peerLog } = complaints;
  for (let i = 0; i < 100; i++) peerLog.warn("old");
  for (let i = 0; i < 100; i++) peerLog.debug("fine");
  const warnings = log.lines.filter((line) => line.startsWith("warn"));
  strictEqual(warnings.length, complaintsPerPeriod);
  strictEqual(log.lines.length, complaintsPerPeriod + 100);
});
