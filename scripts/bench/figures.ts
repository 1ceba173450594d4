/** What is measured, and what is aimed at. */

import { encodeText } from "../../src/bytes/text.ts";
import type { RpcClient } from "../../src/rpc/client.ts";
import { BenchCluster, delay, type Subject, until } from "./subject.ts";

/** How much is measured. */
export interface Scale {
  readonly agents: number;
  readonly events: number;
  readonly queries: number;
  readonly floodSeconds: number;
  readonly leaves: number;
  readonly starts: number;
}

/** One number of a subject; `ratio` tells how the goal is meant. */
export interface Measurement {
  readonly figure: string;
  readonly unit: string;
  readonly value: number;
  /** The goal, as a ratio to the reference or as a value. */
  readonly goal: string;
}

/** A group of numbers that one cluster yields. */
export type Measure = (subject: Subject, scale: Scale) => Promise<Measurement[]>;

/** The value below which a share of the samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** Every measure, in the order in which the table shows them. */
export const measures: Readonly<Record<string, Measure>> = {
  start: measureStart,
  events: measureEvents,
  queries: measureQueries,
  leave: measureLeave,
  flood: measureFlood,
  calls: measureCalls,
};

async function measureStart({ command }: Subject, { starts }: Scale): Promise<Measurement[]> {
  const [program, ...args] = command;
  const times: number[] = [];
  for (let i = 0; i < starts; i++) {
    const startedAt = performance.now();
    await new Deno.Command(program!, { args: [...args, "version"], stdin: "null" }).output();
    times.push(performance.now() - startedAt);
  }
  return [{
    figure: "`version`, wall time, p50",
    unit: "ms",
    value: percentile(times, 0.5),
    goal: "1.3 of an empty Deno program",
  }];
}

async function measureEvents(subject: Subject, scale: Scale): Promise<Measurement[]> {
  await using cluster = await BenchCluster.form(subject, scale.agents);
  const heard = await listen(cluster, "user");
  const last: number[] = [];
  let missing = 0;
  for (let i = 0; i < scale.events; i++) {
    const { client } = cluster.agents[i % scale.agents]!;
    const id = `e${i}`;
    const firedAt = performance.now();
    await client.userEvent(id, encodeText("x".repeat(32)), { coalesce: false });
    await delay(150 + 300 * Math.random());
    heard.set(`fired ${id}`, [firedAt]);
  }
  await delay(3000);
  for (let i = 0; i < scale.events; i++) {
    const [firedAt = 0] = heard.get(`fired e${i}`) ?? [];
    const times = heard.get(`e${i}`) ?? [];
    missing += scale.agents - times.length;
    if (times.length === scale.agents) last.push(Math.max(...times) - firedAt);
  }
  const where = `of ${scale.agents} agents`;
  return [
    measured(`event at the last ${where}, p50`, "ms", percentile(last, 0.5), "1/50"),
    measured(`event at the last ${where}, p99`, "ms", percentile(last, 0.99), "1/10"),
    measured("events not delivered", "", missing, "none"),
  ];
}

async function measureQueries(subject: Subject, scale: Scale): Promise<Measurement[]> {
  await using cluster = await BenchCluster.form(subject, scale.agents);
  for (const { client, name } of cluster.agents) void answer(client, name);
  await delay(500);
  const lastAcks: number[] = [];
  const ends: number[] = [];
  for (let i = 0; i < scale.queries; i++) {
    const { client } = cluster.agents[i % scale.agents]!;
    const startedAt = performance.now();
    let lastAck = NaN;
    let acks = 0;
    for await (const { type } of await client.query(`q${i}`, undefined, { requestAck: true })) {
      if (type === "ack" && ++acks === scale.agents) lastAck = performance.now() - startedAt;
    }
    lastAcks.push(lastAck);
    ends.push(performance.now() - startedAt);
  }
  return [
    measured(
      `last ack of a query, ${scale.agents} agents, p50`,
      "ms",
      percentile(lastAcks, 0.5),
      "1/20",
    ),
    measured("query over, all having answered, p50", "ms", percentile(ends, 0.5), "1/20"),
  ];
}

