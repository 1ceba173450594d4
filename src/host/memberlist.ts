/**
 * `MemberlistCore` on sockets, with promises and loops: membership, failure
 * detection and messages between members, without Serf on top.
 */

import { emptyBytes } from "../bytes/empty_bytes.ts";
import { maxMetaSize } from "../memberlist/config.ts";
import { BroadcastQueue } from "../memberlist/broadcasts/broadcast_queue.ts";
import type { Member } from "../memberlist/member.ts";
import { MemberlistCore } from "../memberlist/memberlist_core.ts";
import { broadcastLimit } from "../memberlist/packets/packet_room.ts";
import { type Address, formatAddress } from "../ports/address.ts";
import type { Milliseconds } from "../ports/clock.ts";
import { done, failure, type Result } from "../ports/result.ts";
import { checkName } from "../serf/config.ts";
import type { JoinFailure } from "../serf/members/joining.ts";
import { maxStreamPayload, messageType } from "../wire/message_type.ts";
import { RequestError, SendError, StartError, TimeoutError, unwrap } from "./errors.ts";
import type { Loop } from "./event_stream.ts";
import { joinThrough } from "./join_targets.ts";
import { copyOfMember, type MemberlistEvent, MessageDelegate } from "./message_delegate.ts";
import type { NodeOptions } from "./node_options.ts";
import { NodeRuntime } from "./node_runtime.ts";
import { outcomeOf, type WaitOptions } from "./waiting.ts";

/** How a node without Serf is started; everything has a default. */
export interface MemberlistOptions extends NodeOptions {
  /**
   * What the node tells others about itself, at most 512 bytes.
   * @default {nothing}
   */
  readonly meta?: Uint8Array;
}

/** How long an announcement may take. */
export interface TellOptions extends WaitOptions {
  /**
   * The limit in milliseconds.
   * @default {5000}
   */
  readonly timeout?: Milliseconds;
}

/** How a message is sent. */
export interface SendOptions extends WaitOptions {
  /**
   * Whether it goes over a stream, which fails if the member cannot be reached.
   *
   * A datagram is quicker and may be lost without an error.
   * @default {false}
   */
  readonly reliable?: boolean;
}

/** How a message for everybody is queued. */
export interface BroadcastOptions {
  /**
   * A later message of the same name replaces this one while it waits.
   * @default {none}
   */
  readonly name?: string;
}

/** Longest message in a datagram: what UDP carries, less the headers around it. */
export const maxDatagramMessage = 65_000;

const defaultTellTimeout: Milliseconds = 5000;

