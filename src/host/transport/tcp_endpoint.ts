/**
 * Streams between members: one connection for each exchange, one message in each
 * direction (gossip.md section 5).
 *
 * Where a message ends follows from its bytes, so a framer gathers them. Every
 * wait has a limit, and so has the memory that half-arrived messages may take.
 */

import { emptyBytes } from "../../bytes/empty_bytes.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { FairShare } from "../../memberlist/exchange/fair_share.ts";
import { type Address, formatAddress } from "../../ports/address.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import { failure, type Result, success } from "../../ports/result.ts";
import { systemErrorText } from "../../go/system_error.ts";
import type { Answer, ExchangeOptions, StreamEnd } from "../../ports/transport.ts";
import { StreamFramer } from "../../wire/stream_framer.ts";
import { requestStartLength } from "../../wire/stream_message.ts";
import { WireError } from "../../wire/wire_error.ts";
import { plainHost } from "./udp_socket.ts";

// At each limit the host that takes most makes room, with the oldest of its connections.

/** Connections from other members that are served at once. */
export const maxIncoming = 256;
/** Bytes of unfinished requests over all connections. */
export const maxGathering = 64 * 1024 * 1024;
/** Bytes of replies that wait for their readers, unless there is only one. */
export const maxReplying = 64 * 1024 * 1024;
/** A sender of what cannot be read waits this long, so that it does not try again at once. */
const refusalPause: Milliseconds = 200;
/** Half as fast again as smaller ones; larger ones gain nothing. */
const readBufferSize = 64 * 1024;

/** How an endpoint handles the streams of others. */
export interface TcpEndpointOptions {
  /** Limit for an incoming request, and again for writing the reply. */
  readonly timeout: Milliseconds;
  /** Judges the first 512 bytes of a longer request; throws if it will be refused. */
  readonly judge: (start: Uint8Array) => void;
  /**
   * Answers a request, which is borrowed until it returns; `answer` runs once, now or later.
   *
   * What it returns is called if the stream ends before that.
   */
  readonly respond: (from: Address, request: Uint8Array, answer: Answer) => StreamEnd | undefined;
  /** Reports what a peer did wrong; `reason` is a short stable code. */
  readonly complain: (peer: string, reason: string, message: string) => void;
}

/** A stream that another member opened. */
interface Incoming {
  readonly connection: Deno.TcpConn;
  readonly from: Address;
  /** Ends it because its bytes take too much memory. */
  readonly tooLarge: () => void;
}

/** Listens for the streams of other members, and dials them. */
export class TcpEndpoint {
  readonly #listener: Deno.TcpListener;
  readonly #options: TcpEndpointOptions;
  readonly #connections = new Set<Deno.TcpConn>();
  /** Everything under way, so that closing can wait for its end. */
  readonly #underway = new Set<Promise<void>>();
  readonly #dialling = new AbortController();
  readonly #incoming = new FairShare(maxIncoming, "first");
  readonly #gathering = new FairShare(maxGathering, "first");
  readonly #replying = new FairShare(maxReplying, "first");
  #isClosed = false;

  /**
   * Binds and begins to accept.
   *
   * @throws what the platform says if the address cannot be bound.
   */
  constructor(address: Address, options: TcpEndpointOptions) {
    this.#options = options;
    this.#listener = Deno.listen({ hostname: address.host, port: address.port });
    this.#track(this.#accept());
  }

  /** The port it listens on, which matters if it was asked for any. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Carries one message there and, if a reply is expected, one back. */
  exchange(to: Address, request: Uint8Array, options: ExchangeOptions): void {
    this.#track(this.#exchange(to, request.slice(), options));
  }

