import assert from "node:assert/strict";
import {
  parseCounter,
  trafficBetween,
  trafficPerEvent,
} from "../../../../scripts/experiments/bench/gossip_counter.ts";

Deno.test("parseCounter() reads what nftables print, and nothing else", () => {
  const text = "table inet bench {\n\tcounter gossip {\n\t\tpackets 1234 bytes 567890\n\t}\n}\n";
  assert.deepEqual(parseCounter(text), { packets: 1234, bytes: 567890 });
  assert.throws(() => parseCounter("table inet bench {\n}\n"), /^Error: No counter/);
});

Deno.test("trafficPerEvent() takes off what is sent anyway in the same time", () => {
  const total = trafficBetween({ packets: 100, bytes: 1000 }, { packets: 1100, bytes: 91_000 });
  assert.deepEqual(total, { packets: 1000, bytes: 90_000 });
  const idle = { packets: 100, bytes: 5000 };
  assert.deepEqual(trafficPerEvent(total, 20_000, idle, 10_000, 100), {
    packets: 8,
    bytes: 800,
  });
});
