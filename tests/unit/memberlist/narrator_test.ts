import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { membershipNarration } from "../../../src/memberlist/narrator.ts";
import type { MembershipFact } from "../../../src/ports/observer.ts";
import { boundedLog } from "../../../src/ports/bounded_log.ts";
import { narrate } from "../../../src/ports/narrator.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";
import { RecordingLog, RecordingMeter } from "../../support/recorders.ts";

const { entryOf, measure } = membershipNarration("self");
const at = 7;
const from = { host: "10.0.0.2", port: 5 };

function lineOf(fact: MembershipFact): string | undefined {
  const entry = entryOf(fact);
  return entry && `${entry.level} ${entry.message}`;
}

Deno.test("membershipNarration() says who accuses, unless it is this node", () => {
  const about = { at, member: "b", incarnation: 1 };
  strictEqual(
    lineOf({ type: "suspected", ...about, by: "c" }),
    "info Suspect b may have failed, as c says",
  );
  strictEqual(
    lineOf({ type: "declared-failed", ...about, by: "c" }),
    "info Marking b as failed, as c says",
  );
  strictEqual(lineOf({ type: "suspected", ...about, by: "self" }), undefined);
  strictEqual(lineOf({ type: "declared-failed", ...about, by: "self" }), undefined);
});

Deno.test("membershipNarration() logs refusals by kind and peer: streams by host, packets by address", () => {
  const refused = { type: "message-refused", at, from, reason: "label", detail: "odd" } as const;
  deepStrictEqual(entryOf({ ...refused, over: "packet" }), {
    level: "warn",
    message: "Dropping a message: odd from=10.0.0.2:5",
    fields: { peer: "10.0.0.2:5", kind: "label" },
  });
  deepStrictEqual(entryOf({ ...refused, over: "stream" }), {
    level: "warn",
    message: "Refusing a stream: odd from=10.0.0.2:5",
    fields: { peer: "10.0.0.2", kind: "label" },
  });
  const meter = new RecordingMeter();
  measure({ ...refused, over: "packet" }, meter);
  measure({ type: "network-refused", at, from }, meter);
  deepStrictEqual([...meter.counters], [
    ["memberlist.rejected.label", 1],
    ["memberlist.rejected.network", 1],
  ]);
});

Deno.test("membershipNarration() is silent about a probe that is answered by datagram", () => {
  const answered = { type: "probe-answered", at, member: "b", from, took: 3 } as const;
  strictEqual(lineOf({ ...answered, path: "direct" }), undefined);
  strictEqual(lineOf({ ...answered, path: "relayed" }), undefined);
  strictEqual(
    lineOf({ ...answered, path: "stream" }),
    "warn Was able to connect to b over TCP but UDP probes failed, network may be misconfigured",
  );
  const meter = new RecordingMeter();
  measure({ ...answered, path: "direct" }, meter);
  deepStrictEqual(meter.samples.get("memberlist.probeNode"), [3]);
});

Deno.test("membershipNarration() leaves the failure of a join to who joins", () => {
  const failed = { type: "exchange-done", at, address: from, error: "refused" } as const;
  strictEqual(lineOf({ ...failed, member: undefined }), undefined);
  strictEqual(lineOf({ ...failed, member: "b" }), "error Push/Pull with b failed: refused");
  strictEqual(lineOf({ ...failed, member: "b", error: undefined }), undefined);
});

Deno.test("membershipNarration() counts every refusal, and a bounded log has each peer and reason once", () => {
  const { lines } = new RecordingLog();
  const log = boundedLog(new RecordingLog("", lines), new SimClock());
  const meter = new RecordingMeter();
  const observer = narrate({ log, meter }, membershipNarration("self"))!;
  const refuse = (host: string, reason: string) =>
    observer.note({
      type: "stream-ended",
      at,
      host,
      reason,
      detail: `Closed ${reason} of ${host}`,
    });
  for (let i = 0; i < 100; i++) refuse("a", "label");
  refuse("a", "checksum");
  refuse("b", "label");
  deepStrictEqual(lines, [
    "warn Closed label of a",
    "warn Closed checksum of a",
    "warn Closed label of b",
  ]);
  strictEqual(meter.counters.get("memberlist.rejected.label"), 101);
  strictEqual(meter.counters.get("memberlist.rejected.checksum"), 1);
});
