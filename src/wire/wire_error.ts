/** The peer sent something unreadable: counted by reason, logged, and dropped. */

import { MsgpackError } from "../bytes/msgpack_reader.ts";

/**
 * What was wrong, as a short code that stays the same between releases.
 *
 * The first four are those of MessagePack; the others name the layer that
 * refused the bytes.
 */
export type WireErrorReason =
  | "truncated"
  | "malformed"
  | "out-of-range"
  | "too-deep"
  | "empty"
  | "unknown-type"
  | "label"
  | "not-encrypted"
  | "no-key"
  | "undecryptable"
  | "checksum"
  | "compression"
  | "replayed"
  | "busy"
  | "too-large";

/** Bytes from a peer that could not be understood. `message` may be sent back to it. */
export class WireError extends Error {
  override readonly name = "WireError";
  readonly reason: WireErrorReason;

  constructor(reason: WireErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * Returns what to throw at the edge of the wire layer for an error caught inside:
 * a `MsgpackError` as a `WireError` of the same reason, anything else unchanged.
 */
export function asWireError(error: unknown): unknown {
  if (!(error instanceof MsgpackError)) return error;
  return new WireError(error.reason, error.message, { cause: error });
}
