/**
 * What goes wrong between a client and an agent, as one error class.
 *
 * `kind` says whose failure it is, so that a caller need not read texts; the
 * message is fit to print (rpc.md section 8, cli.md section 4).
 */

import type { KeyRecord } from "./commands.ts";

/**
 * - `refused`: the agent answered with an error; the message is the agent's text.
 * - `dial`: no connection came about.
 * - `timeout`: the agent did not answer, or accept a request, in time; the connection is closed.
 * - `closed`: the connection is gone, or the peer does not speak the protocol.
 */
export type RpcErrorKind = "refused" | "dial" | "timeout" | "closed";

/** A failed call to an agent. */
export class RpcError extends Error {
  override readonly name: string = "RpcError";
  /** Whose failure it is. */
  readonly kind: RpcErrorKind;

  /** Builds an error; `cause` is what the platform said, where there is such a thing. */
  constructor(kind: RpcErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}

/** A key operation that did not succeed on every node; `outcome` tells which failed, and why. */
export class KeyOperationError extends RpcError {
  override readonly name: string = "KeyOperationError";
  /** What the nodes answered. */
  readonly outcome: KeyRecord;

  /** Builds an error from the agent's text and the record that came with it. */
  constructor(message: string, outcome: KeyRecord) {
    super("refused", message);
    this.outcome = outcome;
  }
}
