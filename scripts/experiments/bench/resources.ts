/** What an agent takes up that has nothing to do. */

import { end } from "../../lab/agents.ts";
import { AgentCluster } from "../../lab/cluster.ts";
import { measured, type Measurement } from "../../lab/comparison.ts";
import { ratioAtMost, valueAtMost } from "../../lab/goal.ts";
import { processorTime, residentMemory } from "../../lab/process_usage.ts";
import { mean, median } from "../../lab/statistics.ts";
import { delay } from "../../lab/waiting.ts";
import type { Measure } from "./scale.ts";
import type { Subject } from "./subject.ts";

const mebibyte = 1024 * 1024;
const sockets = new URL("bare/sockets.ts", import.meta.url).pathname;
/** Programs without an agent, to compare with. */
const bareAddresses = ["127.75.0.1", "127.75.0.2", "127.75.0.3"];

/** Measures processor time and memory of agents in a quiet cluster. */
export const idle: Measure = async (subject, { agents, idleSeconds }) => {
  await using cluster = await AgentCluster.form(subject, agents);
  await using bare = new BareProcesses(subject);
  await delay(4000);
  const pids = cluster.agents.map(({ process }) => process.pid);
  const before = await Promise.all(pids.map(processorTime));
  const startedAt = performance.now();
  await delay(1000 * idleSeconds);
  const after = await Promise.all(pids.map(processorTime));
  const seconds = (performance.now() - startedAt) / 1000;
  const used = mean(after.map((time, index) => time - before[index]!)) / seconds;
  const memory = median(await Promise.all(pids.map(residentMemory)));

  const what = `idle agent of ${agents}`;
  const measurements: Measurement[] = [
    measured(`${what}: processor`, used, "ms/s", ratioAtMost(1.5)),
    measured(`${what}: memory`, memory / mebibyte, "MiB"),
  ];
  if (bare.pids.length > 0) {
    measurements.push(
      measured(
        `${what}: memory, of a program's with its sockets only`,
        memory / median(await Promise.all(bare.pids.map(residentMemory))),
        "×",
        valueAtMost(1.25),
      ),
    );
  }
  return measurements;
};

/** Programs that have an agent's sockets and do nothing, where the subject has a runtime. */
class BareProcesses implements AsyncDisposable {
  readonly #processes: readonly Deno.ChildProcess[];

  constructor({ runtime }: Subject) {
    const [program, ...args] = runtime ?? [];
    this.#processes = program === undefined
      ? []
      : bareAddresses.map((address) =>
        new Deno.Command(program, {
          args: [...args, sockets, address],
          stdin: "null",
          stdout: "null",
          stderr: "null",
        }).spawn()
      );
  }

  get pids(): readonly number[] {
    return this.#processes.map(({ pid }) => pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#processes) end(process);
    await Promise.all(this.#processes.map(({ status }) => status));
  }
}
