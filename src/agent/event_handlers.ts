/**
 * Runs the scripts that were configured for events (agent.md section 10).
 *
 * Each handler specification has a lane of its own: events go through it one
 * after another, in order, and a slow script delays nobody else. A lane's
 * backlog is bounded; what does not fit is dropped, counted and reported.
 */

import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import type { SerfEvent } from "../serf/event.ts";
import type { SerfMember } from "../serf/member.ts";
import { type EventHandler, filterMatches, parseEventHandlers } from "./event_filter.ts";
import { describeInvocation } from "./invocation.ts";
import { outputLimit, runScript, type ScriptOutcome, type ScriptRun } from "./script_runner.ts";

/** How many events may wait for one handler. */
export const backlogLimit = 1024;
/** Drops are reported at most this often. */
const dropReportInterval = 1000;

/** What running handlers needs. */
export interface EventHandlersOptions {
  /** The log named "agent". */
  readonly log: Log;
  readonly meter: Meter;
  /** Returns this agent's own member, whose tags scripts see. */
  readonly self: () => SerfMember;
  /** Runs a script; {@linkcode runScript} by default. */
  readonly run?: (run: ScriptRun) => Promise<ScriptOutcome>;
}

/** The handlers of an agent. */
export class EventHandlers {
  readonly #options: EventHandlersOptions;
  #lanes: ReadonlyMap<string, Lane> = new Map();

  constructor(options: EventHandlersOptions) {
    this.#options = options;
  }

  /** Every handler, in the order configured, one for each item of a filter list. */
  get list(): readonly EventHandler[] {
    return [...this.#lanes.values()].flatMap((lane) => lane.handlers);
  }

  /**
   * Replaces the handlers, from the next event on. A specification that stays
   * keeps its lane, so that its events remain in order.
   *
   * @throws {Error} `Invalid event script: …`; then nothing changes.
   */
  configure(specifications: readonly string[]): void {
    const lanes = new Map<string, Lane>();
    for (const [index, specification] of specifications.entries()) {
      const earlier = specifications.slice(0, index).filter((other) => other === specification);
      const key = `${earlier.length} ${specification}`;
      const handlers = parseEventHandlers(specification);
      lanes.set(key, this.#lanes.get(key) ?? new Lane(handlers, this.#options));
    }
    this.#lanes = lanes;
  }

  /** Offers an event to every handler. Returns at once. */
  handle(event: SerfEvent): void {
    for (const lane of this.#lanes.values()) lane.offer(event);
  }

  /** Resolves once no script runs and none waits. */
  async idle(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.working));
  }
}

/** One handler specification at work. */
class Lane {
  readonly handlers: readonly EventHandler[];
  readonly #options: EventHandlersOptions;
  readonly #waiting: SerfEvent[] = [];
  #dropped = 0;
  #lastReport = -Infinity;
  /** Settles when there is nothing left to do. */
  working: Promise<void> | undefined;

  constructor(handlers: readonly EventHandler[], options: EventHandlersOptions) {
    this.handlers = handlers;
    this.#options = options;
  }

  offer(event: SerfEvent): void {
    if (!this.handlers.some(({ filter }) => filterMatches(filter, event))) return;
    if (this.#waiting.length >= backlogLimit) return this.#drop();
    this.#waiting.push(event);
    this.working ??= this.#work();
  }

  async #work(): Promise<void> {
    for (let event = this.#waiting.shift(); event; event = this.#waiting.shift()) {
      for (const handler of this.handlers) {
        if (filterMatches(handler.filter, event)) await this.#invoke(handler.script, event);
      }
    }
    this.working = undefined;
  }

  async #invoke(script: string, event: SerfEvent): Promise<void> {
    const { log, meter, self, run = runScript } = this.#options;
    const startedAt = performance.now();
    const outcome = await run({
      script,
      ...describeInvocation(event, self()),
      onSlow: () => log.warn(`Script '${script}' slow, execution exceeding 1s`),
    });
    meter.sample(`agent.invoke.${script}`, performance.now() - startedAt);

    if (outcome.totalBytes > outputLimit) {
      log.warn(
        `Script '${script}' generated ${outcome.totalBytes} bytes of output, truncated to ${outputLimit}`,
      );
    }
    log.debug(`Event '${event.type}' script output: ${shownOutput(outcome.output)}`);
    if (outcome.failure !== undefined) {
      return log.error(`Error invoking script '${script}': ${outcome.failure}`);
    }
    if (event.type !== "query" || outcome.output.length === 0) return;
    const answer = event.respond(outcome.output);
    if (!answer.ok) {
      log.warn(
        `Failed to respond to query 'query: ${event.name}': failed to respond to key query: ${answer.error.message}`,
      );
    }
  }

  #drop(): void {
    this.#dropped++;
    const now = performance.now();
    if (now - this.#lastReport < dropReportInterval) return;
    const scripts = [...new Set(this.handlers.map(({ script }) => script))].join("', '");
    this.#options.log.warn(
      `Dropping events for script '${scripts}': ${backlogLimit} wait already (${this.#dropped} dropped)`,
    );
    this.#lastReport = now;
  }
}

/** The output as text, without the line end that logging adds anyway. */
function shownOutput(output: Uint8Array): string {
  return new TextDecoder().decode(output).replace(/\n$/, "");
}
