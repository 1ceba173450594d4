/**
 * The network, as the core sees it: datagrams, and exchanges of one stream
 * message each way.
 *
 * Every packet and message is borrowed: it is valid until the call returns, in
 * both directions. Copy what you keep.
 */

import type { Address } from "./address.ts";
import type { Milliseconds } from "./clock.ts";
import type { Result } from "./result.ts";

export interface ExchangeOptions {
  /** Limit for dialling, and again for writing the request and reading the reply. */
  readonly timeout: Milliseconds;
  /** Whether the peer answers; without, `done` runs once the request is written. */
  readonly expectReply: boolean;
  /** Runs exactly once, in a later turn; the reply is empty if none was expected. */
  readonly done: (result: Result<Uint8Array>) => void;
}

export interface Transport {
  /** Sends one datagram: best effort, never throws, copies before it returns. */
  sendPacket(to: Address, packet: Uint8Array): void;
  /** Sends one stream message and receives one, or the reason why not. */
  exchange(to: Address, request: Uint8Array, options: ExchangeOptions): void;
}

/**
 * Takes the reply to a stream message; nothing closes the stream silently.
 *
 * A reply is not borrowed: it never changes, because many streams may share it.
 */
export type Answer = (reply: Uint8Array | undefined) => void;

/** To be called when a stream has ended before its answer; idempotent. */
export type StreamEnd = () => void;

export interface Inbound {
  receivePacket(from: Address, packet: Uint8Array): void;
  /**
   * Judges the first bytes of a long stream message, before the others are waited for.
   *
   * @throws {Error} why the message will be refused, if that is certain.
   */
  judgeRequest(start: Uint8Array): void;
  /**
   * Takes one whole stream message.
   *
   * @param answer runs once, now or in a later turn, with the reply if there is one; it need
   * not run once the stream has ended.
   * @returns what to call if the stream ends before the answer.
   */
  receiveRequest(from: Address, request: Uint8Array, answer: Answer): StreamEnd;
}
