/**
 * Serf for programs: the core on sockets, with promises and loops.
 *
 * Nothing here decides anything about the cluster; that is the business of
 * `SerfCore`. Several instances in one process do not know of each other.
 */

import { encodeText } from "../bytes/text.ts";
import type { Coordinate } from "../coordinate/coordinate.ts";
import type { Address } from "../ports/address.ts";
import type { Log } from "../ports/log.ts";
import type { Milliseconds } from "../ports/clock.ts";
import type { Meter } from "../ports/meter.ts";
import type { Result } from "../ports/result.ts";
import { silentLog, silentMeter } from "../ports/silence.ts";
import { systemErrorText } from "../go/system_error.ts";
import { checkTags } from "../serf/config.ts";
import type { SerfEvent } from "../serf/event.ts";
import type { JoinOutcome } from "../serf/members/joining.ts";
import type { SerfMember, Tags } from "../serf/member.ts";
import { SerfCore, type SerfState } from "../serf/serf_core.ts";
import { DenoClock } from "./deno_clock.ts";
import { denoRandom } from "./deno_random.ts";
import type { DenoTransport } from "./transport/deno_transport.ts";
import {
  JoinError,
  RequestError,
  type SerfError,
  StartError,
  StoppedError,
  TimeoutError,
} from "./errors.ts";
import { EventDelivery } from "./event_delivery.ts";
import type { Loop } from "./event_stream.ts";
import { joinedNobody, resolveJoinTargets } from "./join_targets.ts";
import { JournalFile } from "./journal_file.ts";
import { type ClusterKeys, clusterKeys } from "./keys.ts";
import {
  readKeys,
  requireOwnAddressAllowed,
  warnIfExposed,
  warnIfUnheard,
} from "./node_options.ts";
import { openTransport } from "./open_transport.ts";
import {
  coreOptions,
  FollowedQuery,
  type Query,
  type QueryListener,
  type QueryOptions,
} from "./query.ts";
import { checkOptions, serfConfig, type SerfOptions } from "./serf_options.ts";
import { unlessAborted, type WaitOptions } from "./waiting.ts";

/** How a join is done. */
export interface JoinOptions extends WaitOptions {
  /** Whether user events from before the join are left out; `true` by default. */
  readonly ignoreOld?: boolean;
}

/** How a member is made to go. */
export interface ForceLeaveOptions extends WaitOptions {
  /** Whether the member is forgotten at once; `false` by default. */
  readonly prune?: boolean;
}

/** How a user event is fired. */
export interface UserEventOptions {
  /** Whether members may keep only the latest of several of this name; `true` by default. */
  readonly coalesce?: boolean;
}

/** What an operation of the core ends in: nothing, or why not. */
type Verdict = Result<void>;

/** How often a node measures itself. */
const measureInterval: Milliseconds = 10_000;

