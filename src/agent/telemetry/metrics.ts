/**
 * Counts and measurements of a running agent, gathered in intervals of ten
 * seconds of which the last minute is kept, and passed on to sinks (agent.md
 * section 12).
 */

import type { Meter } from "../../ports/meter.ts";
import type { MetricRecord } from "../../rpc/commands.ts";

/** `g` for a gauge, `c` for a counter, `ms` for a sample: what metrics servers call them. */
type MetricKind = "g" | "c" | "ms";

export interface MetricSink {
  write(name: string, value: number, kind: MetricKind): void;
}

export interface MetricsOptions {
  /** Stands in gauge names once there is a sink. */
  readonly hostName: string;
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly now?: () => number;
}

const service = "serf-agent";
/** Length of an interval in milliseconds. */
const intervalLength = 10_000;
/** How many intervals are kept, the running one included. */
const intervalsKept = 6;
/** Names come from peers as well (`serf.events.NAME`): no interval holds more than this many. */
const nameLimit = 4096;

export class Metrics implements Meter {
  readonly #options: MetricsOptions;
  readonly #now: () => number;
  readonly #sinks: MetricSink[] = [];
  #intervals: Interval[] = [];
  readonly #fullNames = new Map<string, string>();

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Passes every metric from now on to `sink` as well. */
  addSink(sink: MetricSink): void {
    this.#sinks.push(sink);
  }

  /** Whether metrics go anywhere but into memory. */
  get hasSinks(): boolean {
    return this.#sinks.length > 0;
  }

  count(name: string, amount: number): void {
    this.#add("c", name, amount);
  }

  gauge(name: string, value: number): void {
    this.#add("g", this.hasSinks ? `${this.#options.hostName}.${name}` : name, value);
  }

  sample(name: string, value: number): void {
    this.#add("ms", name, value);
  }

  #add(kind: MetricKind, name: string, value: number): void {
    const full = this.#fullName(name);
    const now = this.#now();
    this.#intervalAt(now).byKind[kind].add(full, value, now);
    for (const sink of this.#sinks) sink.write(full, value, kind);
  }

  /** Returns all complete intervals; empty if there is none. */
  records(): readonly MetricRecord[] {
    const running = this.#intervalAt(this.#now());
    return this.#intervals.filter((interval) => interval !== running)
      .flatMap(({ byKind, start }) =>
        Object.values(byKind).flatMap((aggregates) => aggregates.records(start))
      );
  }

  /** Most names come again and again, with every packet. */
  #fullName(name: string): string {
    let full = this.#fullNames.get(name);
    if (full === undefined) {
      full = fullName(name);
      if (this.#fullNames.size >= nameLimit) this.#fullNames.clear();
      this.#fullNames.set(name, full);
    }
    return full;
  }

  #intervalAt(now: number): Interval {
    const start = Math.floor(now / intervalLength) * intervalLength;
    const latest = this.#intervals.at(-1);
    if (latest?.start === start) return latest;
    const byKind = {
      g: new Aggregates("gauge"),
      c: new Aggregates("counter"),
      ms: new Aggregates("sample"),
    };
    const fresh = { start, byKind };
    this.#intervals = [...this.#intervals, fresh].slice(-intervalsKept);
    return fresh;
  }
}

interface Interval {
  readonly start: number;
  readonly byKind: Readonly<Record<MetricKind, Aggregates>>;
}

interface Aggregate {
  count: number;
  sum: number;
  squares: number;
  min: number;
  max: number;
  updatedAt: number;
}

/** Sums of values by name; of a gauge the latest value alone counts. */
class Aggregates {
  readonly #type: "gauge" | "counter" | "sample";
  readonly #byName = new Map<string, Aggregate>();

  constructor(type: "gauge" | "counter" | "sample") {
    this.#type = type;
  }

  add(name: string, value: number, now: number): void {
    const known = this.#byName.get(name);
    if (!known && this.#byName.size >= nameLimit) return;
    if (!known || this.#type === "gauge") {
      const fresh = { count: 1, sum: value, squares: value * value, min: value, max: value };
      this.#byName.set(name, { ...fresh, updatedAt: now });
      return;
    }
    known.count++;
    known.sum += value;
    known.squares += value * value;
    known.min = Math.min(known.min, value);
    known.max = Math.max(known.max, value);
    known.updatedAt = now;
  }

  records(start: number): MetricRecord[] {
    const [time, type] = [formatTime(start), this.#type];
    return [...this.#byName].map(([name, { count, sum, squares, min, max, updatedAt }]) => {
      const spread = Math.sqrt(Math.max(0, count * squares - sum * sum) / (count * (count - 1)));
      const stddev = min === max ? 0 : spread;
      const lastUpdated = type === "gauge" ? "" : formatTime(updatedAt);
      return { time, type, name, count, sum, min, max, stddev, lastUpdated };
    });
  }
}

/** Prints metrics, one line each, as the reference does. */
export function formatMetrics(metrics: readonly MetricRecord[]): string {
  return metrics.map((metric) => {
    const letter = metric.type.charAt(0).toUpperCase();
    return `[${metric.time}][${letter}] '${metric.name}': ${formatNumbers(metric)}\n`;
  }).join("");
}

function formatNumbers({ type, count, sum, min, max, stddev, lastUpdated }: MetricRecord): string {
  if (type === "gauge") return sum.toFixed(3);
  const spread = [
    `Min: ${min.toFixed(3)}`,
    `Mean: ${(sum / count).toFixed(3)}`,
    `Max: ${max.toFixed(3)}`,
    `Stddev: ${stddev.toFixed(3)}`,
  ];
  const numbers = [...min === max ? [] : spread, `Sum: ${sum.toFixed(3)}`];
  return `Count: ${count} ${numbers.join(" ")} LastUpdated: ${lastUpdated}`;
}

/**
 * The name that metrics servers see: they use `:`, `|`, blanks and line ends themselves,
 * and a user event must not be able to report a number of its own by its name.
 */
function fullName(name: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  return `${service}.${name}`.replace(/[: |\u0000-\u001f\u007f]/g, "_");
}

/** Prints a time in the form `2026-11-23 04:47:30 +0000 UTC`, milliseconds if there are any. */
function formatTime(time: number): string {
  const iso = new Date(time).toISOString();
  const fraction = iso.slice(19, 23).replace(/\.?0+$/, "");
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction} +0000 UTC`;
}
