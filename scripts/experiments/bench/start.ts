/** How long commands take from their start to their end. */

import { AgentCluster } from "../../lab/cluster.ts";
import { measured, type Measurement } from "../../lab/comparison.ts";
import { valueAtMost } from "../../lab/goal.ts";
import { median } from "../../lab/statistics.ts";
import { toolOutput } from "../../lab/tool_output.ts";
import type { Measure } from "./scale.ts";

const empty = new URL("bare/empty.ts", import.meta.url).pathname;

/** Measures `version` and `members`; where there is a runtime, its own start as well. */
export const start: Measure = async (subject, { starts }) => {
  const { command, runtime } = subject;
  await using cluster = await AgentCluster.form(subject, 2);
  const commands: Record<string, readonly [string, ...string[]]> = {
    version: [...command, "version"],
    members: [...command, "members", `-rpc-addr=${cluster.agents[0]!.rpc}`],
    ...(runtime && { empty: [...runtime, empty] }),
  };
  const times: Record<string, number[]> = {};
  // In turn, so that whatever else the machine does happens to all alike; the
  // first round fills caches.
  for (let round = 0; round <= starts; round++) {
    for (const [name, line] of Object.entries(commands)) {
      const startedAt = performance.now();
      await toolOutput(...line);
      if (round > 0) (times[name] ??= []).push(performance.now() - startedAt);
    }
  }
  const middle = (name: string) => median(times[name] ?? []);
  return ["version", "members"].flatMap((name) => {
    const figure = `\`${name}\`, wall time`;
    const own: Measurement = measured(`${figure}, p50`, middle(name), "ms");
    if (!runtime) return [own];
    return [
      own,
      measured(
        `${figure}, of an empty program's`,
        middle(name) / middle("empty"),
        "×",
        valueAtMost(1.3),
      ),
    ];
  });
};
