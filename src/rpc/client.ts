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
import {
  type CoordinateRecord,
  type EventRecord,
  eventRecord,
  type HistoryPage,
  type KeyRecord,
  logRecord,
  type MemberRecord,
  membersFilteredRequest,
  type MetricRecord,
  protocolVersion,
  type QueryRecord,
  queryRecord,
  queryRequest,
  type ReloadRecord,
  type RequestOf,
  type StatsResponse,
} from "./commands.ts";
import type { Connection } from "./connection.ts";
import { Conversation, type ConversationLimits } from "./conversation.ts";
import { type Authorities, dial } from "./dial.ts";
import { limitClock } from "./limit_clock.ts";
import type { RecordStream } from "./record_stream.ts";
import { KeyOperationError, RpcError } from "./rpc_error.ts";

/** Limit for connecting. */
const connectTimeout: Milliseconds = 10_000;

/** How to reach an agent, and how patient to be. */
export interface RpcClientOptions extends ConversationLimits {
  /** `host:port` as in cli.md section 4, or `unix:/path`; `127.0.0.1:7373` by default. */
  readonly address?: string;
  /** The agent's token; not sent if empty. */
  readonly authKey?: string;
  /** PEM texts of the authorities that vouch for the agent; TLS is spoken if there are any. */
  readonly authorities?: Authorities;
}

/** How to ask a query. */
export interface QueryOptions
  extends Partial<Omit<RequestOf<"query">, "name" | "payload" | "timeoutNanos">> {
  /** 0 or absent for the agent's default; a negative one ends at once. */
  readonly timeout?: Milliseconds;
}

/**
 * Which members to list: RE2 expressions, which the agent anchors at both ends. An empty name
 * or status is any; tags must all match, a missing one as the empty text.
 */
