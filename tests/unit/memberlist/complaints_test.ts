import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  complaintInterval,
  Complaints,
  maxComplaints,
} from "../../../src/memberlist/complaints.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";
import { RecordingLog, RecordingMeter } from "../../support/recorders.ts";

function build() {
  const clock = new SimClock();
  const log = new RecordingLog();
  const meter = new RecordingMeter();
  const complaints = new Complaints(clock, log, meter);
  let built = 0;
  const add = (peer: string, reason: string) =>
    complaints.add(peer, reason, () => `${++built}: ${reason} of ${peer}`);
  return { clock, lines: log.lines, counters: meter.counters, add, built: () => built };
}

Deno.test("Complaints.add() counts everything and logs each peer and reason once", () => {
  const { add, counters, lines } = build();
  for (let i = 0; i < 100; i++) add("a", "label");
  add("a", "checksum");
  add("b", "label");
  deepStrictEqual(lines, ["warn 1: label of a", "warn 2: checksum of a", "warn 3: label of b"]);
  deepStrictEqual(counters.get("memberlist.rejected.label"), 101);
  deepStrictEqual(counters.get("memberlist.rejected.checksum"), 1);
});

Deno.test("Complaints.add() builds no message that it does not log", () => {
  const { add, built } = build();
  for (let i = 0; i < 100; i++) add("a", "label");
  strictEqual(built(), 1);
});

Deno.test("Complaints.add() starts over after a while, and says how many were left out", () => {
  const { add, clock, lines } = build();
  for (let i = 0; i < 100; i++) add("a", "label");
  clock.advance(complaintInterval - 1);
  add("a", "label");
  strictEqual(lines.length, 1);
  clock.advance(1);
  add("a", "label");
  deepStrictEqual(lines.slice(1), [
    "warn 100 more complaints about peers were not logged",
    "warn 2: label of a",
  ]);
});

Deno.test("Complaints.add() remembers a limited number of peers, whatever comes", () => {
  const { add, counters, lines } = build();
  for (let i = 0; i < 10 * maxComplaints; i++) add(`peer ${i}`, "label");
  strictEqual(lines.length, maxComplaints);
  ok(lines.every((line) => line.startsWith("warn ")));
  strictEqual(counters.get("memberlist.rejected.label"), 10 * maxComplaints);
});
