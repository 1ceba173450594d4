/**
 * The agent's RPC port: accepts clients and gives each a session of its own
 * (rpc.md section 1).
 *
 * Nothing that a client does, and no failure to accept one, ends the server;
 * only `close` does.
 */

import { formatAddress, formatIp, parseIp } from "../../ports/address.ts";
import type { Clock, Milliseconds } from "../../ports/clock.ts";
import { errorText } from "../../ports/error_text.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import { TokenBucket } from "../../ports/token_bucket.ts";
import type { AgentControl } from "../agent_control.ts";
import { DropCounter } from "./drop_counter.ts";
import { MemberListing } from "./member_listing.ts";
import { type ClientListener, listenForClients, type ServerCertificate } from "./rpc_listener.ts";
import { RpcSession } from "./rpc_session.ts";
import { hostOf, WrongTokens } from "./wrong_tokens.ts";

/** More clients than this at once are turned away. */
export const clientLimit = 4096;

/**
 * Of clients that have not shaken hands, or lack the token, no more than this are kept:
 * the one that came first, and had the most time to introduce itself, makes room.
 */
export const strangerLimit = 256;

/** Pause after a failed accept, which mostly means that there are no descriptors left. */
const acceptPause: Milliseconds = 100;

/** So many clients are told of at info in a burst, and then at debug: something may poll. */
const clientsTold = 100;
/** After this long, as many are told of again. */
const clientsToldInterval: Milliseconds = 3_600_000;

/** What an RPC server needs. */
export interface RpcServerOptions {
  /** `host:port` to listen on, or `unix:/path`. */
  readonly address: string;
  /** The token that clients must show; empty or absent for none. */
  readonly authKey?: string | undefined;
  /** Whether other machines may reach it although there is no token; false by default. */
  readonly allowOpen?: boolean | undefined;
  /** Encrypts the port. */
  readonly certificate?: ServerCertificate | undefined;
  readonly agent: AgentControl;
  /** The log named "agent.ipc". */
  readonly log: Log;
  readonly meter: Meter;
  readonly clock: Clock;
}

/** The agent's RPC port. */
export class RpcServer {
  readonly #options: RpcServerOptions;
  readonly #listener: ClientListener;
  /** In the order in which they came. */
  readonly #sessions = new Set<RpcSession>();
  readonly #turnedAway: DropCounter;
  readonly #told = new TokenBucket(clientsTold, clientsToldInterval);
  readonly #listing = new MemberListing();
  readonly #wrongTokens: WrongTokens;
  #lastTurnedAway = "";
  #isClosed = false;
  #accepting: Promise<void> = Promise.resolve();

  private constructor(options: RpcServerOptions, listener: ClientListener) {
    this.#options = options;
    this.#listener = listener;
    this.#wrongTokens = new WrongTokens(options.clock);
    this.#turnedAway = new DropCounter(options.clock, (count) => {
      const others = count === 1 ? "" : ` (and ${count - 1} others)`;
      options.log.warn(`Too many clients, closing ipc.client: ${this.#lastTurnedAway}${others}`);
    });
  }

  /**
   * Listens and begins to accept clients.
   *
   * @throws {Error} `listen tcp 127.0.0.1:7373: bind: address already in use` and the like.
   */
  static async listen(options: RpcServerOptions): Promise<RpcServer> {
    const { address, authKey = "", allowOpen = false, certificate } = options;
    const isOpen = authKey !== "" || allowOpen;
    const listener = await listenForClients(address, { certificate, isOpen });
    const server = new RpcServer(options, listener);
    server.#accepting = server.#acceptAll();
    return server;
  }

  /** Where it listens; tells the port if 0 was asked for. */
  get address(): string {
    return formatPeer(this.#listener.addr);
  }

  /** How many clients are connected. */
  get clientCount(): number {
    return this.#sessions.size;
  }

  /** Closes the listener and all connections. Requests under way end unanswered. */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#listener.close();
      for (const session of [...this.#sessions]) session.close();
      this.#turnedAway.stop();
    }
    await this.#accepting;
  }

  /** Accepts until the listener is closed; never rejects. */
  async #acceptAll(): Promise<void> {
    while (!this.#isClosed) {
      try {
        this.#serve(await this.#listener.accept());
      } catch (error) {
        if (this.#isClosed) return;
        const reason = errorText(error);
        this.#options.log.error(`Failed to accept client: ${reason}`);
        await this.#pause();
      }
    }
  }

  #serve(connection: Deno.Conn): void {
    const peer = formatPeer(connection.remoteAddr);
    const { log, meter } = this.#options;
    if (this.#isClosed) return connection.close();
    this.#makeRoom();
    if (this.#sessions.size >= clientLimit) {
      connection.close();
      return this.#noteTurnedAway(peer);
    }
    const line = `Accepted client: ${peer}`;
    const now = this.#options.clock.now();
    if (this.#told.hasTokens(now)) {
      this.#told.spend(now, 1);
      log.info(line);
    } else log.debug(line);
    meter.count("agent.ipc.accept", 1);
    sendAtOnce(connection);

    const { agent, clock, authKey = "" } = this.#options;
    const listing = this.#listing;
    const host = hostOf(connection.remoteAddr);
    const session = new RpcSession({
      connection,
      peer,
      agent,
      listing,
      authKey,
      onWrongToken: () => {
        meter.count("agent.ipc.wrongToken", 1);
        return this.#wrongTokens.count(host);
      },
      log,
      meter,
      clock,
    });
    this.#sessions.add(session);
    void session.run().then(() => this.#sessions.delete(session));
  }

  /** Closes the oldest stranger if there are as many as may be. */
  #makeRoom(): void {
    const strangers = [...this.#sessions].filter((session) => !session.isKnown);
    const [oldest] = strangers;
    if (!oldest || strangers.length < strangerLimit) return;
    oldest.close();
    this.#sessions.delete(oldest);
    this.#noteTurnedAway(oldest.peer);
  }

  #noteTurnedAway(peer: string): void {
    this.#options.meter.count("agent.ipc.turnedAway", 1);
    this.#lastTurnedAway = peer;
    this.#turnedAway.count();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#options.clock.after(acceptPause, resolve);
    });
  }
}

/** Records are small and wanted now, so they are not held back to be sent together. */
function sendAtOnce(connection: Deno.Conn): void {
  try {
    if ("setNoDelay" in connection && typeof connection.setNoDelay === "function") {
      connection.setNoDelay();
    }
  } catch {
    // The client is gone already; its session will find out.
  }
}

/** Prints the far end of a connection; clients of a Unix socket have no address. */
function formatPeer(address: Deno.Addr): string {
  if ("path" in address) return address.path || "unix";
  if (!("hostname" in address)) return address.transport;
  const ip = parseIp(address.hostname);
  return formatAddress({
    host: ip ? formatIp(ip) : address.hostname,
    port: address.port,
  });
}