export type MemberExpressions = Partial<RequestOf<"members-filtered">>;

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

  private constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /**
   * Connects to an agent, shakes hands and shows the token if there is one.
   *
   * @throws {RpcError} of kind `dial` with a reason such as
   * `dial tcp 127.0.0.1:7373: connect: connection refused`, or of another kind
   * if the peer is no agent or refuses the token.
   */
  static async connect(options: RpcClientOptions = {}): Promise<RpcClient> {
    const { address = defaultRpcAddress, authorities } = options;
    return await RpcClient.over(await dial(address, connectTimeout, authorities), options);
  }

  /**
   * Does the same over a connection that exists already, which the client closes.
   *
   * @param options as for `connect`; the address is not used.
   * @param clock tells time for the limits.
   */
  static async over(
    connection: Connection,
    options: RpcClientOptions = {},
    clock: Clock = limitClock,
  ): Promise<RpcClient> {
    const conversation = new Conversation(connection, { ...options, clock });
    try {
      await conversation.exchange("handshake", { version: protocolVersion });
      if (options.authKey) await conversation.exchange("auth", { authKey: options.authKey });
    } catch (error) {
      conversation.close();
      throw error;
    }
    return new RpcClient(conversation);
  }

  /** Whether the connection is gone. */
  get isClosed(): boolean {
    return this.#conversation.isClosed;
  }

  /** Closes the connection; waiting calls and streams fail with `client closed`. Idempotent. */
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
    { coalesce = false }: { readonly coalesce?: boolean } = {},
  ): Promise<void> {
    await this.#conversation.exchange("event", { name, payload, coalesce });
  }

  /** Declares a failed member to have left, and with `prune` forgets it at once. */
  async forceLeave(
    node: string,
    { prune = false }: { readonly prune?: boolean } = {},
  ): Promise<void> {
    await this.#conversation.exchange("force-leave", { node, prune });
  }

  /**
   * Joins a cluster; with `replay` its past user events come as well.
   *
   * @returns the number of nodes contacted.
   * @throws {RpcError} with every address's error if addresses were given and none answered.
   */
  async join(
    existing: readonly string[],
    { replay = false }: { readonly replay?: boolean } = {},
  ): Promise<number> {
    return (await this.#conversation.exchange("join", { existing, replay })).num;
  }

  /** Lists all members in any state. */
  async members(): Promise<readonly MemberRecord[]> {
    return (await this.#conversation.exchange("members", undefined)).members;
  }

  /** Lists the members that match. */
  async membersFiltered(expressions: MemberExpressions = {}): Promise<readonly MemberRecord[]> {
    const request = { ...membersFilteredRequest.zero(), ...expressions };
    return (await this.#conversation.exchange("members-filtered", request)).members;
  }

  /** Removes tags of the agent, then sets others. */
  async updateTags(
    tags: ReadonlyMap<string, string>,
    remove: readonly string[] = [],
  ): Promise<void> {
    await this.#conversation.exchange("tags", {
      tags,
      deleteTags: remove.length === 0 ? undefined : remove,
    });
  }

  /** Makes the agent leave its cluster; it ends once this has resolved. */
  async leave(): Promise<void> {
    await this.#conversation.exchange("leave", undefined);
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
    { timeout = 0, filterNodes, untilTimeout, ...options }: QueryOptions = {},
  ): Promise<RecordStream<QueryRecord>> {
    const request = {
      ...queryRequest.zero(),
      ...options,
      name,
      payload,
      filterNodes: filterNodes?.length ? filterNodes : undefined,
      untilTimeout: untilTimeout || undefined,
      timeoutNanos: Math.round(timeout * 1e6),
    };
    return this.#conversation.subscribe("query", request, {
      codec: queryRecord,
      isLast: (record) => record.type === "done",
      // Parity: around the end of a query the reference may send many answers from nobody.
      isNoise: (record) => record.from === "",
      canStop: false,
    });
  }

  /** Answers a query that came over a stream of this client; `id` is the record's. */
  async respond(id: number, payload: Uint8Array): Promise<void> {
    await this.#conversation.exchange("respond", { id, payload });
  }

  /** Subscribes to events: `*`, or a list such as `member-join,user:deploy,query`. */
  stream(filter = "*"): Promise<RecordStream<EventRecord>> {
    const records = { codec: eventRecord, canStop: true };
    return this.#conversation.subscribe("stream", { type: filter }, records);
  }

  /** Subscribes to the agent's log, its latest entries first; one at a time for each client. */
  monitor(logLevel: string): Promise<RecordStream<string>> {
    const records = { codec: logText, canStop: true };
    return this.#conversation.subscribe("monitor", { logLevel }, records);
  }

  /**
   * Gives every node a key.
   *
   * @param key 16, 24 or 32 bytes in base64.
   * @throws {KeyOperationError} if it does not succeed everywhere.
   */
  installKey(key: string): Promise<KeyRecord> {
    return this.#conversation.exchange("install-key", { key }, keyRefusal);
  }

  /** Makes every node encrypt with a key that it has; throws as `installKey` does. */
  useKey(key: string): Promise<KeyRecord> {
    return this.#conversation.exchange("use-key", { key }, keyRefusal);
  }

  /** Takes a key from every node; throws as `installKey` does. */
  removeKey(key: string): Promise<KeyRecord> {
    return this.#conversation.exchange("remove-key", { key }, keyRefusal);
  }

  /** Asks every node for its keys; throws as `installKey` does. */
  listKeys(): Promise<KeyRecord> {
    return this.#conversation.exchange("list-keys", undefined, keyRefusal);
  }

  /** Returns facts about the agent: section to key to text. */
  stats(): Promise<StatsResponse> {
    return this.#conversation.exchange("stats", undefined);
  }

  /** Returns further such facts, in the order to show; only this program's agent knows them. */
  facts(): Promise<StatsResponse> {
    return this.#conversation.exchange("facts", undefined);
  }

  /** Returns what the agent measured in the last minute; only this program's agent knows that. */
  async metrics(): Promise<readonly MetricRecord[]> {
    return (await this.#conversation.exchange("metrics", undefined)).metrics;
  }

  /**
   * Returns what follows a place in the agent's history, a page at a time; only this program's
   * agent knows that. A call with the page's cursor goes on.
   *
   * @param since a cursor, or an age such as `1h`; empty for all that is kept.
   * @param options with `wait`, an answer without records comes only after some seconds.
   */
  history(
    since = "",
    { wait = false }: { readonly wait?: boolean } = {},
  ): Promise<HistoryPage> {
    return this.#conversation.exchange("history", { since, wait });
  }

  /** Makes the agent read its configuration again; only this program's agent can be asked to. */
  reload(): Promise<ReloadRecord> {
    return this.#conversation.exchange("reload", undefined);
  }

  /**
   * Returns what the agent saw of a member, as an object in JSON; only this program's agent knows
   * that.
   *
   * @returns `undefined` if it knows nobody of that name.
   */
  async why(node: string): Promise<string | undefined> {
    const { account } = await this.#conversation.exchange("why", { node });
    return account === "" ? undefined : account;
  }

  /** Returns where a node is in the network, or `undefined` if the agent does not know. */
  async coordinate(node: string): Promise<CoordinateRecord | undefined> {
    const { ok, coord } = await this.#conversation.exchange("get-coordinate", { node });
    return ok ? coord : undefined;
  }
}

function keyRefusal(error: string, outcome: KeyRecord | undefined): RpcError {
  return outcome ? new KeyOperationError(error, outcome) : new RpcError("refused", error);
}

/** Log entries; the text is the one field of their records. */
const logText: Codec<string> = {
  zero: () => "",
  read: (reader) => logRecord.read(reader).log,
  write: (writer, log) => logRecord.write(writer, { log }),
};
