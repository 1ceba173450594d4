/** `serf metrics`: what the agent measured in the last minute, as SIGUSR1 makes it print. */

import { formatMetrics } from "../../agent/telemetry/metrics.ts";
import type { MetricRecord } from "../../rpc/commands.ts";
import { agentFlags, attempt, connectToAgent, orUnknown } from "../agent_connection.ts";
import { defineCommand } from "../command.ts";
import { formatJson, type Json } from "../../go/json_writer.ts";
import { formatFlag, requireOutputFormat } from "../output/output_format.ts";

const unlessOurs = orUnknown(
  "Error querying agent: it cannot tell its metrics (HashiCorp's cannot): " +
    "SIGUSR1 makes it print them to its standard error",
);

export const metrics = defineCommand({
  name: "metrics",
  example: "serf metrics -format=json",
  about: [
    "Shows what the agent measured in the last minute, in intervals of ten seconds. There is " +
    "nothing to show before the first is over.",
  ],
  flags: { format: formatFlag, ...agentFlags },
  async run({ format: formatName, ...flags }, _args, context) {
    const format = requireOutputFormat(formatName);
    using agent = await connectToAgent(flags, context);
    const found = await attempt("Error querying agent", agent.metrics().catch(unlessOurs));
    const text = format === "json"
      ? formatJson({ metrics: found.map(describe) })
      : formatMetrics(found).trimEnd();
    context.terminal.print(text);
  },
});

function describe(metric: MetricRecord): Json {
  const { time, type, name, count, sum, min, max, stddev, lastUpdated } = metric;
  if (type === "gauge") return { time, type, name, value: sum };
  return {
    ...{ time, type, name, count, sum, min, mean: sum / count, max, stddev },
    last_updated: lastUpdated,
  };
}
