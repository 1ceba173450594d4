/**
 * Does anything grow or get lost while members come and go for hours?
 *
 *     deno task soak [--minutes 60] [--handlers 10]
 *
 * Ten agents on loopback: four stay, six are killed, leave, stand still and come
 * back. An event is fired every two seconds; every member that was there all the while
 * must receive it exactly once, and run each of its handlers. Those who stay are measured: memory,
 * descriptors, timers and child processes must not grow beyond the bounds below once they are warm.
 */

import type { RpcClient } from "../../src/rpc/client.ts";
import { AgentProcess } from "../lab/agents.ts";
import { readArguments, runScript } from "../lab/command_line.ts";
import { childCount, openDescriptors, residentMemory } from "../lab/process_usage.ts";
import { ScratchFolder } from "../lab/scratch_folder.ts";
import { median } from "../lab/statistics.ts";
import { delay } from "../lab/waiting.ts";

const payload = new Uint8Array(100).fill("x".charCodeAt(0));
const stayers = 4;
const agents = 10;
const seconds = 1000;
/** What agents that stay may have more of at the end than when they were warm. */
const growthBounds = { memory: 48 * 1024 * 1024, descriptors: 16, timers: 64, processes: 2 };
/** Time for code to be compiled and tables to fill. */
const warmUp = 5 * 60 * seconds;
/** A member that is there this long before an event and after it must have received it. */
const settled = { before: 10 * seconds, after: 60 * seconds };

/** What an agent took up at one time. */
type Measurement = { readonly time: number } & Readonly<Record<keyof typeof growthBounds, number>>;

/** One place in the cluster, whichever process fills it at the moment. */
class Place {
  readonly name: string;
  readonly ip: string;
  readonly measurements: Measurement[] = [];
  /** How often each event was received in the present life. */
  readonly received = new Map<string, number>();
  /** How many events were received in all lives, and how many handlers wrote a byte for one. */
  events = 0;
  process: AgentProcess | undefined;
  /** When the present life began to receive events. */
  since = Infinity;
  isStopped = false;
  #client: RpcClient | undefined;
  readonly #runs: string;
  readonly #args: readonly string[];

  constructor(index: number, seeds: readonly string[], folder: string, handlers: number) {
    this.name = `soak-${index}`;
    this.ip = ipOf(index);
    this.#runs = `${folder}/${this.name}.runs`;
    this.#args = [
      `-snapshot=${folder}/${this.name}`,
      "-log-level=warn",
      "-tag=role=soak",
      ...seeds.map((ip) => `-retry-join=${ip}`),
      ...Array.from({ length: handlers }, (_, n) => {
        return `-event-handler=user=printf . >> ${this.#runs} # ${n}`;
      }),
    ];
  }

  get isUp(): boolean {
    return this.process !== undefined && !this.isStopped;
  }

  async start(): Promise<void> {
    this.received.clear();
    const { name, ip: bind } = this;
    this.process = await AgentProcess.start("ours", { name, bind, args: this.#args });
    const client = this.#client = await this.process.connect();
    void this.#receive(await client.stream("user")).catch(() => {});
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
    // It receives again, but what it missed meanwhile does not count.
    this.received.clear();
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
      timers: Number(gauges.at(-1)?.[1]),
      processes: await childCount(process.pid),
    });
    process.signal("SIGUSR1");
  }

  /** How many handlers have run in all lives. */
  async handlerRuns(): Promise<number> {
    return await Deno.stat(this.#runs).then(({ size }) => size, () => 0);
  }

  async #receive(records: AsyncIterable<object>): Promise<void> {
    for await (const record of records) {
      if (!("name" in record) || typeof record.name !== "string") continue;
      this.events++;
      this.received.set(record.name, (this.received.get(record.name) ?? 0) + 1);
    }
  }

  #forget(): void {
    this.since = Infinity;
    this.#client?.close();
    this.#client = undefined;
  }
}

function ipOf(index: number): string {
  return `127.78.9.${index + 1}`;
}

/** What became of the events. */
const tally = { fired: 0, deliveries: 0, lost: 0, twice: 0, changes: new Map<string, number>() };

/** Fires an event and looks, much later, who has received it. */
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
    const count = place.received.get(name) ?? 0;
    place.received.delete(name);
    if (place.since !== since) continue;
    tally.deliveries++;
    if (count === 1) continue;
    if (count === 0) tally.lost++;
    else tally.twice++;
    console.log(`WRONG: ${place.name} received ${name} of ${source.name} ${count} times`);
  }
}

