/**
 * Membership for programs: who is there, who failed and who left, and messages
 * between members, without Serf on top.
 *
 * Nothing here decides anything about the cluster; that is the business of
 * `MemberlistCore`. Several instances in one process do not know of each other.
 */

import { emptyBytes } from "../bytes/empty_bytes.ts";
import { maxMetaSize } from "../memberlist/config.ts";
import type { Member } from "../memberlist/member.ts";
import { MemberlistCore } from "../memberlist/memberlist_core.ts";
import { broadcastLimit } from "../memberlist/packets/packet_room.ts";
import { type Address, formatAddress } from "../ports/address.ts";
import type { Milliseconds } from "../ports/clock.ts";
import type { Result } from "../ports/result.ts";
import { silentLog, silentMeter } from "../ports/silence.ts";
import { isNameTooLong } from "../wire/message_body.ts";
import { maxNameLength, maxStreamPayload } from "../wire/message_type.ts";
import { DenoClock } from "./deno_clock.ts";
import { denoRandom } from "./deno_random.ts";
import type { DenoTransport } from "./transport/deno_transport.ts";
import {
  JoinError,
  RequestError,
  SendError,
  StartError,
  StoppedError,
  TimeoutError,
} from "./errors.ts";
import { EventDelivery } from "./event_delivery.ts";
import type { Loop } from "./event_stream.ts";
import { joinedNobody, resolveJoinTargets } from "./join_targets.ts";
import { copyOfMember, type MemberlistEvent, MessageDelegate } from "./message_delegate.ts";
import {
  membershipConfig,
  type NodeOptions,
  readKeys,
  requireOwnAddressAllowed,
  warnIfExposed,
  warnIfUnheard,
} from "./node_options.ts";
import { openTransport } from "./open_transport.ts";
import { unlessAborted, type WaitOptions } from "./waiting.ts";

/** How a node without Serf is started; everything has a default. */
export interface MemberlistOptions extends NodeOptions {
  /** What the node tells others about itself, at most 512 bytes; nothing by default. */
  readonly meta?: Uint8Array;
}

/** How long others are given to hear of something. */
export interface TellOptions extends WaitOptions {
  /** In milliseconds; 5000 by default. */
  readonly timeout?: Milliseconds;
}

/** How a message is sent. */
export interface SendOptions extends WaitOptions {
  /**
   * Whether it goes over a stream, which says if the member was not there; `false` by default.
   *
   * A datagram is quicker and may be lost without a word.
   */
  readonly reliable?: boolean;
}

/** How a message for everybody is queued. */
export interface BroadcastOptions {
  /** A later message of the same name takes this one's place while it waits. */
  readonly name?: string;
}

/** Longest message in a datagram: what UDP carries, less the headers around it. */
export const maxDatagramMessage = 65_000;

const defaultTellTimeout: Milliseconds = 5000;

/**
 * A member of a cluster that knows who is there, and no more.
 *
 * Every operation throws or rejects with a {@linkcode StoppedError} once the node has ended.
 *
 * @example Two members and a message
 * ```ts
 * import { Memberlist } from "@serf/serf";
 *
 * const bind = { host: "127.0.0.1", port: 0 };
 * await using a = await Memberlist.start({ name: "a", bind });
 * await using b = await Memberlist.start({ name: "b", bind });
 * await b.join([a.address], { signal: AbortSignal.timeout(10_000) });
 * console.log(b.members().map(({ name, state }) => `${name} ${state}`));
 *
 * const events = a.events(); // from here on
 * await b.sendTo("a", new TextEncoder().encode("hello"), { reliable: true });
 * for await (const event of events) {
 *   if (event.type !== "message") continue;
 *   console.log(new TextDecoder().decode(event.payload)); // hello
 *   break;
 * }
 * ```
 */
export class Memberlist implements AsyncDisposable {
  readonly #core: MemberlistCore;
  readonly #delegate: MessageDelegate;
  readonly #clock: DenoClock;
  readonly #transport: DenoTransport;
  readonly #delivery = new EventDelivery<MemberlistEvent>();
  readonly #broadcastLimit: number;
  /** Aborts when the node ends, so that nobody waits for it any longer. */
  readonly #ended = new AbortController();
  #hasLeft = false;
  #ending: Promise<void> | undefined;
  /** Where the node listens. */
  readonly address: Address;

  /**
   * Starts a node; it is alone until it joins.
   *
   * @param options everything has a default; see {@linkcode MemberlistOptions}.
   * @returns the node, which listens already.
   * @throws {StartError} if settings are wrong or an address cannot be bound.
   *
   * @example
   * ```ts
   * import { Memberlist } from "@serf/serf";
   *
   * await using node = await Memberlist.start({
   *   name: "a",
   *   bind: { host: "127.0.0.1", port: 0 },
   *   profile: "local",
   *   meta: new TextEncoder().encode("rack 7"),
   * });
   * console.log(node.self.state); // alive
   * ```
   */
  static async start(options: MemberlistOptions = {}): Promise<Memberlist> {
    if (options.name === "") throw new StartError("Node name must not be empty");
    if (isNameTooLong(options.name ?? "")) {
      throw new StartError(`Node name must not be longer than ${maxNameLength} bytes`);
    }
    const excess = metaExcess(options.meta ?? emptyBytes);
    if (excess !== undefined) throw new StartError(excess);
    return await Promise.resolve(new Memberlist(options));
  }

