/**
 * A client of the agent's RPC port: what the command line uses, and any program
 * that wants to talk to an agent (rpc.md section 11).
 *
 * Requests may be made at any time and overlap; the agent answers them in order.
 * Streams deliver in between. Nothing here imports more than a short command
 * needs, because the time to load is most of what such a command takes.
 */

import type { Codec } from "../bytes/msgpack_codec.ts";
import type { Clock, Milliseconds } from "../ports/clock.ts";
import { defaultRpcAddress } from "./address.ts";
import * as commands from "./commands.ts";
import type {
  CommandName,
  CoordinateRecord,
  EventRecord,
  KeyRecord,
  MemberRecord,
  MetricRecord,
  QueryRecord,
  StatsResponse,
} from "./commands.ts";
import type { Connection } from "./connection.ts";
import { Conversation } from "./conversation.ts";
import { type Authorities, dial } from "./dial.ts";
import { type Encodable, encodable } from "./frames.ts";
import { defaultRecordLimit, type RecordStream } from "./record_stream.ts";
import { KeyOperationError, RpcError } from "./rpc_error.ts";
import { limitClock } from "./limit_clock.ts";

/** How to reach an agent, and how patient to be. */
export interface RpcClientOptions {
  /** `host:port` as in cli.md section 4, or `unix:/path`; `127.0.0.1:7373` by default. */
  readonly address?: string;
  /** The agent's token; not sent if empty. */
  readonly authKey?: string;
  /** PEM texts of the authorities that vouch for the agent; TLS is spoken if there are any. */
  readonly authorities?: Authorities;
  /** Limit for connecting; 10 s by default. */
  readonly connectTimeout?: Milliseconds;
  /** Limit for the peer to accept some bytes of a request; 10 s by default. */
  readonly writeTimeout?: Milliseconds;
  /**
   * Limit for answers that an agent gives by itself; 10 s by default.
   *
   * Those are all but the answers to joins, leaves, changes of tags and key
   * operations, which take what the cluster takes.
   */
  readonly answerTimeout?: Milliseconds;
  /** How many records of one stream wait for their consumer; 4096 by default. */
  readonly recordLimit?: number;
}

/** How to ask a query. */
export interface QueryOptions {
  /** Only these nodes answer; all if empty. */
  readonly filterNodes?: readonly string[];
  /** Only nodes whose tags match these RE2 expressions answer. */
  readonly filterTags?: ReadonlyMap<string, string>;
  /** Whether nodes acknowledge the query before they answer; false by default. */
  readonly requestAck?: boolean;
  /** Through how many other nodes answers are relayed, 0 to 255. */
  readonly relayFactor?: number;
  /** 0 or absent for the agent's default; a negative one ends at once. */
  readonly timeout?: Milliseconds;
  /** Whether the agent listens until the timeout even if everybody has answered. */
  readonly untilTimeout?: boolean;
}

/** Which members to list: RE2 expressions, which the agent anchors at both ends. */
export interface MemberExpressions {
  /** Empty or absent for any name. */
  readonly name?: string;
  /** Empty or absent for any status. */
  readonly status?: string;
  /** All must match; a missing tag is compared as the empty text. */
  readonly tags?: ReadonlyMap<string, string>;
}

const defaultTimeout: Milliseconds = 10_000;

/**
 * A connection to an agent, past handshake and authentication.
 *
 * Every method rejects with an {@linkcode RpcError}: of kind `refused` with the
 * agent's own words, or of kind `closed` (`client closed`) once the connection is
 * gone. Nothing reconnects.
 *
 * @example
 * ```ts
 * using client = await RpcClient.connect({ address: "127.0.0.1:7373" });
 * for (const member of await client.members()) console.log(member.name, member.status);
 * ```
 */
export class RpcClient implements Disposable {
  readonly #conversation: Conversation;
  readonly #answerTimeout: Milliseconds;

