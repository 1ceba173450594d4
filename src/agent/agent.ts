/**
 * A Serf node with what the daemon adds: event handlers, a tags file, and joins
 * and departures that are logged (agent.md sections 7 to 10).
 *
 * It is what RPC clients talk to. It prints nothing and listens to no signal;
 * that is the business of `lifecycle.ts`.
 */

import { decodeBase64 } from "../go/base64.ts";
import type { Coordinate } from "../coordinate/coordinate.ts";
import { recordEvent } from "../host/history/event_history.ts";
import type { Serf } from "../host/serf.ts";
import type { MemberAccount, Witness } from "../host/witness.ts";
import type { History } from "../history/history.ts";
import { errorText } from "../ports/error_text.ts";
import type { Log } from "../ports/log.ts";
import { checkTags } from "../serf/config.ts";
import type { SerfEvent } from "../serf/event.ts";
import { internalPrefix, pingQuery } from "../serf/queries/internal_queries.ts";
import type { KeyOperation, KeyReport } from "../serf/queries/key_manager.ts";
import type { SerfMember } from "../serf/member.ts";
import type { QueryOptions } from "../serf/queries/queries.ts";
import type { QueryListener } from "../serf/queries/running_query.ts";
import type {
  AgentControl,
  HistoryReader,
  LogFeed,
  QueryHandle,
  Unsubscribe,
} from "./agent_control.ts";
import { type AgentStats, describeAgent } from "./telemetry/agent_stats.ts";
import { EventHandlers } from "./handlers/event_handlers.ts";
import type { MetricRecord, ReloadRecord } from "../rpc/commands.ts";
import type { AgentConfig } from "./settings/config.ts";
import type { LogWriter } from "./telemetry/log_writer.ts";
import type { Metrics } from "./telemetry/metrics.ts";
import { writeTagsFile } from "./settings/tags_file.ts";

type OperationName =
  | "self"
  | "member"
  | "members"
  | "join"
  | "leave"
  | "forceLeave"
  | "userEventInTurn"
  | "query"
  | "setTags"
  | "keys"
  | "coordinate"
  | "stats"
  | "onEvent"
  | "stopped"
  | "shutdown";

/** The part of a Serf node that an agent uses. */
export type AgentNode = Pick<Serf, OperationName>;

export interface AgentOptions {
  readonly node: AgentNode;
  readonly log: LogWriter;
  readonly metrics: Metrics;
  readonly history: History;
  /** Reads the configuration again, and applies what can be applied. */
  readonly reload: () => Promise<ReloadRecord>;
  /** Tells what only the process around the agent knows. */
  readonly facts: () => Promise<AgentStats>;
  readonly witness: Witness;
  readonly config: Pick<
    AgentConfig,
    "eventHandlers" | "handlerTimeout" | "historyPayloads" | "protocol" | "tagsFile"
  >;
}

/** What the log calls each key operation. */
const keyOperations: Readonly<Record<KeyOperation, string>> = {
  install: "key installation",
  use: "primary key change",
  remove: "key removal",
  list: "key listing",
};

/** A running agent. */
export class Agent implements AgentControl {
  readonly #options: AgentOptions;
  readonly #node: AgentNode;
  readonly #log: Log;
  readonly #ended = Promise.withResolvers<string | undefined>();
  #endReason: string | undefined;
  #isShuttingDown = false;
  readonly handlers: EventHandlers;

