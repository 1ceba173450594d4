/** What a command and an idle agent take up, beside programs of the same runtime that do less. */

import { AgentCluster } from "../../lab/cluster.ts";
import { type Command, toolOutput } from "../../lab/command.ts";
import { type Measure, measured, type Measurement } from "../../lab/comparison.ts";
import { ratioAtMost, valueAtMost } from "../../lab/goal.ts";
import { processorTime, residentMemory } from "../../lab/process_usage.ts";
import { mean, median } from "../../lab/statistics.ts";
import { delay } from "../../lab/waiting.ts";
import { agents, type Subject } from "./subject.ts";

const mebibyte = 1024 * 1024;
const empty = new URL("bare/empty.ts", import.meta.url).pathname;
const sockets = new URL("bare/sockets.ts", import.meta.url).pathname;
/** Where programs run that have an agent's sockets and do nothing. */
const bareAddresses = ["127.75.0.1", "127.75.0.2", "127.75.0.3"];

/** Measures the time that `version` and `members` take, and an empty program where it can be run. */
export const start: Measure<Subject> = async ({ command, runtime }, isShort) => {
  await using cluster = await AgentCluster.form({ command }, 2);
  const commands: Readonly<Record<string, Command>> = {
    version: [...command, "version"],
    members: [...command, "members", `-rpc-addr=${cluster.agents[0]!.rpc}`],
    ...runtime && { empty: [...runtime, empty] },
  };
  const times: Record<string, number[]> = { version: [], members: [], empty: [] };
  // In turn, so that the machine's load is the same for all; the first round fills caches.
  for (let round = 0; round <= (isShort ? 10 : 40); round++) {
    for (const [name, line] of Object.entries(commands)) {
      const startedAt = performance.now();
      await toolOutput(...line);
      if (round > 0) times[name]!.push(performance.now() - startedAt);
    }
  }
  return ["version", "members"].flatMap((name) => {
    const time = median(times[name]!);
    const ratio = time / median(times.empty!);
    const figure = `\`${name}\`, wall time`;
    return [
      measured(`${figure}, p50`, time, "ms"),
      ...runtime
        ? [measured(`${figure}, of an empty program's`, ratio, "×", valueAtMost(1.3))]
        : [],
    ];
  });
};

/** Measures processor time and memory of agents in a quiet cluster. */
export const idle: Measure<Subject> = async (subject, isShort) => {
  await using cluster = await AgentCluster.form(subject, agents);
  const bare = startBare(subject);
  try {
    await delay(4000);
    const pids = cluster.agents.map(({ process }) => process.pid);
    const before = await Promise.all(pids.map(processorTime));
    const startedAt = performance.now();
    await delay(isShort ? 20_000 : 60_000);
    const after = await Promise.all(pids.map(processorTime));
    const seconds = (performance.now() - startedAt) / 1000;
    const used = mean(after.map((time, index) => time - before[index]!)) / seconds;
    const memory = median(await Promise.all(pids.map(residentMemory)));
    const what = `idle agent of ${agents}`;
    const measurements: Measurement[] = [
      measured(`${what}: processor`, used, "ms/s", ratioAtMost(1.5)),
      measured(`${what}: memory`, memory / mebibyte, "MiB"),
    ];
    if (bare.length === 0) return measurements;
    const least = median(await Promise.all(bare.map(({ pid }) => residentMemory(pid))));
    const figure = `${what}: memory, of a program's with its sockets only`;
    return [...measurements, measured(figure, memory / least, "×", valueAtMost(1.25))];
  } finally {
    for (const process of bare) process.kill("SIGKILL");
    await Promise.all(bare.map(({ status }) => status));
  }
};

/** Starts programs that have an agent's sockets and do nothing, where the subject has a runtime. */
function startBare({ runtime }: Subject): Deno.ChildProcess[] {
  if (!runtime) return [];
  const [program, ...args] = runtime;
  return bareAddresses.map((address) =>
    new Deno.Command(program, {
      args: [...args, sockets, address],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn()
  );
}
