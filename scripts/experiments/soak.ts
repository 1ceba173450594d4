/**
 * Does anything grow or get lost while members come and go for hours?
 *
 *     deno task soak [--minutes 60]
 *
 * Ten agents on loopback: four stay, six are killed, leave, stand still and come
 * back. An event is fired every two seconds, and whoever was there all the while
 * must hear each exactly once. Those who stay are measured: memory, descriptors
 * and timers must not grow beyond the bounds below once they are warm.
 */

import { encodeText } from "../../src/bytes/text.ts";
import type { RpcClient } from "../../src/rpc/client.ts";
import { AgentProcess } from "../lab/agents.ts";
import { readArguments, runScript } from "../lab/command_line.ts";
import { openDescriptors, residentMemory } from "../lab/process_usage.ts";
import { median } from "../lab/statistics.ts";
import { delay } from "../lab/waiting.ts";

const payload = encodeText("x".repeat(100));
const stayers = 4;
const agents = 10;
const seconds = 1000;
/** What agents that stay may have more of at the end than when they were warm. */
const growthBounds = { memory: 48 * 1024 * 1024, descriptors: 16, timers: 64 } as const;
/** Time for code to be compiled and tables to fill. */
const warmUp = 5 * 60 * seconds;
/** Whoever is there this long before an event and after it must have heard it. */
const settled = { before: 10 * seconds, after: 60 * seconds } as const;

/** What an agent took up at one time. */
interface Measurement {
  readonly time: number;
  readonly memory: number;
  readonly descriptors: number;
  readonly timers: number | undefined;
}

/** One place in the cluster, whoever fills it at the moment. */
class Place {
  readonly name: string;
  readonly ip: string;
  readonly measurements: Measurement[] = [];
  /** Event name to how often it was heard in the present life. */
  readonly heard = new Map<string, number>();
  process: AgentProcess | undefined;
  /** When the present life began to hear events. */
  since = Infinity;
  /** Whether it stands still. */
  isStopped = false;
  #client: RpcClient | undefined;

  constructor(index: number) {
    this.name = `soak-${index}`;
    this.ip = `127.78.9.${index + 1}`;
  }

  get isUp(): boolean {
    return this.process !== undefined && !this.isStopped;
  }

  async start(seeds: readonly string[], folder: string): Promise<void> {
    this.heard.clear();
    this.process = await AgentProcess.start("ours", {
      name: this.name,
      bind: this.ip,
      args: [
        `-snapshot=${folder}/${this.name}`,
        "-log-level=warn",
        "-tag=role=soak",
        ...seeds.map((ip) => `-retry-join=${ip}`),
      ],
    });
    const client = this.#client = await this.process.connect();
    this.#hear(await client.stream("user"));
    this.since = performance.now();
  }

  async fire(name: string): Promise<void> {
    await this.#client?.userEvent(name, payload, { coalesce: false });
  }

  async kill(): Promise<void> {
    this.#forget();
    await this.process?.kill();
    this.process = undefined;
  }

  async leave(): Promise<void> {
    this.since = Infinity;
    await this.#client?.leave();
    await this.process?.exit();
    this.#forget();
    this.process = undefined;
  }

  async standStill(duration: number): Promise<void> {
    this.since = Infinity;
    this.isStopped = true;
    this.process?.signal("SIGSTOP");
    await delay(duration);
    this.process?.signal("SIGCONT");
    this.isStopped = false;
    // It hears again, but what it missed meanwhile does not count.
    this.heard.clear();
    this.since = performance.now() + 2 * duration;
  }

  async measure(): Promise<void> {
    const { process } = this;
    if (!process) return;
    const gauges = [...process.output.matchAll(/runtime\.timers': ([\d.]+)/g)];
    this.measurements.push({
      time: performance.now(),
      memory: await residentMemory(process.pid),
      descriptors: openDescriptors(process.pid),
      timers: gauges.length > 0 ? Number(gauges.at(-1)?.[1]) : undefined,
    });
    process.signal("SIGUSR1");
  }

  async #hear(events: AsyncIterable<{ readonly event: string }>): Promise<void> {
    try {
      for await (const event of events) {
        if (!("name" in event) || typeof event.name !== "string") continue;
        this.heard.set(event.name, (this.heard.get(event.name) ?? 0) + 1);
      }
    } catch {
      // The agent is gone, which is what happens here all the time.
    }
  }

  #forget(): void {
    this.since = Infinity;
    this.#client?.close();
    this.#client = undefined;
  }
}

/** What became of the events. */
const tally = { fired: 0, deliveries: 0, lost: 0, twice: 0, changes: new Map<string, number>() };

/** Fires an event and looks, much later, who has heard it. */
async function fireAndCheck(places: readonly Place[], name: string): Promise<void> {
  const up = places.filter((place) => place.isUp && place.since < performance.now());
  const source = up[Math.floor(Math.random() * up.length)];
  if (!source) return;
  const firedAt = performance.now();
  const witnesses = up.filter((place) => place.since < firedAt - settled.before)
    .map((place) => ({ place, since: place.since }));
  try {
    await source.fire(name);
  } catch {
    return;
  }
  tally.fired++;
  await delay(settled.after);
  for (const { place, since } of witnesses) {
    const count = place.heard.get(name) ?? 0;
    place.heard.delete(name);
    if (place.since !== since) continue;
    tally.deliveries++;
    if (count === 0) {
      tally.lost++;
      console.log(`LOST: ${place.name} has not heard ${name} from ${source.name}`);
    } else if (count > 1) {
      tally.twice++;
      console.log(`TWICE: ${place.name} has heard ${name} ${count} times`);
    }
  }
}