/**
 * A member of a cluster, with failure detection and messages, but without tags, events and
 * queries.
 *
 * Several in one process share nothing. Every operation throws or rejects with a
 * {@linkcode StoppedError} once the node has ended.
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
  readonly #broadcasts: BroadcastQueue;
  readonly #delegate: MessageDelegate;
  readonly #runtime: NodeRuntime<MemberlistEvent>;
  readonly #broadcastLimit: number;
  #hasLeft = false;
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
    unwrap(checkName(options.name ?? Deno.hostname()), StartError);
    unwrap(checkLength("Metadata", options.meta ?? emptyBytes, maxMetaSize), StartError);
    return await Promise.resolve(new Memberlist(options));
  }

  private constructor(options: MemberlistOptions) {
    const runtime = this.#runtime = new NodeRuntime<MemberlistEvent>(options);
    const { config, events, keyring, ports } = runtime;
    this.address = runtime.address;
    this.#broadcastLimit = broadcastLimit(config, keyring !== undefined);
    const memberCount = () => this.#core.estimatedSize;
    const lane = { typeByte: messageType.user };
    this.#broadcasts = new BroadcastQueue(config.retransmitMult, memberCount, lane);
    this.#delegate = new MessageDelegate(
      options.meta ?? emptyBytes,
      this.#broadcasts,
      (event) => events.add(event),
    );
    this.#core = new MemberlistCore(
      { ...ports, log: ports.log.named("memberlist") },
      config,
      keyring,
    );
    runtime.run(this.#core, () => this.#core.start(this.#delegate));
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
   * A member that has been gone for `gossipToTheDeadTime` is forgotten.
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
    const signal = this.#orEnded(options.signal);
    const ownPort = this.address.port;
    return await joinThrough(addresses, { ownPort, signal }, async (targets) => {
      const errors: JoinFailure[] = [];
      if (this.#hasLeft) {
        const refused = new Error("A node that has left cannot join again");
        return { contacted: 0, errors, refused };
      }
      for (const address of targets) {
        const result = await outcomeOf<Result<void>>(
          (done) => this.#core.join(address, done),
          signal,
        );
        if (!result.ok) errors.push({ address, error: result.error });
      }
      return { contacted: targets.length - errors.length, errors };
    });
  }

  /**
   * Leaves the cluster; the node goes on answering until `shutdown`.
   *
   * Resolves once that was sent to enough members, at once if there are no others.
   *
   * @throws {TimeoutError} if that took too long; the node counts as having left all the same.
   */
  async leave(options: TellOptions = {}): Promise<void> {
    await this.#announce((timeout, done) => {
      this.#hasLeft = true;
      this.#core.leave(timeout, done);
    }, options);
  }

  /**
   * Replaces this node's metadata; resolves once it was sent to enough members.
   *
   * @param meta at most 512 bytes.
   * @throws {RequestError} if it is too long; the old metadata stays.
   * @throws {TimeoutError} if that took too long; it goes on spreading.
   */
  async updateMeta(meta: Uint8Array, options: TellOptions = {}): Promise<void> {
    unwrap(checkLength("Metadata", meta, maxMetaSize), RequestError);
    await this.#announce((timeout, done) => {
      this.#delegate.metadata = meta.slice();
      this.#core.updateMeta(timeout, done);
    }, options);
  }

  /**
   * Sends a message to one member, which gets it as an event of type `message`.
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
    const { reliable = false } = options;
    const signal = this.#orEnded(options.signal);
    signal.throwIfAborted();
    const limit = reliable ? maxStreamPayload : maxDatagramMessage;
    unwrap(checkLength("Message", message, limit), RequestError);
    const member = typeof to === "string" ? this.#core.member(to) : undefined;
    const address = typeof to === "string" ? member?.address : to;
    if (!address) throw new RequestError(`No member is called "${to}"`);
    if (!reliable) return this.#core.sendUserMessage(address, message, member);

    const sent = await outcomeOf<Result<void>>(
      (done) => this.#core.sendReliably(address, message, done),
      signal,
    );
    unwrap(sent, SendError, `failed to send to ${formatAddress(address)}: `);
  }

  /**
   * Queues a message for gossip: it is sent along with packets to random members.
   *
   * How often follows from `retransmitMult` and the logarithm of the cluster's size. It reaches
   * every member if each passes on by `broadcast` what it did not know.
   *
   * @param message at most what fits into one packet: 1395 bytes by default, 29 less when
   * sealed, and less by a label.
   * @throws {RequestError} if it is too long.
   *
   * @example Every member gets it once
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
    this.#runtime.ended.throwIfAborted();
    unwrap(checkLength("Message", message, this.#broadcastLimit), RequestError);
    this.#broadcasts.add({ message: message.slice(), ...options });
  }

  /**
   * Returns a loop over all events from now on. Several loops each get all.
   *
   * A loop that falls behind by more than 4096 events misses the newest, and counts them in
   * `dropped`. It ends when the node does, or when `signal` aborts.
   */
  events(options: WaitOptions = {}): Loop<MemberlistEvent> {
    return this.#runtime.events.loop(options.signal);
  }

  /**
   * Calls `listener` for every event from now on, until the returned function is called.
   *
   * What it throws is not caught.
   */
  onEvent(listener: (event: MemberlistEvent) => void): () => void {
    return this.#runtime.events.listen(listener);
  }

  /** Ends the node at once; without `leave` before, others will declare it failed. */
  async shutdown(): Promise<void> {
    await this.#runtime.end();
  }

  /** Leaves, unless that was done, and ends the node. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasLeft) await this.leave().catch(() => {});
    await this.shutdown();
  }

  async #announce(
    start: (timeout: Milliseconds, done: (result: Result<void>) => void) => void,
    { signal, timeout = defaultTellTimeout }: TellOptions,
  ): Promise<void> {
    const sent = outcomeOf<Result<void>>((done) => start(timeout, done), this.#orEnded(signal));
    unwrap(await sent, TimeoutError);
  }

  /** Returns a signal that also aborts when the node ends. */
  #orEnded(signal: AbortSignal | undefined): AbortSignal {
    const { ended } = this.#runtime;
    return signal ? AbortSignal.any([signal, ended]) : ended;
  }
}

function checkLength(what: string, bytes: Uint8Array, limit: number): Result<void> {
  if (bytes.length <= limit) return done;
  return failure(`${what} of ${bytes.length} bytes exceeds limit of ${limit} bytes`);
}