async function measureLeave(subject: Subject, scale: Scale): Promise<Measurement[]> {
  await using cluster = await BenchCluster.form(subject, scale.agents);
  const heard = await listen(cluster, "member-failed");
  const times: number[] = [];
  for (let i = 0; i < scale.leaves; i++) {
    const leaving = cluster.agents.pop()!;
    const startedAt = performance.now();
    const left = cluster.agents.map(({ client }) =>
      until(async () => {
        const members = await client.membersFiltered({ name: leaving.name });
        return members[0]?.status === "left";
      }, 20)
    );
    void leaving.client.leave().catch(() => {});
    await Promise.all(left);
    times.push(performance.now() - startedAt);
    await leaving.process.status;
    leaving.client.close();
    await delay(1500);
  }
  return [
    measured(`leave seen by the last of ${scale.agents}, p50`, "ms", percentile(times, 0.5), "1/5"),
    measured("leaves called failures", "", heard.size, "none"),
  ];
}

async function measureFlood(subject: Subject, scale: Scale): Promise<Measurement[]> {
  const size = 10;
  const figures: Measurement[] = [];
  for (const rate of [1000, Infinity]) {
    await using cluster = await BenchCluster.form(subject, size);
    const heard = await listen(cluster, "user");
    const startedAt = performance.now();
    let fired = 0;
    const worker = async () => {
      while (true) {
        const elapsed = (performance.now() - startedAt) / 1000;
        if (elapsed > scale.floodSeconds) return;
        if (fired > rate * elapsed) {
          await delay(1);
          continue;
        }
        const id = `f${fired++}`;
        await cluster.agents[0]!.client.userEvent(id, encodeText("x".repeat(32)), {
          coalesce: false,
        });
      }
    };
    await Promise.all(Array.from({ length: 32 }, worker));
    const seconds = (performance.now() - startedAt) / 1000;
    await delay(4000);
    let delivered = 0;
    for (const times of heard.values()) delivered += times.length;
    const share = 100 * delivered / (fired * size);
    const what = rate === Infinity ? "flat out" : `at ${rate}/s`;
    figures.push(
      measured(
        `events ${what}: accepted`,
        "1/s",
        fired / seconds,
        rate === Infinity ? "–" : "1000",
      ),
      measured(`events ${what}: delivered everywhere`, "%", share, "100"),
    );
  }
  return figures;
}

async function measureCalls(subject: Subject, scale: Scale): Promise<Measurement[]> {
  await using cluster = await BenchCluster.form(subject, 10);
  const { client } = cluster.agents[0]!;
  const startedAt = performance.now();
  let calls = 0;
  while (performance.now() - startedAt < 1000 * scale.floodSeconds) {
    await client.members();
    calls++;
  }
  const rate = calls / (performance.now() - startedAt) * 1000;
  return [measured("RPC `members`, 10 members, one client", "1/s", rate, "at least 1.0")];
}

function measured(figure: string, unit: string, value: number, goal: string): Measurement {
  return { figure, unit, value, goal };
}

/** Notes when each agent hears each event, by the event's name. */
async function listen(cluster: BenchCluster, filter: string): Promise<Map<string, number[]>> {
  const heard = new Map<string, number[]>();
  for (const { client } of cluster.agents) {
    const stream = await client.stream(filter);
    void (async () => {
      for await (const record of stream) {
        const key = "name" in record ? record.name : record.event;
        const times = heard.get(key) ?? [];
        times.push(performance.now());
        heard.set(key, times);
      }
    })().catch(() => {});
  }
  return heard;
}

/** Answers every query that an agent hears. */
async function answer(client: RpcClient, name: string): Promise<void> {
  try {
    for await (const record of await client.stream("query")) {
      if ("id" in record) await client.respond(record.id, encodeText(name));
    }
  } catch {
    // The agent has ended.
  }
}