/** Does something to a member that may come and go. */
async function disturb(place: Place): Promise<void> {
  const note = (what: string) => tally.changes.set(what, (tally.changes.get(what) ?? 0) + 1);
  if (place.isStopped) return;
  if (!place.process) {
    note("start");
    return await place.start();
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
  const { minutes, handlers } = readArguments(args, { minutes: 60, handlers: 10 });
  using folder = new ScratchFolder();
  const seeds = Array.from({ length: stayers }, (_, index) => ipOf(index));
  const places = Array.from({ length: agents }, (_, index) => {
    return new Place(index, seeds, folder.path, index < stayers ? handlers : 0);
  });
  const staying = places.slice(0, stayers);
  const start = performance.now();
  const end = start + minutes * 60 * seconds;
  const underway = new Set<Promise<void>>();
  const track = (work: Promise<void>) => {
    const tracked = work.catch((error) => console.log(`FAILED: ${error}`))
      .finally(() => underway.delete(tracked));
    underway.add(tracked);
  };
  const busy = new Set<Place>();
  const disturbAny = () => {
    const place = places[stayers + Math.floor(Math.random() * (agents - stayers))]!;
    if (busy.has(place)) return;
    busy.add(place);
    track(disturb(place).finally(() => busy.delete(place)));
  };
  let events = 0;
  const timers: ReturnType<typeof setInterval>[] = [];
  const stop = () => timers.forEach(clearInterval);
  const every = (period: number, action: () => void) => timers.push(setInterval(action, period));
  try {
    for (const place of places) await place.start();
    every(2 * seconds, () => {
      if (performance.now() < end - settled.after) track(fireAndCheck(places, `event-${events++}`));
    });
    every(10 * seconds, disturbAny);
    every(20 * seconds, () => staying.forEach((place) => track(place.measure())));
    every(60 * seconds, () => report(staying, (performance.now() - start) / seconds));
    await delay(end - performance.now());
    stop();
    await Promise.all(underway);
    return await judge(staying, start, handlers);
  } finally {
    stop();
    for (const place of places) await place.kill();
  }
}

const kinds = ["memory", "descriptors", "timers", "processes"] as const;

function report(places: readonly Place[], time: number): void {
  const latest = places.flatMap(({ measurements }) => measurements.slice(-1));
  const taken = kinds.map((kind) =>
    `${kind} ${latest.map((measurement) => show(kind, measurement[kind])).join("/")}`
  );
  console.log(`${(time / 60).toFixed(0)} min: ${taken.join(", ")}; ${describeTally()}`);
}

/** Compares the end with the time after the warm-up; returns the exit code. */
async function judge(places: readonly Place[], start: number, handlers: number): Promise<number> {
  let isGood = tally.lost === 0 && tally.twice === 0 && tally.deliveries > 0;
  for (const place of places) {
    const { name, measurements } = place;
    const warm = measurements.filter(({ time }) => time - start >= warmUp);
    const span = Math.max(1, Math.floor(warm.length / 5));
    for (const kind of kinds) {
      const valuesOf = (some: readonly Measurement[]) =>
        some.map((measurement) => measurement[kind]).filter((value) => !Number.isNaN(value));
      const first = median(valuesOf(warm.slice(0, span)));
      const last = median(valuesOf(warm.slice(-span)));
      if (Number.isNaN(first) || Number.isNaN(last)) continue;
      const isBounded = last - first <= growthBounds[kind];
      isGood &&= isBounded;
      const [from, to, bound] = [first, last, growthBounds[kind]].map((each) => show(kind, each));
      const verdict = `${isBounded ? "within" : "BEYOND"} the bound of +${bound}`;
      console.log(`${name}: ${kind} ${from} → ${to} (${verdict})`);
    }
    const runs = await place.handlerRuns();
    isGood &&= runs === place.events * handlers;
    console.log(`${name}: ${runs} handler runs for ${place.events} events`);
  }
  console.log(`Churn: ${[...tally.changes].map(([what, n]) => `${n} × ${what}`).join(", ")}`);
  console.log(describeTally());
  return isGood ? 0 : 1;
}

function describeTally(): string {
  const { fired, deliveries, lost, twice } = tally;
  return `${fired} events, ${deliveries} deliveries to members that were there all the while: ` +
    `${lost} lost, ${twice} twice`;
}

function show(kind: keyof typeof growthBounds, value: number): string {
  return kind === "memory" ? `${(value / 1024 / 1024).toFixed(0)} MB` : String(Math.round(value));
}

if (import.meta.main) await runScript(main);
