/**
 * Runs the scripts that were configured for events (agent.md section 10).
 *
 * They run in the background, in the order that `handler_schedule.ts` keeps. What
 * waits for one handler is bounded: events beyond that are dropped for it,
 * counted and reported.
 *
 * Where there is a time limit, scripts also end with the agent.
 */

import type { Milliseconds } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import type { SerfEvent } from "../../serf/event.ts";
import type { SerfMember } from "../../serf/member.ts";
import {
  type EventHandler,
  filterMatches,
  filterWantsQuery,
  parseEventHandlers,
} from "./event_filter.ts";
import { quoteGo } from "../../go/quote.ts";
import { type HandlerRun, HandlerSchedule } from "./handler_schedule.ts";
import { describeInvocation } from "./invocation.ts";
import { outputLimit, runScript, type ScriptOutcome, type ScriptRun } from "./script_runner.ts";

/** How many events may wait for one handler. */
export const backlogLimit = 1024;
/** How many characters of what a script printed last are told when it fails. */
const maxFailureText = 200;
/** Drops are reported at most this often. */
const dropReportInterval = 1000;

export interface EventHandlersOptions {
  /** The log named "agent". */
  readonly log: Log;
  readonly meter: Meter;
  /** Returns this agent's own member, whose tags scripts see. */
  readonly self: () => SerfMember;
  /** Runs a script; {@linkcode runScript} by default. */
  readonly run?: (run: ScriptRun) => Promise<ScriptOutcome>;
}

/** A handler, and what it missed. */
interface Worker extends EventHandler {
  dropped: number;
  reportedAt: number;
}

export class EventHandlers {
  readonly #options: EventHandlersOptions;
  readonly #schedule = new HandlerSchedule<Worker, SerfEvent>();
  /** By specification; the same one twice is two entries. */
  #workers: ReadonlyMap<string, readonly Worker[]> = new Map();
  /** How long a script may take; 0 for as long as it likes. */
  #timeLimit: Milliseconds = 0;
  /** The runs that have a limit. */
  readonly #running = new Set<Promise<ScriptOutcome>>();
  readonly #end = new AbortController();

  constructor(options: EventHandlersOptions) {
    this.#options = options;
  }

  /** Every handler, in the order configured, one for each item of a filter list. */
  get list(): readonly EventHandler[] {
    return [...this.#workers.values()].flat();
  }

  /** How many runs have not begun, of handlers that were replaced meanwhile too. */
  get backlog(): number {
    return this.#schedule.backlog;
  }

  /**
   * Replaces the handlers, from the next event on. Those whose specification
   * stays remain the same, so that their events stay in order.
   *
   * @param timeLimit how long each run may take, from the next on; 0 for no limit.
   * @throws {Error} `Invalid event script: …`; then nothing changes.
   */
  configure(specifications: readonly string[], timeLimit: Milliseconds = 0): void {
    const workers = new Map<string, readonly Worker[]>();
    for (const [index, specification] of specifications.entries()) {
      const earlier = specifications.slice(0, index).filter((other) => other === specification);
      const key = `${earlier.length} ${specification}`;
      const fresh = () =>
        parseEventHandlers(specification)
          .map((handler) => ({ ...handler, dropped: 0, reportedAt: -Infinity }));
      workers.set(key, this.#workers.get(key) ?? fresh());
    }
    this.#workers = workers;
    this.#timeLimit = timeLimit;
  }

  /**
   * Starts no more scripts, and waits for the end of those that have a limit; the others
   * go on, as the reference's do.
   */
  async end(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#running);
  }

  /** Whether there is a handler for queries of this name. */
  mayAnswer(query: string): boolean {
    return this.list.some(({ filter }) => filterWantsQuery(filter, query));
  }

  handle(event: SerfEvent): void {
    const willing = [...this.#workers.values()].flat().filter((worker) => {
      if (!filterMatches(worker.filter, event)) return false;
      const hasRoom = this.#schedule.waiting(worker) < backlogLimit;
      if (!hasRoom) this.#drop(worker);
      return hasRoom;
    });
    this.#schedule.add(event, willing);
    this.#proceed();
  }

  #proceed(): void {
    if (this.#end.signal.aborted) return;
    for (let run = this.#schedule.next(); run; run = this.#schedule.next()) void this.#work(run);
  }

  async #work({ handler, event }: HandlerRun<Worker, SerfEvent>): Promise<void> {
    await this.#invoke(handler, event);
    this.#schedule.finish(handler);
    this.#proceed();
  }

  async #invoke(worker: Worker, event: SerfEvent): Promise<void> {
    const { log, meter, self, run = runScript } = this.#options;
    const { script } = worker;
    const startedAt = performance.now();
    const limit = this.#timeLimit > 0
      ? { time: this.#timeLimit, agentEnd: this.#end.signal }
      : undefined;
    const running = run({
      script,
      limit,
      ...describeInvocation(event, self()),
      onSlow: () => {
        log.warn(`Script '${script}' slow, execution exceeding 1s`);
        this.#schedule.giveWay(worker);
        this.#proceed();
      },
    });
    if (limit) this.#running.add(running);
    const outcome = await running;
    this.#running.delete(running);
    meter.sample(`agent.invoke.${script}`, performance.now() - startedAt);

    if (outcome.totalBytes > outputLimit) {
      log.warn(
        `Script '${script}' generated ${outcome.totalBytes} bytes of output, truncated to ${outputLimit}`,
      );
    }
    const output = new TextDecoder().decode(outcome.output);
    log.debug(`Event '${event.type}' script output: ${output}`);
    if (outcome.failure !== undefined) {
      const said = output.trim().slice(-maxFailureText);
      const last = said === "" ? "" : `: ${quoteGo(said)}`;
      return log.error(`Error invoking script '${script}': ${outcome.failure}${last}`);
    }
    if (event.type !== "query" || outcome.output.length === 0) return;
    const answer = event.respond(outcome.output);
    if (!answer.ok) {
      log.warn(
        `Failed to respond to query 'query: ${event.name}': failed to respond to key query: ${answer.error.message}`,
      );
    }
  }

  #drop(worker: Worker): void {
    worker.dropped++;
    this.#options.meter.count("agent.invoke.dropped", 1);
    const now = performance.now();
    if (now - worker.reportedAt < dropReportInterval) return;
    this.#options.log.warn(
      `Dropping events for script '${worker.script}': ` +
        `${backlogLimit} wait already (${worker.dropped} dropped)`,
    );
    worker.reportedAt = now;
  }
}