/**
 * A member of a cluster, with tags, user events, queries and keys.
 *
 * Every operation throws or rejects with a {@linkcode StoppedError} once the node has ended.
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
  readonly #clock: DenoClock;
  readonly #transport: DenoTransport;
  readonly #journal: JournalFile | undefined;
  readonly #delivery = new EventDelivery<SerfEvent>(() => this.#journal?.flush());
  readonly #stopped = Promise.withResolvers<string | undefined>();
  #ending: Promise<void> | undefined;
  /** Where the node listens. */
  readonly address: Address;
  /** Encryption keys, cluster-wide. */
  readonly keys: ClusterKeys;

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
    const journal = options.snapshotPath === undefined
      ? undefined
      : openJournal(options.snapshotPath, options.log ?? silentLog, options.meter ?? silentMeter);
    try {
      return await Promise.resolve(new Serf(options, journal));
    } catch (error) {
      journal?.close();
      throw error;
    }
  }

  private constructor(options: SerfOptions, journal: JournalFile | undefined) {
    const log = options.log ?? silentLog;
    const meter = options.meter ?? silentMeter;
    const keyring = readKeys(options.keys);
    const clock = new DenoClock();
    const transport = openTransport(options, { clock, log, meter });
    this.#clock = clock;
    this.#transport = transport;
    this.#journal = journal;
    this.address = transport.address;
    try {
      const config = serfConfig(options, transport.address);
      requireOwnAddressAllowed(config.memberlist);
      warnIfUnheard(config.memberlist, transport.address, log);
      warnIfExposed(config.memberlist.advertise.ip, keyring, log);
      this.#core = new SerfCore(
        {
          clock,
          random: denoRandom,
          transport,
          log,
          meter,
          ...(journal && { journal }),
          ...(keyring && { keyring }),
          ...(options.onKeysChanged && { keyringChanged: options.onKeysChanged }),
          mayAnswer: (query) => this.#delivery.mayAnswer(query),
        },
        config,
        (event) => this.#delivery.hear(event),
        (reason) => this.#end(reason),
      );
      this.keys = clusterKeys(this.#core.keys, (error) => this.#errorFor(error, RequestError));
      transport.deliverTo(this.#core);
      const started = this.#core.start();
      if (!started.ok) throw new StartError(started.error.message, { cause: started.error });
      clock.after(0, () => this.#delivery.start());
      this.#measure(meter);
    } catch (error) {
      clock.stop();
      transport.close();
      throw error;
    }
  }

  /** Tells now and then how many timers wait: a leak of anything that has one shows there. */
  #measure(meter: Meter): void {
    meter.gauge("runtime.timers", this.#clock.pending);
    this.#clock.after(measureInterval, () => this.#measure(meter));
  }

  /** Where the node stands: `alive`, `leaving`, `left` or `shutdown`. */
  get state(): SerfState {
    return this.#core.state;
  }

  /** This node as it sees itself. */
  get self(): SerfMember {
    return this.#core.self;
  }

  /** Resolves once the node has ended, to the reason if it did so on its own account. */
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
    signal?.throwIfAborted();
    const resolving = resolveJoinTargets(addresses, this.address.port);
    const { errors, targets } = await unlessAborted(resolving, signal);

    const { promise, resolve } = Promise.withResolvers<JoinOutcome>();
    const giveUp = this.#core.join(targets, { ignoreOld }, resolve);
    signal?.addEventListener("abort", giveUp);
    try {
      const outcome = await unlessAborted(promise, signal);
      if (outcome.refused) throw new JoinError(outcome.refused.message, []);
      if (outcome.contacted > 0 || addresses.length === 0) return outcome.contacted;
      throw joinedNobody(errors, outcome.errors);
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
  }

  /**
   * Leaves gracefully; the node goes on answering until `shutdown`.
   *
   * It takes at most twice the broadcast timeout (5 s) and the propagation delay (1 s),
   * whether others hear of it or not.
   *
   * @throws {RequestError} if it is leaving already.
   */
  async leave(options: WaitOptions = {}): Promise<void> {
    await this.#operate((done) => this.#core.leave(done), RequestError, options);
  }

  /**
   * Makes everybody take a failed member for one that left.
   *
   * A member that is alive refutes that and stays.
   *
   * @throws {TimeoutError} if nobody heard of it within the broadcast timeout, 5 s by default.
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
   * Members drop events that come several hundred behind the newest: whoever fires
   * many in a row uses `userEventInTurn`, so that none is lost.
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
   * Fires an event on every member as soon as the cluster keeps up with those before.
   *
   * @param name what happened; members choose their handlers by it.
   * @param payload as for `userEvent`.
   * @returns once it is fired, which is at once unless there was a flood of events.
   * @throws {RequestError} if name and payload are too long.
   */
  async userEventInTurn(
    name: string,
    payload?: Uint8Array | string,
    options: UserEventOptions = {},
  ): Promise<void> {
    const { coalesce = true } = options;
    const { promise, resolve } = Promise.withResolvers<Result<void>>();
    this.#core.whenEventFits(() => {
      resolve(this.#core.userEvent(name, bytesOf(payload), { coalesce }));
    });
    this.#unwrap(await promise, RequestError);
  }

  /**
   * Asks the members a question; their answers come out of a loop over the result.
   *
   * @param name what is asked; names that begin with `_serf_` are Serf's own.
   * @param payload text is sent as UTF-8. The whole query may have 1024 bytes by default.
   * @param options who is meant, whether they acknowledge, and how long answers are awaited.
   * A tag expression that is none matches nobody.
   * @param listener hears what comes back, in place of the loop.
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
    options: QueryOptions = {},
    listener?: QueryListener,
  ): Query {
    const query = new FollowedQuery(listener);
    const asked = this.#core.query(name, bytesOf(payload), coreOptions(options), query.handlers);
    query.follow(this.#unwrap(asked, RequestError), options.signal);
    return query;
  }

  /**
   * Replaces the own tags; resolves once others heard of it.
   *
   * @param tags at most 512 bytes encoded.
   * @throws {RequestError} if they are too long; then the old ones stay.
   * @throws {TimeoutError} if nobody heard of it within the broadcast timeout, 5 s by default.
   */
  async setTags(tags: Tags, options: WaitOptions = {}): Promise<void> {
    this.#unwrap(checkTags(tags, this.#core.protocolVersion), RequestError);
    await this.#operate((done) => this.#core.setTags(tags, done), TimeoutError, options);
  }

  /**
   * The own position in the network, or that a member last told.
   *
   * @param name a member; this node by default.
   * @returns `undefined` if none is known yet, or coordinates are off. See `distance`.
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
   * @example The loop begins before the join whose events it is to tell
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
    return this.#delivery.loop(options.signal);
  }

  /**
   * Calls `listener` for every event from now on, until the returned function is called.
   *
   * What it throws nobody catches.
   *
   * @param mayAnswer whether the listener might answer a query of a name; any by default. Who
   * asks is told, so that it need not wait where nobody might.
   */
  onEvent(
    listener: (event: SerfEvent) => void,
    mayAnswer?: (query: string) => boolean,
  ): () => void {
    return this.#delivery.listen(listener, mayAnswer);
  }

  /** Ends the node at once. Without `leave` before, others will take it for failed. */
  async shutdown(): Promise<void> {
    await this.#end(undefined);
  }

  /** Leaves gracefully, if that is still to be done, and ends the node. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.state === "alive") await this.leave().catch(() => {});
    await this.shutdown();
  }

  #end(reason: string | undefined): Promise<void> {
    return this.#ending ??= this.#tearDown(reason);
  }

  async #tearDown(reason: string | undefined): Promise<void> {
    this.#core.stop();
    await this.#transport.close();
    this.#clock.stop();
    this.#journal?.close();
    this.#delivery.end();
    this.#stopped.resolve(reason);
  }

  async #operate(
    start: (done: (verdict: Verdict) => void) => void,
    kind: ErrorKind,
    { signal }: WaitOptions,
  ): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<Verdict>();
    start(resolve);
    this.#unwrap(await unlessAborted(promise, signal), kind);
  }

  #unwrap<T>(result: Result<T>, kind: ErrorKind): T {
    if (result.ok) return result.value;
    throw this.#errorFor(result.error, kind);
  }

  #errorFor(cause: Error, kind: ErrorKind): SerfError {
    const Kind = this.state === "shutdown" ? StoppedError : kind;
    return new Kind(cause.message, { cause });
  }
}

type ErrorKind = typeof RequestError | typeof TimeoutError | typeof StoppedError;

function openJournal(path: string, log: Log, meter: Meter): JournalFile {
  try {
    return JournalFile.open(path, log.named("serf"), meter);
  } catch (error) {
    throw new StartError(
      `Failed to setup snapshot: failed to open snapshot: open ${path}: ${systemErrorText(error)}`,
      { cause: error },
    );
  }
}

function bytesOf(payload: Uint8Array | string | undefined): Uint8Array | undefined {
  return typeof payload === "string" ? encodeText(payload) : payload;
}
