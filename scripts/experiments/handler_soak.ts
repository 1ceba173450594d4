/**
 * Sends user events through the handlers of a real agent and tells what that does
 * to it: descriptors, child processes and memory must not grow.
 *
 *     deno run -A --unstable-net scripts/handler_soak.ts [--events 10000] [--handlers 10]
 *
 * Each handler is a script that takes every event and puts one byte into a file,
 * so that its size tells how many ran. Events are sent no faster than the
 * handlers follow: none may be dropped. Needs Linux, for `/proc`.
 */

import { parseArgs } from "node:util";
import { RpcClient } from "../../src/rpc/client.ts";
import { AgentProcess } from "../lab/agents.ts";

/** How many events may be on their way; an agent keeps more than that for each handler. */
const window = 500;
/** How many measurements are taken. */
const samples = 10;
/** What may be added between the first measurement, when all is warm, and the last. */
export const growthBounds = { descriptors: 2, memory: 32 * 1024 * 1024 } as const;

const ip = "127.72.3.1";
const mebibyte = 1024 * 1024;

/** What an agent took up while it had nothing to do. */
interface Measurement {
  readonly events: number;
  readonly seconds: number;
  readonly memory: number;
  readonly descriptors: number;
  readonly processes: number;
}

async function measure(pid: number, events: number, startedAt: number): Promise<Measurement> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  return {
    events,
    seconds: (performance.now() - startedAt) / 1000,
    memory: Number(/VmRSS:\s*(\d+)/.exec(status)?.[1]) * 1024,
    descriptors: [...Deno.readDirSync(`/proc/${pid}/fd`)].length,
    processes: children.split(" ").filter((id) => id !== "").length,
  };
}

/** Counts the runs of all handlers. */
async function countRuns(path: string): Promise<number> {
  return (await Deno.stat(path)).size;
}

async function waitForRuns(path: string, wanted: number): Promise<void> {
  let latest = -1;
  let progressAt = performance.now();
  while (true) {
    const runs = await countRuns(path);
    if (runs >= wanted) return;
    if (runs !== latest) progressAt = performance.now();
    latest = runs;
    if (performance.now() - progressAt > 60_000) {
      throw new Error(`Only ${runs} of ${wanted} handler runs: the others were dropped`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function print({ events, seconds, memory, descriptors, processes }: Measurement): void {
  const cells = [
    String(events),
    seconds.toFixed(1),
    (memory / mebibyte).toFixed(1),
    String(descriptors),
    String(processes),
  ];
  console.log(cells.map((cell) => cell.padStart(12)).join(""));
}

/** Tells what grew too much between two measurements. */
export function findGrowth(first: Measurement, last: Measurement): string[] {
  const grown: string[] = [];
  if (last.descriptors > first.descriptors + growthBounds.descriptors) grown.push("descriptors");
  if (last.processes > 0) grown.push("processes");
  if (last.memory > first.memory + growthBounds.memory) grown.push("memory");
  return grown;
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: "string", default: "10000" },
      handlers: { type: "string", default: "10" },
    },
  });
  const [events, handlers] = [Number(values.events), Number(values.handlers)];
  const folder = await Deno.makeTempDir({ prefix: "serf-handlers-" });
  const path = `${folder}/runs`;
  await Deno.writeTextFile(path, "");
  try {
    await using agent = await AgentProcess.start("ours", {
      name: "soak",
      bind: `${ip}:0`,
      rpc: `${ip}:7373`,
      args: Array.from({ length: handlers }, (_, index) => {
        return `-event-handler=user=printf . >> ${path} # ${index}`;
      }),
    });
    const measurements = await run(agent, path, events, handlers);
    const [first] = measurements;
    const last = measurements.at(-1);
    if (!first || !last) return 1;
    const rate = (events * handlers / last.seconds).toFixed(0);
    console.log(`${events * handlers} handler runs, ${rate} a second`);
    const grown = findGrowth(first, last);
    console.log(grown.length === 0 ? "Nothing grew." : `Grew: ${grown.join(", ")}`);
    return grown.length === 0 ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(
  agent: AgentProcess,
  path: string,
  events: number,
  handlers: number,
): Promise<Measurement[]> {
  const titles = ["events", "seconds", "memory MiB", "descriptors", "processes"];
  console.log(titles.map((title) => title.padStart(12)).join(""));
  const client = await RpcClient.connect({ address: agent.rpc });
  const payload = new TextEncoder().encode("x".repeat(100));
  const measurements: Measurement[] = [];
  const startedAt = performance.now();
  const step = Math.ceil(events / samples);
  for (let sent = 1; sent <= events; sent++) {
    await client.userEvent(`event-${sent % 100}`, payload, { coalesce: false });
    if (sent % window === 0) await waitForRuns(path, (sent - window / 2) * handlers);
    if (sent % step !== 0 && sent !== events) continue;
    await waitForRuns(path, sent * handlers);
    // The last scripts have written; give them the time to end, too.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const measurement = await measure(agent.pid, sent, startedAt);
    measurements.push(measurement);
    print(measurement);
  }
  client.close();
  return measurements;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
