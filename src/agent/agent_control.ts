/**
 * What clients of the RPC port may ask of an agent.
 *
 * The server depends on this and nothing else, so that it can be tested with a
 * stand-in. Rejections carry the text that the client is to see.
 */

import type { Milliseconds } from "../ports/clock.ts";
import type { MetricRecord } from "../rpc/commands.ts";
import type { SerfEvent } from "../serf/event.ts";
import type { SerfMember } from "../serf/member.ts";

/** Ends a subscription. Harmless twice. */
export type Unsubscribe = () => void;

/** Levels of log entries, least severe first. */
export type LogLevelName = "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERR";

/** One log entry as it is printed: time, level, component and text, perhaps several lines. */
export interface LogEntry {
  /** `undefined` for an entry without a known level, which passes every filter. */
  readonly level: LogLevelName | undefined;
  readonly text: string;
}

/** The agent's log as a client can follow it. */
export interface LogFeed {
  /** The latest entries, at most 512, oldest first, whatever their level. */
  recent(): readonly LogEntry[];
  /** Calls `listener` for every new entry, at once and in order. */
  onEntry(listener: (entry: LogEntry) => void): Unsubscribe;
}

/** A query as a client asks for it. */
export interface QueryParameters {
  readonly name: string;
  readonly payload: Uint8Array | undefined;
  /** Empty for no restriction. */
  readonly filterNodes: readonly string[];
  /** Empty for no restriction; values are RE2 expressions. */
  readonly filterTags: ReadonlyMap<string, string>;
  readonly requestAck: boolean;
  readonly relayFactor: number;
  /** `undefined` for the agent's default; negative ends at once. */
  readonly timeout: Milliseconds | undefined;
  /** Whether to listen until then even if everybody has answered. */
  readonly untilTimeout?: boolean;
}

/** Hears what comes back for a query. Each runs outside the core's turn. */
export interface QueryListener {
  onAck(from: string): void;
  /** The payload is the listener's to keep. */
  onResponse(from: string, payload: Uint8Array): void;
  /** Once, when the time is over, and nothing after it. */
  onDone(): void;
}

/** A query under way. */
export interface QueryHandle {
  /** Stops listening; `onDone` does not run any more. */
  cancel(): void;
}

/** How a key operation went. */
export interface KeyOutcome {
  readonly messages: ReadonlyMap<string, string>;
  /** Key in base64 to the number of nodes that hold it; only when keys were listed. */
  readonly keys: ReadonlyMap<string, number> | undefined;
  /** The same for the keys that nodes write in. */
  readonly primaryKeys?: ReadonlyMap<string, number> | undefined;
  readonly numNodes: number;
  readonly numErr: number;
  readonly numResp: number;
  /** Why it counts as failed; `undefined` if every node agreed. */
  readonly error: string | undefined;
}

/** A network coordinate; times are in seconds. */
export interface CoordinateView {
  readonly vec: readonly number[];
  readonly error: number;
  readonly adjustment: number;
  readonly height: number;
}

/** The agent as its RPC server sees it. */
export interface AgentControl {
  readonly logFeed: LogFeed;
  /** Every member in any state. */
  members(): readonly SerfMember[];
  /**
   * Fires a user event as soon as the cluster keeps up with those before.
   *
   * Rejects with the reason if it is refused.
   */
  userEvent(name: string, payload: Uint8Array | undefined, coalesce: boolean): Promise<void>;
  forceLeave(name: string, prune: boolean): Promise<void>;
  /**
   * Joins through the given addresses.
   *
   * Resolves to the number of nodes contacted if that is at least one or no
   * address was given; otherwise rejects with all the errors (cli.md section 7.5).
   */
  join(addresses: readonly string[], replay: boolean): Promise<number>;
  /** Removes tags, then sets others, and waits until the news is on its way. */
  updateTags(set: ReadonlyMap<string, string>, remove: readonly string[]): Promise<void>;
  /** Leaves gracefully; rejects with `Leave already in progress` if that is so. */
  leave(): Promise<void>;
  /** Ends the agent, without leaving. It closes this server in its course. */
  shutdown(): Promise<void>;
  /** Asks the cluster; throws with the reason if the query is refused. */
  query(parameters: QueryParameters, listener: QueryListener): QueryHandle;
  installKey(key: string): Promise<KeyOutcome>;
  useKey(key: string): Promise<KeyOutcome>;
  removeKey(key: string): Promise<KeyOutcome>;
  listKeys(): Promise<KeyOutcome>;
  /** Section to key to text, as `info` shows them. */
  stats(): ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** What was measured in the last minute. */
  metrics(): readonly MetricRecord[];
  /** The coordinate of a node, if it is known. */
  coordinate(node: string): CoordinateView | undefined;
  /**
   * Calls `listener` for every event that the agent hears.
   *
   * @param mayAnswer whether it might answer a query of a name.
   */
  onEvent(
    listener: (event: SerfEvent) => void,
    mayAnswer: (query: string) => boolean,
  ): Unsubscribe;
}