/** Does something to a member that may come and go. */
async function disturb(place: Place, start: () => Promise<void>): Promise<void> {
  const note = (what: string) => tally.changes.set(what, (tally.changes.get(what) ?? 0) + 1);
  if (place.isStopped) return;
  if (!place.process) {
    note("start");
    return await start();
  }
  const chance = Math.random();
  if (chance < 0.4) {
    note("kill -9");
    return await place.kill();
  }
  if (chance < 0.7) {
    note("leave");
    return await place.leave();
  }
  note("stand still");
  await place.standStill(5 * seconds + Math.random() * 10 * seconds);
}

async function main(args: readonly string[]): Promise<number> {
  const { minutes } = readArguments(args, { minutes: 60 });
  const folder = await Deno.makeTempDir({ prefix: "serf-soak-" });
  const places = Array.from({ length: agents }, (_, index) => new Place(index));
  const seeds = places.slice(0, stayers).map(({ ip }) => ip);
  const start = performance.now();
  const end = start + minutes * 60 * seconds;
  const underway = new Set<Promise<void>>();
  const busy = new Set<Place>();
  const track = (work: Promise<void>) => {
    const tracked = work.catch((error) => console.log(`FAILED: ${error}`))
      .finally(() => underway.delete(tracked));
    underway.add(tracked);
  };
  try {
    for (const place of places) await place.start(seeds, folder);
    let nextDisturbance = start + 20 * seconds;
    let nextMeasurement = start;
    let nextReport = start + 60 * seconds;
    for (let number = 0; performance.now() < end; number++) {
      const now = performance.now();
      if (now < end - settled.after) track(fireAndCheck(places, `event-${number}`));
      if (now >= nextDisturbance) {
        nextDisturbance = now + 10 * seconds;
        const place = places[stayers + Math.floor(Math.random() * (agents - stayers))]!;
        if (!busy.has(place)) {
          busy.add(place);
          track(disturb(place, () => place.start(seeds, folder)).finally(() => busy.delete(place)));
        }
      }
      if (now >= nextMeasurement) {
        nextMeasurement = now + 20 * seconds;
        for (const place of places.slice(0, stayers)) track(place.measure());
      }
      if (now >= nextReport) {
        nextReport = now + 60 * seconds;
        report(places, (now - start) / 60 / seconds);
      }
      await delay(2 * seconds);
    }
    await Promise.all(underway);
    return judge(places.slice(0, stayers), start);
  } finally {
    for (const place of places) await place.kill();
    await Deno.remove(folder, { recursive: true });
  }
}

function report(places: readonly Place[], minute: number): void {
  const latest = places.flatMap(({ measurements }) => measurements.slice(-1));
  const memory = latest.map(({ memory }) => (memory / 1024 / 1024).toFixed(0)).join("/");
  const descriptors = latest.map(({ descriptors }) => descriptors).join("/");
  const timers = latest.map(({ timers }) => timers ?? "?").join("/");
  console.log(
    `${minute.toFixed(0)} min: ${memory} MB, ${descriptors} descriptors, ${timers} timers; ` +
      `${tally.fired} events, ${tally.deliveries} deliveries checked, ` +
      `${tally.lost} lost, ${tally.twice} twice`,
  );
}

/** Compares the end with the time after the warm-up; returns the exit code. */
function judge(places: readonly Place[], start: number): number {
  let isGood = tally.lost === 0 && tally.twice === 0 && tally.deliveries > 0;
  for (const { name, measurements } of places) {
    const warm = measurements.filter(({ time }) => time - start >= warmUp);
    const span = Math.max(1, Math.floor(warm.length / 5));
    for (const kind of ["memory", "descriptors", "timers"] as const) {
      const first = median(warm.slice(0, span).flatMap((measurement) => measurement[kind] ?? []));
      const last = median(warm.slice(-span).flatMap((measurement) => measurement[kind] ?? []));
      if (Number.isNaN(first) || Number.isNaN(last)) continue;
      const isBounded = last - first <= growthBounds[kind];
      isGood &&= isBounded;
      console.log(
        `${name}: ${kind} ${show(kind, first)} → ${show(kind, last)}` +
          ` (${isBounded ? "within" : "BEYOND"} the bound of +${show(kind, growthBounds[kind])})`,
      );
    }
  }
  const changes = [...tally.changes].map(([what, count]) => `${count} × ${what}`).join(", ");
  console.log(`Churn: ${changes}`);
  console.log(
    `${tally.fired} events, ${tally.deliveries} deliveries to members that were there all the ` +
      `while: ${tally.lost} lost, ${tally.twice} twice`,
  );
  return isGood ? 0 : 1;
}

function show(kind: string, value: number): string {
  return kind === "memory" ? `${(value / 1024 / 1024).toFixed(0)} MB` : String(Math.round(value));
}

if (import.meta.main) await runScript(main);
