/**
 * Serf for programs: the core on sockets, with promises and loops.
 *
 * Nothing here decides anything about the cluster; that is the business of
 * `SerfCore`. Several instances in one process do not know of each other.
 */

import { encodeText } from "../bytes/text.ts";
import type { Coordinate } from "../coordinate/coordinate.ts";
import { Complaints } from "../memberlist/complaints.ts";
import { type Address, defaultPort, formatAddress } from "../ports/address.ts";
import type { Log } from "../ports/log.ts";
import type { Milliseconds } from "../ports/clock.ts";
import type { Meter } from "../ports/meter.ts";
import type { Result } from "../ports/result.ts";
import { systemErrorText } from "../ports/system_error.ts";
import type { SerfEvent } from "../serf/event.ts";
import type { SerfMember, Tags } from "../serf/member.ts";
import { SerfCore, type SerfState } from "../serf/serf_core.ts";
import { DenoClock } from "./deno_clock.ts";
import { denoRandom } from "./deno_random.ts";
import { DenoTransport } from "./deno_transport.ts";
import { JoinError, joinErrorText, SerfError, StartError } from "./errors.ts";
import { EventStream, type Loop } from "./event_stream.ts";
import { JournalFile } from "./journal_file.ts";
import { type ClusterKeys, clusterKeys } from "./keys.ts";
import {
  coreOptions,
  FollowedQuery,
  type Query,
  type QueryListener,
  type QueryOptions,
} from "./query.ts";
import { lookUpHost, resolveJoinAddress } from "./resolver.ts";
import {
  checkOptions,
  membershipSettings,
  readKeys,
  requireOwnAddressAllowed,
  serfConfig,
  type SerfOptions,
  warnIfExposed,
} from "./serf_options.ts";
import { silentLog, silentMeter } from "../ports/silence.ts";

/** How a join is done. */
export interface JoinOptions {
  /** Whether user events from before the join are left out; `true` by default. */
  readonly ignoreOld?: boolean;
}

/** How many events a loop over `events()` may fall behind before it misses some. */
export const maxWaitingEvents = 4096;

/** How often a node measures itself. */
const measureInterval: Milliseconds = 10_000;

/**
 * A member of a cluster.
 *
 * @example
 * ```ts
 * import { Serf } from "@serf/serf";
 *
 * const serf = await Serf.start({ name: "web-1", bind: { host: "127.0.0.1", port: 0 } });
 * serf.userEvent("deploy", "v42");
 * for await (const event of serf.events()) {
 *   console.log(event.type);
 *   break;
 * }
 * await serf.shutdown();
 * ```
 */
export class Serf implements AsyncDisposable {
  readonly #core: SerfCore;
  readonly #clock: DenoClock;
  readonly #transport: DenoTransport;
  readonly #journal: JournalFile | undefined;
  readonly #listeners = new Set<(event: SerfEvent) => void>();
  readonly #streams = new Set<EventStream<SerfEvent>>();
  readonly #stopped = Promise.withResolvers<string | undefined>();
  #undelivered: SerfEvent[] = [];
  /** False at first, so that whoever listens right after the start misses nothing. */
  #isDelivering = false;
  #ending: Promise<void> | undefined;
  /** Where the node listens. */
  readonly address: Address;
  /** Encryption keys, cluster-wide. */
  readonly keys: ClusterKeys;

  /**
   * Starts a node; it is alone until it joins.
   *
   * @throws {StartError} if settings are wrong or an address cannot be bound.
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
    const transport = openTransport(options, clock, log, meter);
    this.#clock = clock;
    this.#transport = transport;
    this.#journal = journal;
    this.address = transport.address;
    try {
      const config = serfConfig(options, transport.address);
      requireOwnAddressAllowed(config.memberlist);
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
        },
        config,
        (event) => this.#hear(event),
        (reason) => this.#end(reason),
      );
      this.keys = clusterKeys(this.#core.keys);
      transport.deliverTo(this.#core);
      const started = this.#core.start();
      if (!started.ok) throw new StartError(started.error.message, { cause: started.error });
      clock.after(0, () => this.#startDelivering());
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

  /** Every known member, those that failed or left included. */
  members(): readonly SerfMember[] {
    return this.#core.members();
  }

  /** One member by its name. */
  member(name: string): SerfMember | undefined {
    return this.#core.member(name);
  }

  /**
   * Joins a cluster through any of its members.
   *
   * @param addresses each `host`, `host:port` or `[ipv6]:port`, with `node/` in front if
   * wanted; without a port, the own one is meant. A name is tried with all its addresses.
   * @returns how many addresses answered, at least 1; 0 only for an empty list.
   * @throws {JoinError} if none did.
   */
  async join(addresses: readonly string[], options: JoinOptions = {}): Promise<number> {
    const errors: Error[] = [];
    const targets: Address[] = [];
    for (const entry of addresses) {
      try {
        targets.push(...await resolveJoinAddress(entry, this.address.port, lookUpHost));
      } catch (error) {
        errors.push(error instanceof Error ? error : new Error(String(error)));
      }
    }

    const { promise, resolve } = Promise.withResolvers<Parameters<JoinListener>[0]>();
    this.#core.join(targets, { ignoreOld: options.ignoreOld ?? true }, resolve);
    const outcome = await promise;
    if (outcome.refused) throw new JoinError(outcome.refused.message, []);
    if (outcome.contacted > 0 || addresses.length === 0) return outcome.contacted;
    for (const { address, error } of outcome.errors) {
      const text = `failed to join ${formatAddress(address)}: ${error.message}`;
      errors.push(new Error(text, { cause: error }));
    }
    throw new JoinError(joinErrorText(errors), errors);
  }

