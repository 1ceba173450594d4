import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { formatMetrics, Metrics } from "../../../../src/agent/telemetry/metrics.ts";

/** Metrics whose clock only the test moves; the first interval starts at 04:47:30. */
function setUp() {
  const clock = { now: Date.UTC(2026, 10, 23, 4, 47, 30) };
  const metrics = new Metrics({ hostName: "host", now: () => clock.now });
  const written: string[] = [];
  const sink = {
    write: (name: string, value: number, kind: string) => written.push(`${name} ${value} ${kind}`),
  };
  return { clock, metrics, sink, written };
}

Deno.test("Metrics.records() are complete intervals: gauges, counters, samples", () => {
  const { clock, metrics } = setUp();
  metrics.sample("memberlist.gossip", 0.25);
  metrics.sample("memberlist.gossip", 0.75);
  clock.now += 1500;
  metrics.count("serf.events", 1);
  metrics.gauge("runtime.alloc_bytes", 7);
  metrics.gauge("runtime.alloc_bytes", 8);
  strictEqual(formatMetrics(metrics.records()), "");

  clock.now += 10_000;
  const time = "[2026-11-23 04:47:30 +0000 UTC]";
  deepStrictEqual(formatMetrics(metrics.records()).split("\n"), [
    `${time}[G] 'serf-agent.runtime.alloc_bytes': 8.000`,
    `${time}[C] 'serf-agent.serf.events': Count: 1 Sum: 1.000 ` +
    "LastUpdated: 2026-11-23 04:47:31.5 +0000 UTC",
    `${time}[S] 'serf-agent.memberlist.gossip': Count: 2 Min: 0.250 Mean: 0.500 Max: 0.750 ` +
    "Stddev: 0.354 Sum: 1.000 LastUpdated: 2026-11-23 04:47:30 +0000 UTC",
    "",
  ]);
});

Deno.test("formatMetrics() is short where all values of an interval are equal", () => {
  const { clock, metrics } = setUp();
  for (let i = 0; i < 3; i++) metrics.sample("a", 2);
  clock.now += 10_000;
  match(
    formatMetrics(metrics.records()),
    /'serf-agent\.a': Count: 3 Sum: 6\.000 LastUpdated: [^\n]*\n$/,
  );
});

Deno.test("Metrics keep the last minute only", () => {
  const { clock, metrics } = setUp();
  for (let i = 0; i < 20; i++) {
    metrics.count(`n${i}`, 1);
    clock.now += 10_000;
  }
  const names = [...formatMetrics(metrics.records()).matchAll(/'serf-agent\.(n\d+)'/g)].map((
    [, name],
  ) => name);
  deepStrictEqual(names, ["n15", "n16", "n17", "n18", "n19"]);
});

Deno.test("Metrics pass everything on, with the host's name in gauges once somebody listens", () => {
  const { clock, metrics, sink, written } = setUp();
  metrics.gauge("before", 1);
  strictEqual(metrics.hasSinks, false);
  metrics.addSink(sink);
  strictEqual(metrics.hasSinks, true);
  metrics.gauge("load", 1.5);
  metrics.count("serf.events.a:b c", 2);
  metrics.sample("time", 3);
  deepStrictEqual(written, [
    "serf-agent.host.load 1.5 g",
    "serf-agent.serf.events.a_b_c 2 c",
    "serf-agent.time 3 ms",
  ]);

  clock.now += 10_000;
  const dump = formatMetrics(metrics.records());
  ok(dump.includes("'serf-agent.before': 1.000"));
  ok(dump.includes("'serf-agent.host.load': 1.500"));
});

Deno.test("Metrics hold a bounded number of names, and known ones go on counting", () => {
  const { clock, metrics } = setUp();
  for (let i = 0; i < 5000; i++) {
    metrics.count(`c${i}`, 1);
    metrics.sample(`s${i}`, 1);
    metrics.gauge(`g${i}`, 1);
  }
  metrics.count("c0", 1);
  metrics.gauge("g0", 5);
  clock.now += 10_000;
  const lines = formatMetrics(metrics.records()).trimEnd().split("\n");
  for (const kind of ["G", "C", "S"]) {
    strictEqual(lines.filter((line) => line.includes(`][${kind}]`)).length, 4096);
  }
  ok(lines.some((line) => line.includes("'serf-agent.c0': Count: 2 ")));
  ok(lines.some((line) => line.endsWith("'serf-agent.g0': 5.000")));
});

Deno.test("Metrics let no event's name report a number of its own", () => {
  const { metrics, sink, written } = setUp();
  metrics.addSink(sink);
  metrics.count("serf.events.a\nserf-agent.serf.events:1|c\r", 1);
  deepStrictEqual(written, ["serf-agent.serf.events.a_serf-agent.serf.events_1_c_ 1 c"]);
});
