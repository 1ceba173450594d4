/** The input is not the MessagePack that was asked for. */

/**
 * Why something could not be read.
 *
 * `truncated`: the input ends too early, more of it might help. `malformed`: not
 * MessagePack, or another type than wanted. `out-of-range`: a number that does
 * not fit.
 */
export type MsgpackErrorReason = "truncated" | "malformed" | "out-of-range";

/** What every reader of MessagePack throws, and nothing else. */
export class MsgpackError extends Error {
  override readonly name = "MsgpackError";
  readonly reason: MsgpackErrorReason;

  constructor(reason: MsgpackErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Returns the error for a value of another type than `wanted`, which begins with `format`. */
export function unexpectedFormat(wanted: string, format: number): MsgpackError {
  const found = format.toString(16).padStart(2, "0");
  return new MsgpackError("malformed", `Expected ${wanted}, found format 0x${found}`);
}
