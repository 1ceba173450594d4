import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { reject } from "../../../src/memberlist/reject.ts";
import { boundedLog } from "../../../src/ports/bounded_log.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";
import { RecordingLog, RecordingMeter } from "../../support/recorders.ts";

Deno.test("reject() counts everything and logs each peer and reason once", () => {
  const { lines } = new RecordingLog();
  const log = boundedLog(new RecordingLog("", lines), new SimClock());
  const meter = new RecordingMeter();
  const refuse = (peer: string, reason: string) =>
    reject({ log, meter }, peer, reason, `Dropping ${reason} of ${peer}`);
  for (let i = 0; i < 100; i++) refuse("a", "label");
  refuse("a", "checksum");
  refuse("b", "label");
  deepStrictEqual(lines, [
    "warn Dropping label of a",
    "warn Dropping checksum of a",
    "warn Dropping label of b",
  ]);
  strictEqual(meter.counters.get("memberlist.rejected.label"), 101);
  strictEqual(meter.counters.get("memberlist.rejected.checksum"), 1);
});
