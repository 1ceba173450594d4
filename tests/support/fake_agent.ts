/** An agent that does nothing but remember what it was asked, for tests of the RPC server. */

import type {
  AgentControl,
  LogEntry,
  LogFeed,
  LogLevelName,
  QueryHandle,
  Unsubscribe,
} from "../../src/agent/agent_control.ts";
import type { Coordinate } from "../../src/coordinate/coordinate.ts";
import type { KeyOperation, KeyReport } from "../../src/serf/queries/key_manager.ts";
import type { QueryOptions } from "../../src/serf/queries/queries.ts";
import type { QueryListener } from "../../src/serf/queries/running_query.ts";
import type { MemberStatus, SerfMember, Tags } from "../../src/serf/member.ts";
import type { QueryEvent, SerfEvent } from "../../src/serf/event.ts";
import { addressFromBytes } from "../../src/ports/address.ts";
import { done, type Result } from "../../src/ports/result.ts";
import type { MetricRecord, ReloadRecord } from "../../src/rpc/commands.ts";
import type { MemberAccount } from "../../src/host/witness.ts";
import { memoryHistory } from "./memory_history.ts";

/** A log that tests write to and clients follow. */
export class FakeLogFeed implements LogFeed {
  readonly entries: LogEntry[] = [];
  readonly #listeners = new Set<(entry: LogEntry) => void>();

  /** How many follow the log. */
  get listenerCount(): number {
    return this.#listeners.size;
  }

  recent(): readonly LogEntry[] {
    return this.entries.slice(-512);
  }

  onEntry(listener: (entry: LogEntry) => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes an entry. */
  write(level: LogLevelName | undefined, text: string): void {
    const entry = { level, text };
    this.entries.push(entry);
    for (const listener of [...this.#listeners]) listener(entry);
  }
}

/** What was asked. */
export interface QueryParameters extends QueryOptions {
  readonly name: string;
  readonly payload: Uint8Array | undefined;
}

/** A query that was asked, with its listener. */
export interface AskedQuery {
  readonly parameters: QueryParameters;
  readonly listener: QueryListener;
  isCancelled: boolean;
}

/** What key operations report unless a test says otherwise. */
export const keySuccess: KeyReport = {
  messages: new Map(),
  keys: undefined,
  primaryKeys: undefined,
  numNodes: 1,
  numErr: 0,
  numResp: 1,
  error: undefined,
};

/** An agent of which tests set the answers and read the calls. */
export class FakeAgent implements AgentControl {
  readonly logFeed = new FakeLogFeed();
  readonly history = memoryHistory();
  /** What was asked, as text, in order. */
  readonly calls: string[] = [];
  /** Method to the error that it fails with. */
  readonly refusals = new Map<string, string>();
  readonly queries: AskedQuery[] = [];
  readonly #listeners = new Set<(event: SerfEvent) => void>();
  memberList: readonly SerfMember[] = [];
  contacted = 1;
  keyOutcome: KeyReport = keySuccess;
  statistics: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map();
  measured: readonly MetricRecord[] = [];
  readonly coordinates = new Map<string, Coordinate>();
  readonly accounts = new Map<string, MemberAccount>();
  /** What `join` and `leave` wait for. */
  gate: Promise<void> = Promise.resolve();
  /** Whether one of them has begun to wait. */
  isAtGate = false;

  /** How many listen to events. */
  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** Delivers an event. */
  emit(event: SerfEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  metrics(): readonly MetricRecord[] {
    return this.measured;
  }

  members(): readonly SerfMember[] {
    return this.memberList;
  }

  // deno-lint-ignore require-await -- what it throws must reject.
  async userEvent(
    name: string,
    payload: Uint8Array | undefined,
    coalesce: boolean,
  ): Promise<void> {
    this.#note("userEvent", name, payload?.toHex() ?? "nil", coalesce);
  }

  forceLeave(name: string, prune: boolean): Promise<void> {
    return this.#later("forceLeave", undefined, name, prune);
  }

  async join(addresses: readonly string[], replay: boolean): Promise<number> {
    this.isAtGate = true;
    await this.gate;
    return await this.#later("join", this.contacted, addresses.join(), replay);
  }

  updateTags(set: ReadonlyMap<string, string>, remove: readonly string[]): Promise<void> {
    const pairs = [...set].map(([key, value]) => `${key}=${value}`);
    return this.#later("updateTags", undefined, pairs.join(), remove.join());
  }

  async leave(): Promise<void> {
    this.isAtGate = true;
    await this.gate;
    return await this.#later("leave", undefined);
  }

  shutdown(): Promise<void> {
    return this.#later("shutdown", undefined);
  }

  query(
    name: string,
    payload: Uint8Array | undefined,
    options: QueryOptions,
    listener: QueryListener,
  ): QueryHandle {
    this.#note("query", name);
    const parameters = { name, payload, ...options };
    const asked: AskedQuery = { parameters, listener, isCancelled: false };
    this.queries.push(asked);
    return { cancel: () => asked.isCancelled = true };
  }

  keys(operation: KeyOperation, key?: string): Promise<KeyReport> {
    return this.#later("keys", this.keyOutcome, operation, ...key === undefined ? [] : [key]);
  }

  stats(): ReadonlyMap<string, ReadonlyMap<string, string>> {
    return this.statistics;
  }

  facts(): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
    return this.#later("facts", this.statistics);
  }

  reload(): Promise<ReloadRecord> {
    return this.#later("reload", { changed: ["tags"], waiting: [], warnings: [], problems: [] });
  }

  why(node: string): MemberAccount | undefined {
    return this.accounts.get(node);
  }

  coordinate(node: string): Coordinate | undefined {
    return this.coordinates.get(node);
  }

  onEvent(listener: (event: SerfEvent) => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #note(method: string, ...parameters: readonly unknown[]): void {
    this.calls.push([method, ...parameters].join(" "));
    const refusal = this.refusals.get(method);
    if (refusal !== undefined) throw new Error(refusal);
  }

  async #later<T>(method: string, result: T, ...parameters: readonly unknown[]): Promise<T> {
    this.#note(method, ...parameters);
    return await Promise.resolve(result);
  }
}

/** Builds a member. */
export function makeMember(name: string, options: {
  readonly ip?: Uint8Array;
  readonly port?: number;
  readonly status?: MemberStatus;
  readonly tags?: Tags;
} = {}): SerfMember {
  const ip = options.ip ?? Uint8Array.of(127, 0, 0, 1);
  return {
    name,
    ip,
    address: addressFromBytes(ip, options.port ?? 7946),
    tags: Object.assign(Object.create(null), options.tags),
    status: options.status ?? "alive",
    versions: {
      protocolMin: 1,
      protocolMax: 5,
      protocolCurrent: 2,
      delegateMin: 2,
      delegateMax: 5,
      delegateCurrent: 5,
    },
  };
}

/** Builds a query event whose answers go to `respond`. */
export function makeQuery(name: string, options: {
  readonly deadline?: number;
  readonly ltime?: number;
  readonly payload?: Uint8Array;
  readonly respond?: (payload: Uint8Array) => Result<void>;
} = {}): QueryEvent {
  return {
    type: "query",
    ltime: options.ltime ?? 1,
    id: 7,
    name,
    payload: options.payload,
    source: "n1",
    deadline: options.deadline ?? 1000,
    respond: options.respond ?? (() => done),
  };
}
