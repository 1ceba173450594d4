/**
 * The agent's RPC port: accepts clients and gives each a session of its own
 * (rpc.md section 1).
 *
 * Nothing that a client does, and no failure to accept one, ends the server;
 * only `close` does.
 */

import type { Clock, Milliseconds } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import { TokenBucket } from "../../ports/token_bucket.ts";
import type { AgentControl } from "../agent_control.ts";
import { DropCounter } from "./drop_counter.ts";
import { MemberListing } from "./member_listing.ts";
import { pause } from "../pause.ts";
import { formatPeer, listenForClients, type ServerCertificate } from "./rpc_listener.ts";
import { RpcSession } from "./rpc_session.ts";
import { errorText } from "../../ports/error_text.ts";
import type { ClientListener } from "./unix_socket.ts";
import { hostOf, WrongTokens } from "./wrong_tokens.ts";

/** More clients than this at once are turned away. */
export const clientLimit = 4096;

/**
 * No more than this are kept of clients that have not shaken hands, or lack the token:
 * the one that had the most time to introduce itself makes room.
 */
export const strangerLimit = 256;

/** Pause after a failed accept, mostly for want of file descriptors. */
const acceptPause: Milliseconds = 100;

/** This many clients are logged at info in a burst, and then at debug: something may poll. */
const clientsTold = 100;
/** After this long, as many are logged at info again. */
const clientsToldInterval: Milliseconds = 3_600_000;

/** How to serve. */
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
  readonly #closing = new AbortController();
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

  /** Where it listens, with the port that was chosen for 0. */
  get address(): string {
    return formatPeer(this.#listener.addr);
  }

  /** How many clients are connected. */
  get clientCount(): number {
    return this.#sessions.size;
  }

  /** Closes the listener and all connections. Requests under way end unanswered. */
  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) {
      this.#closing.abort();
      this.#listener.close();
      for (const session of [...this.#sessions]) session.close();
      this.#turnedAway.stop();
    }
    await this.#accepting;
  }

  /** Accepts until the listener is closed; never rejects. */
  async #acceptAll(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        this.#serve(await this.#listener.accept());
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        this.#options.log.error(`Failed to accept client: ${errorText(error)}`);
        await pause(this.#options.clock, acceptPause, this.#closing.signal);
      }
    }
  }

  #serve(connection: Deno.Conn): void {
    const peer = formatPeer(connection.remoteAddr);
    const { log, meter } = this.#options;
    if (this.#closing.signal.aborted) return connection.close();
    this.#makeRoom();
    if (this.#sessions.size >= clientLimit) {
      connection.close();
      return this.#noteTurnedAway(peer);
    }
    const now = this.#options.clock.now();
    const level = this.#told.hasTokens(now) ? "info" : "debug";
    if (level === "info") this.#told.spend(now, 1);
    log[level](`Accepted client: ${peer}`);
    meter.count("agent.ipc.accept", 1);
    sendAtOnce(connection);

    const host = hostOf(connection.remoteAddr);
    const session = new RpcSession({
      ...this.#options,
      authKey: this.#options.authKey ?? "",
      connection,
      peer,
      listing: this.#listing,
      onWrongToken: () => {
        meter.count("agent.ipc.wrongToken", 1);
        return this.#wrongTokens.count(host);
      },
    });
    this.#sessions.add(session);
    void session.run().then(() => this.#sessions.delete(session));
  }

  /** Closes the oldest stranger if there are as many as may be. */
  #makeRoom(): void {
    const strangers = [...this.#sessions].filter((session) => !session.client.isKnown);
    const [oldest] = strangers;
    if (!oldest || strangers.length < strangerLimit) return;
    oldest.close();
    this.#sessions.delete(oldest);
    this.#noteTurnedAway(oldest.client.peer);
  }

  #noteTurnedAway(peer: string): void {
    this.#options.meter.count("agent.ipc.turnedAway", 1);
    this.#lastTurnedAway = peer;
    this.#turnedAway.count();
  }
}

/** Turns off the system's gathering of small writes, which would delay records. */
function sendAtOnce(connection: Deno.Conn): void {
  try {
    if ("setNoDelay" in connection && typeof connection.setNoDelay === "function") {
      connection.setNoDelay();
    }
  } catch {
    // The client is gone; its session will find out.
  }
}