  /** Leaves gracefully; the node goes on answering until `shutdown`. */
  async leave(): Promise<void> {
    await this.#operate((done) => this.#core.leave(done));
  }

  /**
   * Makes everybody take a failed member for one that left.
   *
   * @param options with `prune`, it is forgotten at once.
   */
  async forceLeave(name: string, options: { readonly prune?: boolean } = {}): Promise<void> {
    const prune = options.prune ?? false;
    await this.#operate((done) => this.#core.forceLeave(name, { prune }, done));
  }

  /**
   * Fires an event on every member.
   *
   * @param options with `coalesce` (the default), members may keep only the latest of
   * several events of this name.
   * @throws {SerfError} if name and payload are too long.
   */
  userEvent(
    name: string,
    payload?: Uint8Array | string,
    options: { readonly coalesce?: boolean } = {},
  ): void {
    const coalesce = options.coalesce ?? true;
    unwrap(this.#core.userEvent(name, bytesOf(payload), { coalesce }));
  }

  /**
   * Asks the members a question; their answers come out of a loop over the result.
   *
   * A tag expression that is none matches nobody.
   *
   * @throws {SerfError} if the query is too long.
   */
  query(
    name: string,
    payload?: Uint8Array | string,
    options: QueryOptions = {},
    listener?: QueryListener,
  ): Query {
    const query = new FollowedQuery(listener);
    query.follow(
      unwrap(this.#core.query(name, bytesOf(payload), coreOptions(options), query.handlers)),
    );
    return query;
  }

  /** Replaces the own tags; resolves once others heard of it. */
  async setTags(tags: Tags): Promise<void> {
    await this.#operate((done) => this.#core.setTags(tags, done));
  }

  /** The own position in the network, or that a member last told. */
  coordinate(name?: string): Coordinate | undefined {
    return name === undefined || name === this.self.name
      ? this.#core.coordinate()
      : this.#core.cachedCoordinate(name);
  }

  /** Numbers about the node, as `serf info` shows them. */
  stats(): ReadonlyMap<string, string> {
    return this.#core.stats();
  }

  /** Returns a loop over all events from now on. Several loops each get all. */
  events(): Loop<SerfEvent> {
    const stream: EventStream<SerfEvent> = new EventStream(
      maxWaitingEvents,
      () => this.#streams.delete(stream),
    );
    if (this.#ending) stream.close();
    else this.#streams.add(stream);
    return stream;
  }

  /** Calls `listener` for every event from now on, until the returned function is called. */
  onEvent(listener: (event: SerfEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
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
    this.#deliver();
    for (const stream of this.#streams) stream.close();
    this.#stopped.resolve(reason);
  }

  /** Runs inside a turn of the core: user code must wait until it is over. */
  #hear(event: SerfEvent): void {
    this.#undelivered.push(event);
    if (this.#isDelivering && this.#undelivered.length === 1) {
      queueMicrotask(() => this.#deliver());
    }
  }

  #startDelivering(): void {
    this.#isDelivering = true;
    this.#deliver();
  }

  #deliver(): void {
    const events = this.#undelivered;
    this.#undelivered = [];
    for (const event of events) {
      for (const listener of this.#listeners) listener(event);
      for (const stream of this.#streams) stream.push(event);
    }
  }

  async #operate(start: (done: (result: Result<void>) => void) => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<Result<void>>();
    start(resolve);
    unwrap(await promise);
  }
}

type JoinListener = Parameters<SerfCore["join"]>[2];

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

function openTransport(
  options: SerfOptions,
  clock: DenoClock,
  log: Log,
  meter: Meter,
): DenoTransport {
  const membershipLog = log.named("memberlist");
  const complaints = new Complaints(clock, membershipLog, meter);
  try {
    return new DenoTransport({
      bind: { host: options.bind?.host ?? "0.0.0.0", port: options.bind?.port ?? defaultPort },
      streamTimeout: membershipSettings(options).tcpTimeout,
      log: membershipLog,
      meter,
      complain: (peer, reason, message) => complaints.add(peer, reason, () => message),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(
      "Failed to create memberlist: could not set up network transport: " +
        `failed to obtain an address: ${reason}`,
      { cause: error },
    );
  }
}

function bytesOf(payload: Uint8Array | string | undefined): Uint8Array | undefined {
  return typeof payload === "string" ? encodeText(payload) : payload;
}

function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new SerfError(result.error.message, { cause: result.error });
}
