/**
 * Do descriptors, child processes or memory of an agent grow with the handlers that it runs?
 *
 *     deno task lab handler_soak [--events 10000] [--handlers 10]
 *
 * Each handler is a script that takes every event and puts one byte into a file,
 * so that its size tells how many ran. Events are sent no faster than the
 * handlers follow: none may be dropped. Needs Linux, for `/proc`.
 */

import { encodeText } from "../../src/bytes/text.ts";
import { AgentProcess } from "../lab/agents.ts";
import { readArguments, runScript } from "../lab/command_line.ts";
import { childCount, openDescriptors, residentMemory } from "../lab/process_usage.ts";
import { markdownTable } from "../lab/table.ts";
import { delay } from "../lab/waiting.ts";

/** How many events may be on their way; an agent keeps more than that for each handler. */
const window = 500;
/** How many measurements are taken. */
const samples = 10;
/** What may be added between the first measurement, when all is warm, and the last. */
const growthBounds = { descriptors: 2, memory: 32 * 1024 * 1024, processes: 0 } as const;
const payload = encodeText("x".repeat(100));
const ip = "127.72.3.1";

/** What an agent took up while it had nothing to do. */
interface Measurement {
  readonly events: number;
  readonly seconds: number;
  readonly memory: number;
  readonly descriptors: number;
  readonly processes: number;
}

async function waitForRuns(path: string, wanted: number): Promise<void> {
  let latest = -1;
  let progressAt = performance.now();
  while (true) {
    const { size: runs } = await Deno.stat(path);
    if (runs >= wanted) return;
    if (runs !== latest) progressAt = performance.now();
    latest = runs;
    if (performance.now() - progressAt > 60_000) {
      throw new Error(`Only ${runs} of ${wanted} handler runs: the others were dropped`);
    }
    await delay(5);
  }
}

async function main(args: readonly string[]): Promise<number> {
  const { events, handlers } = readArguments(args, { events: 10_000, handlers: 10 });
  const folder = await Deno.makeTempDir({ prefix: "serf-handlers-" });
  const path = `${folder}/runs`;
  await Deno.writeTextFile(path, "");
  try {
    await using agent = await AgentProcess.start("ours", {
      name: "soak",
      bind: `${ip}:0`,
      args: Array.from({ length: handlers }, (_, index) => {
        return `-event-handler=user=printf . >> ${path} # ${index}`;
      }),
    });
    const measurements = await run(agent, path, events, handlers);
    for (const line of table(measurements)) console.log(line);
    const [first, last] = [measurements[0]!, measurements.at(-1)!];
    const rate = (events * handlers / last.seconds).toFixed(0);
    console.log(`${events * handlers} handler runs, ${rate} a second`);
    const grown = (["descriptors", "memory", "processes"] as const).filter((kind) =>
      last[kind] > (kind === "processes" ? 0 : first[kind]) + growthBounds[kind]
    );
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
  using client = await agent.connect();
  const measurements: Measurement[] = [];
  const startedAt = performance.now();
  const step = Math.ceil(events / samples);
  for (let sent = 1; sent <= events; sent++) {
    await client.userEvent(`event-${sent % 100}`, payload, { coalesce: false });
    if (sent % window === 0) await waitForRuns(path, (sent - window / 2) * handlers);
    if (sent % step !== 0 && sent !== events) continue;
    await waitForRuns(path, sent * handlers);
    // The last scripts have written; give them the time to end, too.
    await delay(500);
    measurements.push({
      events: sent,
      seconds: (performance.now() - startedAt) / 1000,
      memory: await residentMemory(agent.pid),
      descriptors: openDescriptors(agent.pid),
      processes: await childCount(agent.pid),
    });
  }
  return measurements;
}

function table(measurements: readonly Measurement[]): string[] {
  return markdownTable([
    ["events", "seconds", "memory MiB", "descriptors", "processes"],
    ...measurements.map(({ events, seconds, memory, descriptors, processes }) => [
      String(events),
      seconds.toFixed(1),
      (memory / 1024 / 1024).toFixed(1),
      String(descriptors),
      String(processes),
    ]),
  ]);
}

if (import.meta.main) await runScript(main);
