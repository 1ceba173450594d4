import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { narrate, type Narration } from "../../../src/ports/narrator.ts";
import type { Observer } from "../../../src/ports/observer.ts";
import { silentLog, silentMeter } from "../../../src/ports/silence.ts";
import { RecordingLog, RecordingMeter } from "../../support/recorders.ts";

const counting: Narration<number> = {
  entryOf: (fact) => fact > 1 ? { level: "warn", message: `${fact} is many` } : undefined,
  measure: (fact, meter) => meter.count("seen", fact),
};

Deno.test("narrate() tells the log, the meter and who else listens of each fact", () => {
  const log = new RecordingLog();
  const meter = new RecordingMeter();
  const heard: string[] = [];
  const facts: number[] = [];
  const observer: Observer<number> = {
    note: (fact) => facts.push(fact),
    heard: (at, { host }, over, member) => heard.push(`${at} ${host} ${over} ${member}`),
  };
  const told = narrate({ log, meter, observer }, counting)!;
  told.note(1);
  told.note(2);
  told.heard!(7, { host: "10.0.0.1", port: 1 }, "packet", "b");
  deepStrictEqual(log.lines, ["warn 2 is many"]);
  strictEqual(meter.counters.get("seen"), 3);
  deepStrictEqual(facts, [1, 2]);
  deepStrictEqual(heard, ["7 10.0.0.1 packet b"]);
});

Deno.test("narrate() puts nothing between the core and its only listener, which may be nobody", () => {
  const silence = { log: silentLog, meter: silentMeter };
  const observer = { note() {} };
  strictEqual(narrate(silence, counting), undefined);
  strictEqual(narrate({ ...silence, observer }, counting), observer);
  const told = narrate({ log: new RecordingLog(), meter: silentMeter, observer }, counting)!;
  strictEqual(told.heard, undefined);
});
