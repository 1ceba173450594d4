/** `SerfCore` on sockets, with promises and loops. */

import { encodeText } from "../bytes/text.ts";
import type { Coordinate } from "../coordinate/coordinate.ts";
import type { Address } from "../ports/address.ts";
import type { Milliseconds } from "../ports/clock.ts";
import type { Meter } from "../ports/meter.ts";
import { errorText } from "../ports/error_text.ts";
import type { Result } from "../ports/result.ts";
import { silentLog, silentMeter } from "../ports/silence.ts";
import { checkTags } from "../serf/config.ts";
import type { SerfEvent } from "../serf/event.ts";
import type { KeyOperation, KeyOptions, KeyReport } from "../serf/queries/key_manager.ts";
import type { SerfMember, Tags } from "../serf/member.ts";
import type { QueryOptions } from "../serf/queries/queries.ts";
import type { QueryListener } from "../serf/queries/running_query.ts";
import { SerfCore, type SerfState } from "../serf/serf_core.ts";
import { RequestError, StartError, StoppedError, TimeoutError, unwrap } from "./errors.ts";
import type { Loop } from "./event_stream.ts";
import { joinThrough } from "./join_targets.ts";
import { NodeRuntime } from "./node_runtime.ts";
import { FollowedQuery, type Query } from "./query.ts";
import type { SerfHistory } from "./history/serf_history.ts";
import { checkOptions, type HistoryOptions, serfConfig, type SerfOptions } from "./serf_options.ts";
import { outcomeOf, type WaitOptions } from "./waiting.ts";

/** How a join is done. */
export interface JoinOptions extends WaitOptions {
  /**
   * Whether user events from before the join are ignored.
   * @default {true}
   */
  readonly ignoreOld?: boolean;
}

/** How a member is removed. */
export interface ForceLeaveOptions extends WaitOptions {
  /**
   * Whether the member is forgotten at once.
   * @default {false}
   */
  readonly prune?: boolean;
}

/** How a user event is fired. */
export interface UserEventOptions {
  /**
   * Whether members may keep only the latest of several of this name.
   * @default {true}
   */
  readonly coalesce?: boolean;
}

/** How often timers are counted. */
const measureInterval: Milliseconds = 10_000;

/**
 * A member of a cluster, with tags, user events, queries and keys.
 *
 * Several in one process share nothing. Every operation throws or rejects with a
 * {@linkcode StoppedError} once the node has ended.
 *
 * @example Two members, an event and a query
 * ```ts
 * import { Serf } from "@serf/serf";
 *
 * const bind = { host: "127.0.0.1", port: 0 };
 * await using web = await Serf.start({ name: "web", bind, tags: { role: "web" } });
 * await using db = await Serf.start({ name: "db", bind, tags: { role: "db" } });
 * web.onEvent((event) => {
 *   if (event.type === "user") console.log(`${event.name} at ${event.ltime}`);
 *   if (event.type === "query") event.respond(new TextEncoder().encode("0.7"));
 * });
 *
 * await db.join([web.address]);
 * db.userEvent("deploy", "v42");
 * for await (const answer of db.query("load", undefined, { filterTags: { role: "web" } })) {
 *   if (answer.type !== "response") continue;
 *   console.log(answer.from, new TextDecoder().decode(answer.payload));
 *   break;
 * }
 * ```
 */
export class Serf implements AsyncDisposable {
  readonly #core: SerfCore;
  readonly #runtime: NodeRuntime<SerfEvent>;
  #history: SerfHistory | undefined;
  #closeHistory = () => {};
  readonly #stopped = Promise.withResolvers<string | undefined>();
  /** Where the node listens. */
  readonly address: Address;

  /**
   * Starts a node; it is alone until it joins.
   *
   * @param options everything has a default; see {@linkcode SerfOptions}.
   * @returns the node, which listens already.
   * @throws {StartError} if settings are wrong, an address cannot be bound or the snapshot
   * cannot be read.
   *
   * @example An encrypted node that remembers its cluster
   * ```ts
   * import { Serf } from "@serf/serf";
   *
   * await using serf = await Serf.start({
   *   name: "web-1",
   *   bind: { host: "127.0.0.1", port: 0 },
   *   keys: [crypto.getRandomValues(new Uint8Array(32))],
   *   snapshotPath: await Deno.makeTempFile(),
   * });
   * console.log(serf.members().length); // 1
   * ```
   */
  static async start(options: SerfOptions = {}): Promise<Serf> {
    checkOptions(options);
    const parts = options.history && await openParts(options.history, options);
    try {
      return new Serf(options, parts);
    } catch (error) {
      parts?.close();
      throw error;
    }
  }

