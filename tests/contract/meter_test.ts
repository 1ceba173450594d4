import { formatMetrics, Metrics } from "../../src/agent/telemetry/metrics.ts";
import { silentMeter } from "../../src/ports/silence.ts";
import { RecordingMeter } from "../support/recorders.ts";
import { testMeter } from "./meter_contract.ts";

testMeter("Metrics", () => {
  let now = Date.parse("2026-11-23T04:51:30");
  const meter = new Metrics({ hostName: "host", now: () => now });
  /** The line about a metric, once its interval is over. */
  const lineOf = (kind: string, name: string) => {
    now += 10_000;
    return formatMetrics(meter.records()).split("\n").find((line) =>
      line.includes(`][${kind}] 'serf-agent.${name}'`)
    );
  };
  const fieldOf = (line: string | undefined, field: RegExp) => {
    const found = field.exec(line ?? "")?.[1];
    return found === undefined ? undefined : Number(found);
  };
  return {
    meter,
    isSilent: false,
    counter: (name) => {
      const line = lineOf("C", name);
      now -= 10_000;
      return fieldOf(line, /Sum: ([\d.]+)/);
    },
    gauge: (name) => fieldOf(lineOf("G", name), /: (-?[\d.]+)$/),
    samples(name) {
      const line = lineOf("S", name);
      const [count, sum] = [fieldOf(line, /Count: (\d+)/), fieldOf(line, /Sum: ([\d.]+)/)];
      return count === undefined || sum === undefined ? undefined : { count, sum };
    },
  };
});

testMeter("RecordingMeter", () => {
  const meter = new RecordingMeter();
  return {
    meter,
    isSilent: false,
    counter: (name) => meter.counters.get(name),
    gauge: (name) => meter.gauges.get(name),
    samples(name) {
      const samples = meter.samples.get(name);
      return samples && { count: samples.length, sum: samples.reduce((sum, value) => sum + value) };
    },
  };
});

testMeter("silentMeter", () => ({
  meter: silentMeter,
  isSilent: true,
  counter: () => undefined,
  gauge: () => undefined,
  samples: () => undefined,
}));