  private constructor(connection: Connection, options: RpcClientOptions, clock: Clock) {
    this.#answerTimeout = options.answerTimeout ?? defaultTimeout;
    this.#conversation = new Conversation(connection, {
      clock,
      writeTimeout: options.writeTimeout ?? defaultTimeout,
      answerTimeout: this.#answerTimeout,
      recordLimit: options.recordLimit ?? defaultRecordLimit,
    });
  }

  /**
   * Connects to an agent, shakes hands and shows the token if there is one.
   *
   * @param options where the agent is; every field has a default.
   * @returns a client that is ready for commands.
   * @throws {RpcError} of kind `dial` with a reason such as
   * `dial tcp 127.0.0.1:7373: connect: connection refused`, or of another kind
   * if the peer is no agent or refuses the token.
   */
  static async connect(options: RpcClientOptions = {}): Promise<RpcClient> {
    const address = options.address ?? defaultRpcAddress;
    const connection = await dial(
      address,
      options.connectTimeout ?? defaultTimeout,
      options.authorities,
    );
    return await RpcClient.over(connection, options);
  }

  /**
   * Takes over a connection that exists already, shakes hands and shows the token.
   *
   * @param connection what to talk over; the client closes it.
   * @param options as for `connect`; the address is not used.
   * @param clock tells time for the limits.
   * @returns a client that is ready for commands.
   * @throws {RpcError} if the peer is no agent or refuses the token.
   */
  static async over(
    connection: Connection,
    options: RpcClientOptions = {},
    clock: Clock = limitClock,
  ): Promise<RpcClient> {
    const client = new RpcClient(connection, options, clock);
    try {
      const version = commands.protocolVersion;
      await client.#request("handshake", encodable(commands.handshakeRequest, { version }));
      if (options.authKey) {
        const { authKey } = options;
        await client.#request("auth", encodable(commands.authRequest, { authKey }));
      }
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  /** Whether the connection is gone. */
  get isClosed(): boolean {
    return this.#conversation.isClosed;
  }

  /** Closes the connection; waiting calls and streams fail with `client closed`. Harmless twice. */
  close(): void {
    this.#conversation.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Fires a user event; resolves once the agent has accepted it. */
  async userEvent(
    name: string,
    payload?: Uint8Array,
    options: { readonly coalesce?: boolean } = {},
  ): Promise<void> {
    const request = { name, payload, coalesce: options.coalesce ?? false };
    await this.#request("event", encodable(commands.eventRequest, request));
  }

  /** Declares a failed member to have left, and with `prune` forgets it at once. */
  async forceLeave(node: string, options: { readonly prune?: boolean } = {}): Promise<void> {
    const request = { node, prune: options.prune ?? false };
    await this.#requestSlowly("force-leave", encodable(commands.forceLeaveRequest, request));
  }

  /**
   * Joins a cluster; with `replay` its past user events are heard as well.
   *
   * @returns the number of nodes contacted.
   * @throws {RpcError} with every address's error if addresses were given and none answered.
   */
  async join(
    addresses: readonly string[],
    options: { readonly replay?: boolean } = {},
  ): Promise<number> {
    const request = { existing: addresses, replay: options.replay ?? false };
    const body = encodable(commands.joinRequest, request);
    const answer = await this.#ask("join", body, commands.joinResponse, undefined);
    return answer.num;
  }

  /** Lists all members in any state. */
  async members(): Promise<readonly MemberRecord[]> {
    const limit = this.#answerTimeout;
    const answer = await this.#ask("members", undefined, commands.membersResponse, limit);
    return answer.members;
  }

  /** Lists the members that match. */
  async membersFiltered(expressions: MemberExpressions = {}): Promise<readonly MemberRecord[]> {
    const body = encodable(commands.membersFilteredRequest, {
      tags: expressions.tags ?? new Map(),
      status: expressions.status ?? "",
      name: expressions.name ?? "",
    });
    const limit = this.#answerTimeout;
    const answer = await this.#ask("members-filtered", body, commands.membersResponse, limit);
    return answer.members;
  }

  /** Removes tags of the agent, then sets others. */
  async updateTags(
    set: ReadonlyMap<string, string>,
    remove: readonly string[] = [],
  ): Promise<void> {
    const request = { tags: set, deleteTags: remove.length === 0 ? undefined : remove };
    await this.#requestSlowly("tags", encodable(commands.tagsRequest, request));
  }

  /** Makes the agent leave its cluster; it ends once this has resolved. */
  async leave(): Promise<void> {
    await this.#requestSlowly("leave", undefined);
  }

  /**
   * Asks the cluster; resolves once the agent has accepted the query.
   *
   * The stream yields records of type `ack` and `response` as they come, and ends
   * when the query's time is over. A query cannot be stopped, only ignored.
   */
  query(
    name: string,
    payload?: Uint8Array,
    options: QueryOptions = {},
  ): Promise<RecordStream<QueryRecord>> {
    const { filterNodes } = options;
    const body = encodable(commands.queryRequest, {
      filterNodes: filterNodes?.length ? filterNodes : undefined,
      filterTags: options.filterTags ?? new Map(),
      requestAck: options.requestAck ?? false,
      relayFactor: options.relayFactor ?? 0,
      timeoutNanos: Math.round((options.timeout ?? 0) * 1e6),
      name,
      payload,
      untilTimeout: options.untilTimeout,
    });
    return this.#conversation.subscribe({
      command: "query",
      body,
      records: commands.queryRecord,
      isLast: (record) => record.type === "done",
      // Parity: around the end of a query the reference may send many answers from nobody.
      isNoise: (record) => record.from === "",
      canStop: false,
    });
  }

  /** Answers a query that came over a stream of this client; `id` is the record's. */
  async respond(id: number, payload: Uint8Array): Promise<void> {
    await this.#request("respond", encodable(commands.respondRequest, { id, payload }));
  }

  /** Subscribes to events: `*`, or a list such as `member-join,user:deploy,query`. */
  stream(filter = "*"): Promise<RecordStream<EventRecord>> {
    return this.#conversation.subscribe({
      command: "stream",
      body: encodable(commands.streamRequest, { type: filter }),
      records: commands.eventRecord,
      canStop: true,
    });
  }

  /** Subscribes to the agent's log, its latest entries first; one at a time for each client. */
  monitor(logLevel: string): Promise<RecordStream<string>> {
    return this.#conversation.subscribe({
      command: "monitor",
      body: encodable(commands.monitorRequest, { logLevel }),
      records: logText,
      canStop: true,
    });
  }

  /**
   * Gives every node a key.
   *
   * @param key 16, 24 or 32 bytes in base64.
   * @throws {KeyOperationError} if it does not succeed everywhere.
   */
  installKey(key: string): Promise<KeyRecord> {
    return this.#changeKeys("install-key", key);
  }

  /** Makes every node encrypt with a key that it has; throws as `installKey` does. */
  useKey(key: string): Promise<KeyRecord> {
    return this.#changeKeys("use-key", key);
  }

  /** Takes a key from every node; throws as `installKey` does. */
  removeKey(key: string): Promise<KeyRecord> {
    return this.#changeKeys("remove-key", key);
  }

  /** Asks every node for its keys; throws as `installKey` does. */
  listKeys(): Promise<KeyRecord> {
    return this.#askForKeys("list-keys", undefined);
  }

  /** Returns facts about the agent: section to key to text. */
  stats(): Promise<StatsResponse> {
    return this.#ask("stats", undefined, commands.statsResponse, this.#answerTimeout);
  }

  /** Returns what the agent measured in the last minute; only this program's agent knows that. */
  async metrics(): Promise<readonly MetricRecord[]> {
    const limit = this.#answerTimeout;
    return (await this.#ask("metrics", undefined, commands.metricsResponse, limit)).metrics;
  }

  /** Returns where a node is in the network, or `undefined` if the agent does not know. */
  async coordinate(node: string): Promise<CoordinateRecord | undefined> {
    const body = encodable(commands.coordinateRequest, { node });
    const limit = this.#answerTimeout;
    const answer = await this.#ask("get-coordinate", body, commands.coordinateResponse, limit);
    return answer.ok ? answer.coord : undefined;
  }

  #changeKeys(command: CommandName, key: string): Promise<KeyRecord> {
    return this.#askForKeys(command, encodable(commands.keyRequest, { key }));
  }

  async #askForKeys(command: CommandName, body: Encodable | undefined): Promise<KeyRecord> {
    const answer = await this.#conversation.exchange(command, body, commands.keyRecord, undefined);
    const { error, body: record } = answer;
    if (error === "" && record) return record;
    throw record ? new KeyOperationError(error, record) : new RpcError("refused", error);
  }

  /** Makes a request that an agent answers by itself, without a body. */
  async #request(command: CommandName, body: Encodable): Promise<void> {
    const { error } = await this.#conversation.exchange(
      command,
      body,
      undefined,
      this.#answerTimeout,
    );
    if (error !== "") throw new RpcError("refused", error);
  }

  /** Makes a request whose answer, without a body, takes what the cluster takes. */
  async #requestSlowly(command: CommandName, body: Encodable | undefined): Promise<void> {
    const { error } = await this.#conversation.exchange(command, body, undefined, undefined);
    if (error !== "") throw new RpcError("refused", error);
  }

  /** Makes a request whose answer has a body. */
  async #ask<T>(
    command: CommandName,
    body: Encodable | undefined,
    codec: Codec<T>,
    limit: Milliseconds | undefined,
  ): Promise<T> {
    const answer = await this.#conversation.exchange(command, body, codec, limit);
    if (answer.error !== "" || answer.body === undefined) {
      throw new RpcError("refused", answer.error);
    }
    return answer.body;
  }
}

/** Log records, taken apart at once: their one field is all there is to them. */
const logText: Codec<string> = {
  zero: () => "",
  read: (reader) => commands.logRecord.read(reader).log,
  write: (writer, log) => commands.logRecord.write(writer, { log }),
};