  private constructor(options: SerfOptions, parts: HistoryParts | undefined) {
    const runtime = this.#runtime = new NodeRuntime<SerfEvent>(options, options.snapshotPath);
    const { events, journal, keyring, ports } = runtime;
    this.address = runtime.address;
    this.#core = new SerfCore(
      {
        ...ports,
        ...(journal && { journal }),
        ...(keyring && { keyring }),
        ...(options.onKeysChanged && { keyringChanged: options.onKeysChanged }),
        mayAnswer: (query) => events.mayAnswer(query),
      },
      serfConfig(options, runtime.config),
      (event) => events.add(event),
      (reason) => this.#end(reason),
    );
    if (parts) {
      runtime.events.listen(parts.record, () => false);
      this.#history = parts.reader(runtime.ended);
      this.#closeHistory = parts.close;
    }
    runtime.run(this.#core, () => unwrap(this.#core.start(), StartError));
    this.#measure(ports.meter);
  }

  /** Measures how many timers wait: a leak of anything that has one shows there. */
  #measure(meter: Meter): void {
    const { clock } = this.#runtime;
    meter.gauge("runtime.timers", clock.pending);
    clock.after(measureInterval, () => this.#measure(meter));
  }

  /** Where the node stands: `alive`, `leaving`, `left` or `shutdown`. */
  get state(): SerfState {
    return this.#core.state;
  }

