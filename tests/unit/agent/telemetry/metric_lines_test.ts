import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { MetricLines } from "../../../../src/agent/telemetry/metric_lines.ts";
import { eventually } from "../../../../scripts/lab/waiting.ts";
import { MetricSinks } from "../../../support/metric_sinks.ts";

const ip = "127.72.1.1";

Deno.test("MetricLines bring the same lines to servers of both kinds", async () => {
  await using servers = new MetricSinks(ip);
  const { statsd_addr, statsite_addr } = servers.settings;
  const sinks = [
    new MetricLines("statsd", statsd_addr),
    new MetricLines("statsite", statsite_addr),
  ];
  try {
    for (const sink of sinks) {
      sink.write("a.count", 2, "c");
      sink.write("a.gauge", 1.5, "g");
      sink.write("a.time", 0.0625, "ms");
    }
    const wanted = ["a.count:2.000000|c", "a.gauge:1.500000|g", "a.time:0.062500|ms"];
    for (const heard of [servers.statsd, servers.statsite]) {
      await eventually("all lines arrive", () => Promise.resolve(heard.size === wanted.length));
      deepStrictEqual([...heard], wanted);
    }
  } finally {
    for (const sink of sinks) sink.close();
  }
});

Deno.test("MetricLines split packets at line ends, and drop what nobody can hold", async () => {
  await using servers = new MetricSinks(ip);
  const sink = new MetricLines("statsite", servers.settings.statsite_addr);
  const packets = new MetricLines("statsd", servers.settings.statsd_addr);
  try {
    for (let i = 0; i < 200; i++) packets.write(`metric.number.${i}`, i, "g");
    // All of these come before the first flush, so that only so many can wait.
    for (let i = 0; i < 10_000; i++) sink.write(`m${i}`, i, "g");
    await eventually("the lines arrive", () => Promise.resolve(servers.statsite.size >= 4096));
    await eventually("the packets arrive", () => Promise.resolve(servers.statsd.size >= 200));
    strictEqual(servers.statsite.size, 4096);
    ok(servers.statsite.has("m4095:4095.000000|g"));
    strictEqual(servers.statsd.size, 200);
    ok(servers.longestPacket <= 1400 && servers.longestPacket > 1000, `${servers.longestPacket}`);
  } finally {
    sink.close();
    packets.close();
  }
});

Deno.test("MetricLines neither fail nor linger where no server answers", async () => {
  const gone = Deno.listen({ hostname: ip, port: 0 });
  const address = `${ip}:${gone.addr.port}`;
  gone.close();
  for (const [server, where] of [["statsite", address], ["statsd", "nonsense"]] as const) {
    const sink = new MetricLines(server, where);
    sink.write("a", 1, "c");
    // Time for the first flush to fail; the runner would tell of what is left behind.
    await new Promise((resolve) => setTimeout(resolve, 150));
    sink.write("b", 1, "c");
    sink.close();
    sink.write("c", 1, "c");
  }
});