  /** Stops everything; exchanges under way fail. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.close();
    this.#dialling.abort();
    for (const connection of this.#connections) closeQuietly(connection);
    await Promise.all(this.#underway);
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#underway.delete(tracked));
    this.#underway.add(tracked);
  }

  async #accept(): Promise<void> {
    while (!this.#isClosed) {
      try {
        const connection = await this.#listener.accept();
        if (this.#isClosed) closeQuietly(connection);
        else this.#track(this.#serve(connection));
      } catch (error) {
        if (this.#isClosed) return;
        this.#options.complain("", "accept", `Error accepting TCP connection: ${reasonOf(error)}`);
        // Too many open files, most likely: give others time to close some.
        await sleep(50);
      }
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    const { complain, timeout } = this.#options;
    const host = plainHost(connection.remoteAddr.hostname);
    const from = { host, port: connection.remoteAddr.port };
    let isEvicted = false;
    const makeRoom = (reason: string, problem: string) => () => {
      isEvicted = true;
      closeQuietly(connection);
      complain(host, reason, `Closed the oldest stream from=${host}: ${problem}`);
    };
    const tooMany = makeRoom("too-many-streams", `${maxIncoming} are open`);
    const stream = { connection, from, tooLarge: makeRoom("too-large", "too many bytes wait") };
    this.#connections.add(connection);
    const guest = this.#incoming.enter(host, 1, tooMany);
    try {
      const reply = await this.#withLimit(connection, timeout, () => this.#answer(stream));
      if (reply) await this.#reply(stream, reply);
    } catch (error) {
      if (!isEvicted) this.#complainAbout(error, from);
    } finally {
      if (guest) this.#incoming.leave(guest);
      this.#connections.delete(connection);
      closeQuietly(connection);
    }
  }

  /** Writes a reply, which takes memory until it is read or the limit has passed. */
  async #reply({ connection, from, tooLarge }: Incoming, reply: Uint8Array): Promise<void> {
    const guest = this.#replying.enter(from.host, reply.length, tooLarge);
    if (!guest) return tooLarge();
    try {
      const { timeout } = this.#options;
      await this.#withLimit(connection, timeout, () => writeAll(connection, reply));
    } finally {
      this.#replying.leave(guest);
    }
  }

  /** Reads one request and returns the reply to it. */
  async #answer(stream: Incoming): Promise<Uint8Array | undefined> {
    const guest = this.#gathering.enter(stream.from.host, 0, stream.tooLarge);
    const hold = (count: number) => {
      if (guest && this.#gathering.grow(guest, count)) return;
      throw new WireError("too-large", "Too many bytes of unfinished messages are held");
    };
    const ask = (request: Uint8Array) => this.#ask(stream, request);
    const asked = await this.#gather(stream.connection, "request", hold, ask).finally(() => {
      if (guest) this.#gathering.leave(guest);
    });
    return await asked?.reply;
  }

  /** Hands a request on, and calls it off if the stream ends before it is answered. */
  #ask(
    { connection, from }: Incoming,
    request: Uint8Array,
  ): { readonly reply: Promise<Uint8Array | undefined> } {
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
    let isAnswered = false;
    const ended = this.#options.respond(from, request, (reply) => {
      isAnswered = true;
      resolve(reply);
    });
    const end = () => {
      if (isAnswered) return;
      ended?.();
      resolve(undefined);
    };
    // Parity: no peer closes its half of a connection and goes on to read.
    if (!isAnswered) connection.read(new Uint8Array(1)).then((count) => count ?? end(), end);
    return { reply: promise };
  }

  /** Reads one message and returns what `take` makes of it, which borrows it. */
  async #gather<T>(
    connection: Deno.TcpConn,
    direction: "request" | "reply",
    hold: (count: number) => void,
    take: (message: Uint8Array) => T,
  ): Promise<T | undefined> {
    const framer = new StreamFramer({ direction });
    let isJudged = direction === "reply";
    // The framer copies what is not yet whole, so that tiny chunks cost no more than their bytes.
    const buffer = new Uint8Array(readBufferSize);
    while (true) {
      const count = await connection.read(buffer);
      if (count === null) {
        framer.finish();
        return undefined;
      }
      hold(count);
      const message = framer.push(buffer.subarray(0, count));
      if (message) return take(message);
      if (isJudged || framer.start.length < requestStartLength) continue;
      isJudged = true;
      await this.#judge(framer.start);
    }
  }

  /** Ends a request that cannot be read before all of it is here. */
  async #judge(start: Uint8Array): Promise<void> {
    try {
      this.#options.judge(start);
    } catch (error) {
      await sleep(refusalPause);
      throw error;
    }
  }

  async #exchange(to: Address, request: Uint8Array, options: ExchangeOptions): Promise<void> {
    const { done, expectReply, timeout } = options;
    let outcome: Result<Uint8Array> = success(emptyBytes);
    let connection: Deno.TcpConn | undefined;
    try {
      const opened = connection = await this.#dial(to, timeout);
      await this.#withLimit(opened, timeout, () => writeAll(opened, request));
      const take = (reply: Uint8Array) => void (outcome = success(reply));
      // Its bytes are not counted: this node decides how many replies it asks for.
      const read = () => this.#gather(opened, "reply", () => {}, take);
      if (expectReply) await this.#withLimit(opened, timeout, read);
    } catch (error) {
      outcome = failure(asError(error));
    } finally {
      if (connection) {
        this.#connections.delete(connection);
        closeQuietly(connection);
      }
    }
    done(outcome);
  }

  /** Opens a connection, which `close` ends. */
  async #dial(to: Address, timeout: Milliseconds): Promise<Deno.TcpConn> {
    const target = formatAddress(to);
    // No socket connects to port 0, and the runtime calls it a mistake of ours.
    if (to.port === 0) throw new Error(`dial tcp ${target}: connect: connection refused`);
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), timeout);
    const signal = AbortSignal.any([limit.signal, this.#dialling.signal]);
    try {
      const connection = await Deno.connect({ hostname: to.host, port: to.port, signal });
      this.#connections.add(connection);
      // Calling off a dial that has just succeeded comes too late for the runtime.
      if (this.#isClosed) closeQuietly(connection);
      else connection.setNoDelay();
      return connection;
    } catch (error) {
      if (limit.signal.aborted) throw new Error(`dial tcp ${target}: i/o timeout`);
      if (this.#isClosed) throw new Error(`dial tcp ${target}: operation was canceled`);
      throw new Error(`dial tcp ${target}: connect: ${systemErrorText(error)}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Runs `action`; closing the connection is the one way to end a wait on it. */
  async #withLimit<T>(
    connection: Deno.TcpConn,
    timeout: Milliseconds,
    action: () => Promise<T>,
  ): Promise<T> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      closeQuietly(connection);
    }, timeout);
    try {
      return await action();
    } catch (error) {
      throw isLate ? new Error("i/o timeout", { cause: error }) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  #complainAbout(error: unknown, from: Address): void {
    if (this.#isClosed) return;
    // A peer that connects and says nothing is a port check, not a mistake.
    if (error instanceof WireError && error.reason === "empty") return;
    const reason = error instanceof WireError ? error.reason : "stream";
    this.#options.complain(
      from.host,
      reason,
      `Failed to receive a stream from=${formatAddress(from)}: ${reasonOf(error)}`,
    );
  }
}

/** Writes everything: one call may take only a part. */
async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) {
    rest = rest.subarray(await connection.write(rest));
  }
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}

/** A stream that ends without a message reads as the end of file that it is. */
function asError(error: unknown): Error {
  if (error instanceof WireError && error.reason === "empty") return new Error("EOF");
  return error instanceof Error && !("code" in error) ? error : new Error(reasonOf(error));
}

function reasonOf(error: unknown): string {
  return error instanceof WireError ? error.message : systemErrorText(error);
}