  /**
   * What happened, if the node was started with `history`.
   *
   * @throws {RequestError} if it was not.
   *
   * @example What was heard, and where to go on later
   * ```ts
   * import { Serf } from "@serf/serf";
   *
   * const bind = { host: "127.0.0.1", port: 0 };
   * await using serf = await Serf.start({ name: "a", bind, history: {} });
   * serf.userEvent("deploy", "v42");
   * for await (const { kind, name, cursor } of serf.history.read({ follow: true })) {
   *   console.log(kind, name, cursor);
   *   if (kind === "user") break;
   * }
   * ```
   */
  get history(): SerfHistory {
    if (this.#history) return this.#history;
    throw new RequestError("Cannot read the history: the node was started without one");
  }

  /** This node as it sees itself. */
  get self(): SerfMember {
    return this.#core.self;
  }

  /** Resolves once the node has ended: to the reason if it lost its name, else to nothing. */
  get stopped(): Promise<string | undefined> {
    return this.#stopped.promise;
  }

  /** Every known member in any status, those that failed or left included. */
  members(): readonly SerfMember[] {
    return this.#core.members();
  }

  /** One member by its name; `undefined` if none is known. */
  member(name: string): SerfMember | undefined {
    return this.#core.member(name);
  }

  /**
   * Joins a cluster through any of its members.
   *
   * @param addresses each an address, or a text `host`, `host:port` or `[ipv6]:port`, with
   * `node/` in front if wanted; without a port, the own one is meant. A name is tried with
   * all its addresses, at most 64. One that answers is enough.
   * @param options with a `signal`, no further address is tried once it aborts.
   * @returns how many addresses answered, at least 1; 0 only for an empty list.
   * @throws {JoinError} if none did, or the node is leaving or has left.
   *
   * @example
   * ```ts
   * import { JoinError, Serf } from "@serf/serf";
   *
   * await using serf = await Serf.start({ name: "a", bind: { host: "127.0.0.1", port: 0 } });
   * try {
   *   await serf.join(["127.0.0.1:9"], { signal: AbortSignal.timeout(5000) });
   * } catch (error) {
   *   if (!(error instanceof JoinError)) throw error;
   *   console.log(error.errors.length); // 1
   * }
   * ```
   */
  async join(
    addresses: readonly (string | Address)[],
    options: JoinOptions = {},
  ): Promise<number> {
    const { ignoreOld = true, signal } = options;
    const ownPort = this.address.port;
    return await joinThrough(addresses, { ownPort, signal }, (targets) => {
      return outcomeOf((done) => this.#core.join(targets, { ignoreOld }, done), signal);
    });
  }

  /**
   * Leaves gracefully; the node goes on answering until `shutdown`.
   *
   * It takes at most twice the broadcast timeout (5 s) and the propagation delay (1 s), even
   * if others cannot be reached.
   *
   * @throws {RequestError} if it is leaving already.
   */
  async leave(options: WaitOptions = {}): Promise<void> {
    await this.#operate<void>((done) => this.#core.leave(done), RequestError, options);
  }

  /**
   * Declares a failed member to have left. One that is alive refutes that and stays.
   *
   * @throws {TimeoutError} if that was not sent within the broadcast timeout, 5 s by default.
   */
  async forceLeave(name: string, options: ForceLeaveOptions = {}): Promise<void> {
    const { prune = false } = options;
    await this.#operate(
      (done) => this.#core.forceLeave(name, { prune }, done),
      TimeoutError,
      options,
    );
  }

  /**
   * Fires an event on every member, this one included, at once.
   *
   * Members drop events that come several hundred behind the newest: `userEventInTurn` fires
   * many in a row without loss.
   *
   * @param name what happened; members choose their handlers by it.
   * @param payload text is sent as UTF-8. With the name it may have 512 bytes by default.
   * @throws {RequestError} if name and payload are too long.
   *
   * @example
   * ```ts
   * import { Serf } from "@serf/serf";
   *
   * await using serf = await Serf.start({ name: "a", bind: { host: "127.0.0.1", port: 0 } });
   * serf.userEvent("deploy", "v42", { coalesce: false });
   * for await (const event of serf.events()) {
   *   if (event.type !== "user") continue;
   *   console.log(event.name); // deploy
   *   break;
   * }
   * ```
   */
  userEvent(
    name: string,
    payload?: Uint8Array | string,
    options: UserEventOptions = {},
  ): void {
    const { coalesce = true } = options;
    this.#unwrap(this.#core.userEvent(name, bytesOf(payload), { coalesce }), RequestError);
  }

  /**
   * Fires an event as `userEvent` does, once the cluster keeps up with those before.
   *
   * @returns once it is fired, which is at once unless there was a flood of events.
   * @throws {RequestError} if name and payload are too long.
   */
  async userEventInTurn(
    name: string,
    payload?: Uint8Array | string,
    options: UserEventOptions = {},
  ): Promise<void> {
    const { coalesce = true } = options;
    const fired = await outcomeOf<Result<void>>((done) =>
      this.#core.whenEventFits(() =>
        done(this.#core.userEvent(name, bytesOf(payload), { coalesce }))
      )
    );
    this.#unwrap(fired, RequestError);
  }

  /**
   * Asks the members a question; their answers come out of a loop over the result.
   *
   * @param name what is asked; names that begin with `_serf_` are Serf's own.
   * @param payload text is sent as UTF-8. The whole query may have 1024 bytes by default.
   * @param options a `signal` ends the query as `cancel` does. An invalid tag expression
   * matches no member.
   * @param listener gets what comes back, in place of the loop.
   * @returns the query under way. Leaving the loop ends it.
   * @throws {RequestError} if the query is too long, the relay factor out of range, or the
   * node speaks a Serf protocol below 4.
   *
   * @example
   * ```ts
   * import { Serf } from "@serf/serf";
   *
   * await using serf = await Serf.start({ name: "a", bind: { host: "127.0.0.1", port: 0 } });
   * serf.onEvent((event) => {
   *   if (event.type === "query") event.respond(new TextEncoder().encode("pong"));
   * });
   * for await (const answer of serf.query("ping", undefined, { requestAck: true })) {
   *   console.log(answer.type, answer.from);
   *   if (answer.type === "response") break;
   * }
   * ```
   */
  query(
    name: string,
    payload?: Uint8Array | string,
    options: QueryOptions & WaitOptions = {},
    listener?: QueryListener,
  ): Query {
    const query = new FollowedQuery(listener, options.signal);
    const asked = this.#core.query(name, bytesOf(payload), options, query.handlers);
    if (!asked.ok) query.cancel();
    query.follow(this.#unwrap(asked, RequestError));
    return query;
  }

  /**
   * Replaces this node's tags; resolves once they were sent to enough members.
   *
   * @param tags at most 512 bytes encoded.
   * @throws {RequestError} if they are too long; the old tags stay.
   * @throws {TimeoutError} if that took longer than the broadcast timeout, 5 s by default.
   */
  async setTags(tags: Tags, options: WaitOptions = {}): Promise<void> {
    this.#unwrap(checkTags(tags, this.#core.protocolVersion), RequestError);
    await this.#operate((done) => this.#core.setTags(tags, done), TimeoutError, options);
  }

  /**
   * Installs, uses, removes or lists encryption keys on every member.
   *
   * It takes at most a query's time, which follows the cluster's size.
   *
   * @param operation `install` adds a key to every member's ring, `use` makes an installed
   * key the one that seals, `remove` takes away one that does not seal.
   * @param key 16, 24 or 32 bytes; left out for `list`.
   * @returns what the members said; `error` tells whether all agreed.
   * @throws {RequestError} if nobody could be asked.
   *
   * @example A new key for the whole cluster
   * ```ts
   * import { Serf } from "@serf/serf";
   *
   * const [oldKey, newKey] = [1, 2].map(() => crypto.getRandomValues(new Uint8Array(32)));
   * const bind = { host: "127.0.0.1", port: 0 };
   * await using serf = await Serf.start({ name: "a", bind, keys: [oldKey!] });
   * for (const step of ["install", "use"] as const) {
   *   const report = await serf.keys(step, newKey);
   *   if (report.error !== undefined) throw new Error(report.error);
   * }
   * await serf.keys("remove", oldKey);
   * console.log((await serf.keys("list")).keys?.size); // 1
   * ```
   */
  async keys(
    operation: KeyOperation,
    key?: Uint8Array,
    options: KeyOptions & WaitOptions = {},
  ): Promise<KeyReport> {
    return await this.#operate<KeyReport>(
      (done) => this.#core.keys.run(operation, key, options, done),
      RequestError,
      options,
    );
  }

  /**
   * The position of a member in the network, as it last announced it; see `distance`.
   *
   * @param name a member; this node by default.
   * @returns `undefined` if none is known yet, or coordinates are off.
   */
  coordinate(name?: string): Coordinate | undefined {
    return name === undefined || name === this.self.name
      ? this.#core.coordinate()
      : this.#core.cachedCoordinate(name);
  }

  /** Numbers about the node, as `serf info` shows them. */
  stats(): ReadonlyMap<string, string> {
    return this.#core.stats();
  }

  /**
   * Returns a loop over all events from now on. Several loops each get all.
   *
   * A loop that falls behind by more than 4096 events misses the newest, and counts them in
   * `dropped`. It ends when the node does, or when `signal` aborts.
   *
   * @example A loop that begins before the join whose events it reads
   * ```ts
   * import { Serf } from "@serf/serf";
   *
   * const bind = { host: "127.0.0.1", port: 0 };
   * await using web = await Serf.start({ name: "web-1", bind });
   * await using db = await Serf.start({ name: "db-1", bind });
   * const events = web.events();
   * await db.join([web.address]);
   * for await (const event of events) {
   *   if (event.type !== "member-join") continue;
   *   console.log(event.members.map(({ name }) => name)); // [ "db-1" ]
   *   break;
   * }
   * ```
   */
  events(options: WaitOptions = {}): Loop<SerfEvent> {
    return this.#runtime.events.loop(options.signal);
  }

  /**
   * Calls `listener` for every event from now on, until the returned function is called.
   *
   * What it throws is not caught.
   *
   * @param mayAnswer whether the listener might answer a query of a name, any by default. The
   * member that asks does not wait for a node that never answers.
   */
  onEvent(
    listener: (event: SerfEvent) => void,
    mayAnswer?: (query: string) => boolean,
  ): () => void {
    return this.#runtime.events.listen(listener, mayAnswer);
  }

  /** Ends the node at once; without `leave` before, others will declare it failed. */
  async shutdown(): Promise<void> {
    await this.#end(undefined);
  }

  /** Leaves, unless that was done, and ends the node. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.state === "alive") await this.leave().catch(() => {});
    await this.shutdown();
  }

  async #end(reason: string | undefined): Promise<void> {
    await this.#runtime.end();
    // The last events are delivered, and so put down, as the runtime ends.
    this.#closeHistory();
    this.#closeHistory = () => {};
    this.#stopped.resolve(reason);
  }

  async #operate<T>(
    start: (done: (result: Result<T>) => void) => void,
    kind: ErrorKind,
    { signal }: WaitOptions,
  ): Promise<T> {
    return this.#unwrap(await outcomeOf(start, signal), kind);
  }

  #unwrap<T>(result: Result<T>, kind: ErrorKind): T {
    return unwrap(result, this.state === "shutdown" ? StoppedError : kind);
  }
}

/** What a node with a history needs; loaded for those alone. */
interface HistoryParts {
  readonly record: (event: SerfEvent) => void;
  readonly reader: (ended: AbortSignal) => SerfHistory;
  readonly close: () => void;
}

async function openParts(
  { folder = "", payloads = true }: HistoryOptions,
  { log = silentLog, meter = silentMeter }: SerfOptions,
): Promise<HistoryParts> {
  const [{ openHistory }, { recordEvent }, { SerfHistory }] = await Promise.all([
    import("./history/open_history.ts"),
    import("./history/event_history.ts"),
    import("./history/serf_history.ts"),
  ]);
  const { history, close } = await openHistory(folder, log.named("serf"), meter)
    .catch((error) => {
      throw new StartError(`Failed to open the history: ${errorText(error)}`, { cause: error });
    });
  return {
    record: (event) => recordEvent(history, event, payloads),
    reader: (ended) => new SerfHistory(history, ended),
    close,
  };
}

type ErrorKind = typeof RequestError | typeof TimeoutError;

function bytesOf(payload: Uint8Array | string | undefined): Uint8Array | undefined {
  return typeof payload === "string" ? encodeText(payload) : payload;
}
