/**
 * What clients of the RPC port may ask of an agent.
 *
 * The server depends on this and nothing else, so that it can be tested with a
 * stand-in. Rejections carry the text that the client is to see.
 */

import type { Coordinate } from "../coordinate/coordinate.ts";
import type { Query } from "../host/query.ts";
import type { MemberAccount } from "../host/witness.ts";
import type { History } from "../history/history.ts";
import type { MetricRecord, ReloadRecord } from "../rpc/commands.ts";
import type { SerfEvent } from "../serf/event.ts";
import type { KeyOperation, KeyReport } from "../serf/queries/key_manager.ts";
import type { SerfMember } from "../serf/member.ts";
import type { QueryOptions } from "../serf/queries/queries.ts";
import type { QueryListener } from "../serf/queries/running_query.ts";

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

/** The part of a history that readers use. */
export type HistoryReader = Pick<History, "cursor" | "start" | "placeAt" | "read" | "onAppend">;

/** A query under way; after `cancel`, nothing comes any more. */
export type QueryHandle = Pick<Query, "cancel">;

/** The agent as its RPC server sees it. */
export interface AgentControl {
  readonly logFeed: LogFeed;
  /** What happened. */
  readonly history: HistoryReader;
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
  query(
    name: string,
    payload: Uint8Array | undefined,
    options: QueryOptions,
    listener: QueryListener,
  ): QueryHandle;
  /** Does something with a key, in base64, on every member; `list` takes none. */
  keys(operation: KeyOperation, key?: string): Promise<KeyReport>;
  /** Section to key to text, as `info` shows them. */
  stats(): ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Further facts in the same form, which the reference does not tell. */
  facts(): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>>;
  /** What was measured in the last minute. */
  metrics(): readonly MetricRecord[];
  /** Reads the configuration again, and applies what can be applied. */
  reload(): Promise<ReloadRecord>;
  /** What this agent saw of a member, if it knows one of that name. */
  why(node: string): MemberAccount | undefined;
  /** The coordinate of a node, if it is known. */
  coordinate(node: string): Coordinate | undefined;
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
