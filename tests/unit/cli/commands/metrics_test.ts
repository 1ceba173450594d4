import assert from "node:assert/strict";
import { metrics } from "../../../../src/cli/commands/metrics.ts";
import { Metrics } from "../../../../src/agent/telemetry/metrics.ts";
import { RpcError } from "../../../../src/rpc/rpc_error.ts";
import { RecordedContext } from "../../../support/command_context.ts";

/** Two metrics in one interval. */
function measured() {
  const clock = { now: Date.UTC(2026, 10, 23, 4, 47, 30) };
  const meter = new Metrics({ hostName: "host", now: () => clock.now });
  meter.gauge("load", 1.5);
  meter.sample("wait", 2);
  meter.sample("wait", 4);
  clock.now += 10_000;
  return meter.records();
}

async function run(answer: () => Promise<ReturnType<typeof measured>>, ...args: string[]) {
  const context = new RecordedContext({ metrics: answer });
  return { code: await metrics.execute(args, context), context };
}

Deno.test("metrics prints lines as the signal does", async () => {
  const { code, context } = await run(() => Promise.resolve(measured()));
  assert.equal(code, 0);
  assert.equal(
    context.stdout,
    "[2026-11-23 04:47:30 +0000 UTC][G] 'serf-agent.load': 1.500\n" +
      "[2026-11-23 04:47:30 +0000 UTC][S] 'serf-agent.wait': Count: 2 Min: 2.000 Mean: 3.000 " +
      "Max: 4.000 Stddev: 1.414 Sum: 6.000 LastUpdated: 2026-11-23 04:47:30 +0000 UTC\n",
  );
});

Deno.test("metrics prints JSON", async () => {
  const { context } = await run(() => Promise.resolve(measured()), "-format=json");
  const time = "2026-11-23 04:47:30 +0000 UTC";
  assert.deepEqual(JSON.parse(context.stdout), {
    metrics: [
      { time, type: "gauge", name: "serf-agent.load", value: 1.5 },
      {
        ...{ time, type: "sample", name: "serf-agent.wait", count: 2, sum: 6, min: 2, mean: 3 },
        ...{ max: 4, stddev: Math.SQRT2, last_updated: time },
      },
    ],
  });
});

Deno.test("metrics tells what to do where the agent has no such command", async () => {
  const refused = new RpcError("refused", "Unsupported command");
  const { code, context } = await run(() => Promise.reject(refused));
  assert.equal(code, 1);
  assert.match(context.stdout, /it cannot tell its metrics \(HashiCorp's cannot\): SIGUSR1/);
});