  private constructor(options: MemberlistOptions) {
    const log = options.log ?? silentLog;
    const meter = options.meter ?? silentMeter;
    const keyring = readKeys(options.keys);
    const clock = new DenoClock();
    const transport = openTransport(options, { clock, log, meter });
    this.#clock = clock;
    this.#transport = transport;
    this.address = transport.address;
    try {
      const config = membershipConfig(options, transport.address);
      requireOwnAddressAllowed(config);
      warnIfUnheard(config, transport.address, log);
      warnIfExposed(config.advertise.ip, keyring, log);
      this.#broadcastLimit = broadcastLimit(config, keyring !== undefined);
      this.#delegate = new MessageDelegate({
        metadata: options.meta ?? emptyBytes,
        retransmitMult: config.retransmitMult,
        memberCount: () => this.#core.estimatedSize,
        emit: (event) => this.#delivery.hear(event),
      });
      this.#core = new MemberlistCore(
        { clock, random: denoRandom, transport, log: log.named("memberlist"), meter },
        config,
        keyring,
      );
      transport.deliverTo(this.#core);
      this.#core.start(this.#delegate);
      clock.after(0, () => this.#delivery.start());
    } catch (error) {
      clock.stop();
      transport.close();
      throw error;
    }
  }

  /** This node as it sees itself now. */
  get self(): Member {
    return copyOfMember(this.#core.self);
  }

  /** How well this node does by its own measure: 0 is healthy, 7 by default the worst. */
  get healthScore(): number {
    return this.#core.healthScore;
  }

  /**
   * Every known member as it is now, this one included, in no particular order.
   *
   * Who is gone for longer than `gossipToTheDeadTime` is forgotten.
   */
  members(): readonly Member[] {
    return this.#core.members().map(copyOfMember);
  }

  /** One member by its name, as it is now; `undefined` if none is known. */
  member(name: string): Member | undefined {
    const member = this.#core.member(name);
    return member && copyOfMember(member);
  }

  /**
   * Joins a cluster through any of its members.
   *
   * @param addresses each an address, or a text `host`, `host:port` or `[ipv6]:port`, with
   * `node/` in front if wanted; without a port, the own one is meant. A name is tried with
   * all its addresses, at most 64. One that answers is enough.
   * @param options with a `signal`, no further address is tried once it aborts.
   * @returns how many addresses answered, at least 1; 0 only for an empty list.
   * @throws {JoinError} if none did, or the node has left.
   */
  async join(
    addresses: readonly (string | Address)[],
    options: WaitOptions = {},
  ): Promise<number> {
    const { signal } = options;
    signal?.throwIfAborted();
    const resolving = resolveJoinTargets(addresses, this.address.port);
    const { errors, targets } = await this.#unlessEnded(resolving, signal);
    if (this.#hasLeft) throw new JoinError("A node that has left cannot join again", []);

    const failures: { address: Address; error: Error }[] = [];
    for (const address of targets) {
      const { promise, resolve } = Promise.withResolvers<Result<void>>();
      this.#core.join(address, resolve);
      const result = await this.#unlessEnded(promise, signal);
      if (!result.ok) failures.push({ address, error: result.error });
    }
    const contacted = targets.length - failures.length;
    if (contacted > 0 || addresses.length === 0) return contacted;
    throw joinedNobody(errors, failures);
  }

  /**
   * Says goodbye; the node goes on answering until `shutdown`.
   *
   * Resolves once others heard of it, at once if there is nobody else.
   *
   * @throws {TimeoutError} if they did not in time; the node counts as having left all the same.
   */
  async leave(options: TellOptions = {}): Promise<void> {
    this.#requireRunning();
    this.#hasLeft = true;
    await this.#tell((timeout, done) => this.#core.leave(timeout, done), options);
  }

  /**
   * Replaces the own metadata; resolves once others heard of it.
   *
   * @param meta at most 512 bytes.
   * @throws {RequestError} if it is too long; then the old one stays.
   * @throws {TimeoutError} if others did not hear in time; they will later.
   */
  async updateMeta(meta: Uint8Array, options: TellOptions = {}): Promise<void> {
    this.#requireRunning();
    const excess = metaExcess(meta);
    if (excess !== undefined) throw new RequestError(excess);
    this.#delegate.metadata = meta.slice();
    await this.#tell((timeout, done) => this.#core.updateMeta(timeout, done), options);
  }

  /**
   * Sends a message to one member, who hears it as an event of type `message`.
   *
   * @param to a member's name, or an address.
   * @param message at most 65,000 bytes in a datagram, and 20 MiB over a stream.
   * @returns for a datagram at once, for a stream once it is written.
   * @throws {RequestError} if no member has that name, or the message is too long.
   * @throws {SendError} if a stream could not be opened or written.
   */
  async sendTo(
    to: string | Address,
    message: Uint8Array,
    options: SendOptions = {},
  ): Promise<void> {
    const { reliable = false, signal } = options;
    signal?.throwIfAborted();
    this.#requireRunning();
    const limit = reliable ? maxStreamPayload : maxDatagramMessage;
    requireLength(message, limit);
    const member = typeof to === "string" ? this.#core.member(to) : undefined;
    const address = typeof to === "string" ? member?.address : to;
    if (!address) throw new RequestError(`No member is called "${to}"`);
    if (!reliable) return this.#core.sendUserMessage(address, message, member);

    const { promise, resolve } = Promise.withResolvers<Result<void>>();
    this.#core.sendReliably(address, message, resolve);
    const sent = await this.#unlessEnded(promise, signal);
    if (sent.ok) return;
    const text = `failed to send to ${formatAddress(address)}: ${sent.error.message}`;
    throw new SendError(text, { cause: sent.error });
  }

  /**
   * Queues a message for gossip: it rides on packets to members chosen by chance.
   *
   * How many hear of it follows `retransmitMult` and the logarithm of the cluster's size; so
   * that all do, members pass on by `broadcast` what they did not know.
   *
   * @param message at most what fits into one packet: 1395 bytes by default, 29 less when
   * sealed, and less by a label.
   * @throws {RequestError} if it is too long.
   *
   * @example Everybody hears it once
   * ```ts
   * import { Memberlist } from "@serf/serf";
   *
   * const seen = new Set<string>();
   * const bind = { host: "127.0.0.1", port: 0 };
   * await using node = await Memberlist.start({ name: "a", bind });
   * node.onEvent((event) => {
   *   if (event.type !== "message") return;
   *   const key = event.payload.toHex();
   *   if (seen.has(key)) return;
   *   seen.add(key);
   *   node.broadcast(event.payload);
   * });
   * node.broadcast(new TextEncoder().encode("news"));
   * ```
   */
  broadcast(message: Uint8Array, options: BroadcastOptions = {}): void {
    this.#requireRunning();
    requireLength(message, this.#broadcastLimit);
    const { name } = options;
    this.#delegate.broadcasts.add({
      message: message.slice(),
      ...(name !== undefined && { name }),
    });
  }

  /**
   * Returns a loop over all events from now on. Several loops each get all.
   *
   * A loop that falls behind by more than 4096 events misses the newest, and counts them in
   * `dropped`. It ends when the node does, or when `signal` aborts.
   */
  events(options: WaitOptions = {}): Loop<MemberlistEvent> {
    return this.#delivery.loop(options.signal);
  }

  /**
   * Calls `listener` for every event from now on, until the returned function is called.
   *
   * What it throws nobody catches.
   */
  onEvent(listener: (event: MemberlistEvent) => void): () => void {
    return this.#delivery.listen(listener);
  }

  /** Ends the node at once. Without `leave` before, others will take it for failed. */
  async shutdown(): Promise<void> {
    await (this.#ending ??= this.#tearDown());
  }

  /** Says goodbye, if that is still to be done, and ends the node. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasLeft && !this.#ending) await this.leave().catch(() => {});
    await this.shutdown();
  }

  async #tearDown(): Promise<void> {
    this.#core.stop();
    this.#ended.abort(ended());
    await this.#transport.close();
    this.#clock.stop();
    this.#delivery.end();
  }

  async #tell(
    start: (timeout: Milliseconds, done: (result: Result<void>) => void) => void,
    options: TellOptions,
  ): Promise<void> {
    const { signal, timeout = defaultTellTimeout } = options;
    const { promise, resolve } = Promise.withResolvers<Result<void>>();
    start(timeout, resolve);
    const told = await this.#unlessEnded(promise, signal);
    if (!told.ok) throw new TimeoutError(told.error.message, { cause: told.error });
  }

  async #unlessEnded<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    this.#requireRunning();
    const signals = signal ? [signal, this.#ended.signal] : [this.#ended.signal];
    return await unlessAborted(promise, AbortSignal.any(signals));
  }

  #requireRunning(): void {
    if (this.#ending) throw ended();
  }
}

function ended(): StoppedError {
  return new StoppedError("The node has ended");
}

function metaExcess(meta: Uint8Array): string | undefined {
  if (meta.length <= maxMetaSize) return undefined;
  return `Metadata of ${meta.length} bytes exceeds limit of ${maxMetaSize} bytes`;
}

function requireLength(message: Uint8Array, limit: number): void {
  if (message.length <= limit) return;
  throw new RequestError(`Message of ${message.length} bytes exceeds limit of ${limit} bytes`);
}
