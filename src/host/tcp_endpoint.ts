/**
 * Streams between members: one connection for each exchange, one message in each
 * direction (gossip.md section 5).
 *
 * Where a message ends follows from its bytes, so a framer gathers them. Every
 * wait has a limit, and so has the memory that half-arrived messages may take.
 */

import { type Address, formatAddress } from "../ports/address.ts";
import type { Milliseconds } from "../ports/clock.ts";
import { failure, type Result, success } from "../ports/result.ts";
import { systemErrorText } from "../ports/system_error.ts";
import type { Answer, ExchangeOptions } from "../ports/transport.ts";
import { StreamFramer } from "../wire/stream_framer.ts";
import { WireError } from "../wire/wire_error.ts";
import { plainHost } from "./udp_socket.ts";

/** So many connections from other members are served at once. */
export const maxIncoming = 256;
/** Bytes of incoming messages that may be half-arrived at once, over all connections. */
export const maxGathering = 64 * 1024 * 1024;
/** Bytes of replies that may wait for their readers at once, unless there is only one. */
export const maxReplying = 64 * 1024 * 1024;
/** Faster than smaller ones by the half, and larger ones gain nothing. */
const readBufferSize = 64 * 1024;

/** What an endpoint works with. */
export interface TcpEndpointOptions {
  /** Limit for an incoming request, and again for writing the reply. */
  readonly timeout: Milliseconds;
  /** Answers a request, which is borrowed until it returns; `answer` runs once, now or later. */
  readonly respond: (from: Address, request: Uint8Array, answer: Answer) => void;
  /** Hears what a peer did wrong; `reason` is a short stable code. */
  readonly complain: (peer: string, reason: string, message: string) => void;
}

/** Listens for the streams of other members, and dials them. */
export class TcpEndpoint {
  readonly #listener: Deno.TcpListener;
  readonly #options: TcpEndpointOptions;
  readonly #connections = new Set<Deno.TcpConn>();
  /** Everything under way, so that closing can wait for its end. */
  readonly #underway = new Set<Promise<void>>();
  readonly #dialling = new AbortController();
  /** Connections of other members by their host, each in order of arrival. */
  readonly #incoming = new Map<string, Set<Deno.TcpConn>>();
  #incomingCount = 0;
  #gathering = 0;
  #replying = 0;
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
        this.#welcome(await this.#listener.accept());
      } catch (error) {
        if (this.#isClosed) return;
        this.#options.complain("", "accept", `Error accepting TCP connection: ${reasonOf(error)}`);
        // Too many open files, most likely: give others time to close some.
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  #welcome(connection: Deno.TcpConn): void {
    const { hostname, port } = connection.remoteAddr;
    const from = { host: plainHost(hostname), port };
    if (this.#isClosed) return closeQuietly(connection);
    if (this.#incomingCount >= maxIncoming) this.#makeRoom();
    this.#add(connection, from.host);
    this.#track(this.#serve(connection, from));
  }

  /**
   * Closes the oldest connection of the host that has the most.
   *
   * Turning newcomers away instead would let one host, by opening connections and
   * saying nothing, keep everybody else out.
   */
  #makeRoom(): void {
    let crowd: [host: string, connections: Set<Deno.TcpConn>] | undefined;
    for (const entry of this.#incoming) {
      if (!crowd || entry[1].size > crowd[1].size) crowd = entry;
    }
    const oldest = crowd?.[1].values().next().value;
    if (!crowd || !oldest) return;
    this.#remove(oldest, crowd[0]);
    closeQuietly(oldest);
    this.#options.complain(
      crowd[0],
      "too-many-streams",
      `Closed the oldest stream from=${crowd[0]}: ${maxIncoming} are open`,
    );
  }

  #add(connection: Deno.TcpConn, host: string): void {
    const connections = this.#incoming.get(host);
    if (connections) connections.add(connection);
    else this.#incoming.set(host, new Set([connection]));
    this.#incomingCount++;
  }

  /** Harmless twice: a connection that had to make room ends later. */
  #remove(connection: Deno.TcpConn, host: string): void {
    const connections = this.#incoming.get(host);
    if (!connections?.delete(connection)) return;
    if (connections.size === 0) this.#incoming.delete(host);
    this.#incomingCount--;
  }

  async #serve(connection: Deno.TcpConn, from: Address): Promise<void> {
    this.#connections.add(connection);
    try {
      const reply = await this.#withLimit(
        connection,
        this.#options.timeout,
        () => this.#hear(connection, from),
      );
      if (reply) await this.#reply(connection, reply);
    } catch (error) {
      this.#complainAbout(error, from);
    } finally {
      this.#remove(connection, from.host);
      this.#connections.delete(connection);
      closeQuietly(connection);
    }
  }

  /** Writes a reply; whoever asks and does not read holds it in memory until the limit. */
  async #reply(connection: Deno.TcpConn, reply: Uint8Array): Promise<void> {
    if (this.#replying > 0 && this.#replying + reply.length > maxReplying) {
      throw new WireError("too-large", "Too many bytes of replies wait for their readers");
    }
    this.#replying += reply.length;
    try {
      await this.#withLimit(connection, this.#options.timeout, () => writeAll(connection, reply));
    } finally {
      this.#replying -= reply.length;
    }
  }

  /** Reads one request and returns a copy of the answer. */
  async #hear(connection: Deno.TcpConn, from: Address): Promise<Uint8Array | undefined> {
    return await this.#gather(connection, "request", (request) => {
      const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
      this.#options.respond(from, request, (reply) => resolve(reply?.slice()));
      return promise;
    });
  }

  /**
   * Reads one message and returns what `take` makes of it, which borrows it.
   *
   * Its bytes count until then, because they are kept somewhere while they are read.
   */
  async #gather<T>(
    connection: Deno.TcpConn,
    direction: "request" | "reply",
    take: (message: Uint8Array) => T,
  ): Promise<Awaited<T> | undefined> {
    const framer = new StreamFramer({ direction });
    let gathered = 0;
    // The framer copies what is not yet whole, so that tiny chunks cost no more than their bytes.
    const buffer = new Uint8Array(readBufferSize);
    try {
      while (true) {
        const count = await connection.read(buffer);
        if (count === null) {
          framer.finish();
          return undefined;
        }

        gathered += count;
        this.#gathering += count;
        if (this.#gathering > maxGathering) {
          throw new WireError("too-large", "Too many bytes of unfinished messages are held");
        }
        const message = framer.push(buffer.subarray(0, count));
        if (message) return await take(message);
      }
    } finally {
      this.#gathering -= gathered;
    }
  }

  async #exchange(to: Address, request: Uint8Array, options: ExchangeOptions): Promise<void> {
    let outcome: Result<Uint8Array> = success(new Uint8Array(0));
    let connection: Deno.TcpConn | undefined;
    try {
      const opened = connection = await this.#dial(to, options.timeout);
      await this.#withLimit(opened, options.timeout, () => writeAll(opened, request));
      if (options.expectReply) {
        await this.#withLimit(
          opened,
          options.timeout,
          () => this.#gather(opened, "reply", (reply) => void (outcome = success(reply))),
        );
      }
    } catch (error) {
      outcome = failure(asError(error));
    } finally {
      if (connection) {
        this.#connections.delete(connection);
        closeQuietly(connection);
      }
    }
    options.done(outcome);
  }

  /** Opens a connection, which is then among those that closing ends. */
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
    // It was closed before; that is all that was wanted.
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
