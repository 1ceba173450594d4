/**
 * A Serf node with what the daemon adds: event handlers, a tags file, and joins
 * and departures that are logged (agent.md sections 7 to 10).
 *
 * It is what RPC clients talk to. It prints nothing and listens to no signal;
 * that is the business of `lifecycle.ts`.
 */

import type { Serf } from "../host/serf.ts";
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import { checkTags } from "../serf/config.ts";
import type { SerfEvent } from "../serf/event.ts";
import type { SerfMember, Tags } from "../serf/member.ts";
import type {
  AgentControl,
  CoordinateView,
  KeyOutcome,
  LogFeed,
  QueryHandle,
  QueryListener,
  QueryParameters,
  Unsubscribe,
} from "./agent_control.ts";
import { describeAgent } from "./agent_stats.ts";
import { EventHandlers } from "./event_handlers.ts";
import type { LogWriter } from "./log_writer.ts";
import { messageOf } from "./settings.ts";
import { writeTagsFile } from "./tags_file.ts";

/** The part of a Serf node that an agent uses. */
export type AgentNode = Pick<
  Serf,
  | "self"
  | "members"
  | "join"
  | "leave"
  | "forceLeave"
  | "userEvent"
  | "query"
  | "setTags"
  | "keys"
  | "coordinate"
  | "stats"
  | "onEvent"
  | "stopped"
  | "shutdown"
>;

/** What an agent is built from. */
export interface AgentOptions {
  readonly node: AgentNode;
  readonly log: LogWriter;
  readonly meter: Meter;
  /** Handler specifications, as configured. */
  readonly eventHandlers: readonly string[];
  /** Where tags are kept; empty for nowhere. */
  readonly tagsFile: string;
  readonly protocolVersion: number;
}

/** A running agent. */
export class Agent implements AgentControl {
  readonly #options: AgentOptions;
  readonly #node: AgentNode;
  readonly #log: Log;
  readonly #listeners = new Set<(event: SerfEvent) => void>();
  readonly #shutDown = Promise.withResolvers<void>();
  #isShuttingDown = false;
  /** The scripts that run for events. */
  readonly handlers: EventHandlers;

  /** Begins to hear the node's events at once. @throws {Error} at a bad handler. */
  constructor(options: AgentOptions) {
    this.#options = options;
    this.#node = options.node;
    this.#log = options.log.log("agent");
    this.handlers = new EventHandlers({
      log: this.#log,
      meter: options.meter,
      self: () => this.#node.self,
    });
    this.handlers.configure(options.eventHandlers);
    this.#node.onEvent((event) => this.#hear(event));
  }
}