  /** Receives the node's events from now on. @throws {Error} at a bad handler. */
  constructor(options: AgentOptions) {
    this.#options = options;
    const { config, log, metrics, node } = options;
    this.#node = node;
    this.#log = log.log("agent");
    this.handlers = new EventHandlers({ log: this.#log, meter: metrics, self: () => node.self });
    this.handlers.configure(config.eventHandlers, config.handlerTimeout);
    this.#node.onEvent(
      (event) => this.#handle(event),
      (query) => this.handlers.mayAnswer(query),
    );
    void this.#node.stopped.then((reason) => this.#followNode(reason));
  }

  /** Resolves once the agent has ended: to the reason, if nobody wanted it. */
  get ended(): Promise<string | undefined> {
    return this.#ended.promise;
  }

  /** This agent as its node sees it. */
  get self(): SerfMember {
    return this.#node.self;
  }

  get history(): HistoryReader {
    return this.#options.history;
  }

  get logFeed(): LogFeed {
    return this.#options.log;
  }

  members(): readonly SerfMember[] {
    return this.#node.members();
  }

  async join(addresses: readonly string[], replay: boolean): Promise<number> {
    this.#log.info(`joining: [${addresses.join(" ")}] replay: ${replay}`);
    const count = await this.#node.join(addresses, { ignoreOld: !replay })
      .catch(this.#failure("error joining"));
    if (count > 0) this.#log.info(`joined: ${count} nodes`);
    return count;
  }

  async leave(): Promise<void> {
    this.#log.info("requesting graceful leave from Serf");
    await this.#node.leave();
  }

  async shutdown(): Promise<void> {
    if (!this.#isShuttingDown) {
      this.#isShuttingDown = true;
      this.#log.info("requesting serf shutdown");
      await this.#node.shutdown();
      this.#log.info("shutdown complete");
      await this.handlers.end();
      this.#ended.resolve(this.#endReason);
    }
    await this.#ended.promise;
  }

  async forceLeave(name: string, prune: boolean): Promise<void> {
    this.#log.info(`Force leaving node${prune ? " (prune)" : ""}: ${name}`);
    await this.#node.forceLeave(name, { prune }).catch(this.#failure("failed to remove node"));
  }

  async userEvent(
    name: string,
    payload: Uint8Array | undefined,
    coalesce: boolean,
  ): Promise<void> {
    this.#log.debug(
      `Requesting user event send: ${name}. Coalesced: ${coalesce}. Payload: ${
        describePayload(payload)
      }`,
    );
    await this.#node.userEventInTurn(name, payload, { coalesce })
      .catch(this.#failure("failed to send user event"));
  }

  query(
    name: string,
    payload: Uint8Array | undefined,
    options: QueryOptions,
    listener: QueryListener,
  ): QueryHandle {
    this.#log.debug(`Requesting query send: ${name}. Payload: ${describePayload(payload)}`);
    if (isReserved(name, payload)) {
      throw new Error(`Queries cannot contain the '${internalPrefix}' prefix`);
    }
    try {
      return this.#node.query(name, payload, options, listener);
    } catch (error) {
      return this.#failure("failed to start user query")(error);
    }
  }

  async updateTags(set: ReadonlyMap<string, string>, remove: readonly string[]): Promise<void> {
    const tags = new Map(Object.entries(this.#node.self.tags));
    for (const name of remove) tags.delete(name);
    for (const [name, value] of set) tags.set(name, value);
    await this.setTags(tags);
  }

  /** Replaces all tags: checks them, writes the tags file, then tells the cluster. */
  async setTags(tags: ReadonlyMap<string, string>): Promise<void> {
    const { protocol, tagsFile } = this.#options.config;
    const record = Object.fromEntries(tags);
    const verdict = checkTags(record, protocol);
    if (!verdict.ok) throw verdict.error;
    if (tagsFile !== "") writeTagsFile(tagsFile, tags);
    await this.#node.setTags(record);
  }

  async keys(operation: KeyOperation, key?: string): Promise<KeyReport> {
    this.#log.info(`Initiating ${keyOperations[operation]}`);
    return await this.#node.keys(operation, key === undefined ? undefined : decodeBase64(key));
  }

  stats(): AgentStats {
    return describeAgent(this.#node.self, this.handlers.list, this.#node.stats());
  }

  facts(): Promise<AgentStats> {
    return this.#options.facts();
  }

  metrics(): readonly MetricRecord[] {
    return this.#options.metrics.records();
  }

  async reload(): Promise<ReloadRecord> {
    this.#log.info("Reload triggered");
    return await this.#options.reload();
  }

  why(node: string): MemberAccount | undefined {
    return this.#options.witness.account(node, this.#node.self.name, this.#node.member(node));
  }

  coordinate(node: string): Coordinate | undefined {
    return this.#node.coordinate(node);
  }

  onEvent(
    listener: (event: SerfEvent) => void,
    mayAnswer: (query: string) => boolean,
  ): Unsubscribe {
    return this.#node.onEvent(listener, mayAnswer);
  }

  #handle(event: SerfEvent): void {
    const { history, config } = this.#options;
    recordEvent(history, event, config.historyPayloads);
    // The text is the reference's and names no members; machines get them beside it.
    const members = "members" in event
      ? event.members.map(({ name }) => name).join(" ")
      : undefined;
    this.#log.info(`Received event: ${describeEvent(event)}`, { kind: event.type, members });
    this.handlers.handle(event);
  }

  /** Returns what logs why something failed, and passes that on. */
  #failure(what: string): (error: unknown) => never {
    return (error) => {
      this.#log.warn(`${what}: ${errorText(error)}`);
      throw error;
    };
  }

  /** The node may end on its own account, when it lost its name. */
  async #followNode(reason: string | undefined): Promise<void> {
    if (this.#isShuttingDown) return;
    this.#endReason = reason;
    this.#log.warn("Serf shutdown detected, quitting");
    await this.shutdown();
  }
}

function describeEvent(event: SerfEvent): string {
  if (event.type === "user") return `user-event: ${event.name}`;
  return event.type === "query" ? `query: ${event.name}` : event.type;
}

/** The reference logs the payload itself, which may be a password that a handler needs. */
function describePayload(payload: Uint8Array | undefined): string {
  return payload && payload.length > 0 ? `<${payload.length} bytes>` : '""';
}

/** Only the ping, which carries nothing, is open to everybody. */
function isReserved(name: string, payload: Uint8Array | undefined): boolean {
  if (!name.startsWith(internalPrefix)) return false;
  return name !== pingQuery || (payload?.length ?? 0) > 0;
}
