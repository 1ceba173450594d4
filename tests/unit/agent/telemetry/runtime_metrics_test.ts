import { deepStrictEqual, ok } from "node:assert/strict";
import { Metrics } from "../../../../src/agent/telemetry/metrics.ts";
import { measureRuntime } from "../../../../src/agent/telemetry/runtime_metrics.ts";

Deno.test("measureRuntime() measures memory at once, under the names that dashboards know", () => {
  const metrics = new Metrics({ hostName: "host" });
  const gauges = new Map<string, number>();
  metrics.addSink({ write: (name, value, kind) => kind === "g" && gauges.set(name, value) });
  const stop = measureRuntime(metrics);
  try {
    deepStrictEqual([...gauges.keys()], [
      "serf-agent.host.runtime.alloc_bytes",
      "serf-agent.host.runtime.sys_bytes",
    ]);
    for (const [name, bytes] of gauges) ok(bytes > 1024 * 1024, `${name} is ${bytes}`);
  } finally {
    // The test runner would tell of a timer that goes on.
    stop();
  }
});
