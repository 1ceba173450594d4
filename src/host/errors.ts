/** What goes wrong for users of the library, by kind. Each keeps its `cause`. */

import type { Result } from "../ports/result.ts";

/** The base of all errors that the library throws or rejects with. */
export class SerfError extends Error {
  /** Tells the kinds apart where `instanceof` cannot. */
  override readonly name: string = "SerfError";
}

/** A node could not start: bad settings, an address in use, an unreadable snapshot. */
export class StartError extends SerfError {
  /** Tells the kinds apart where `instanceof` cannot. */
  override readonly name = "StartError";
}

/** Nobody could be joined. */
export class JoinError extends SerfError {
  /** Tells the kinds apart where `instanceof` cannot. */
  override readonly name = "JoinError";
  /** One error for each address tried; empty if the node may not join at all. */
  readonly errors: readonly Error[];

  /** Keeps why each address did not answer. */
  constructor(message: string, errors: readonly Error[]) {
    super(message);
    this.errors = errors;
  }
}

/** What was asked cannot be done: it is too long, out of range, or not possible now. */
export class RequestError extends SerfError {
  /** Tells the kinds apart where `instanceof` cannot. */
  override readonly name = "RequestError";
}

/** Something was not sent to other members in time; it may still reach them later. */
export class TimeoutError extends SerfError {
  /** Tells the kinds apart where `instanceof` cannot. */
  override readonly name = "TimeoutError";
}

/** A member could not be reached. */
export class SendError extends SerfError {
  /** Tells the kinds apart where `instanceof` cannot. */
  override readonly name = "SendError";
}

/** The node has ended. */
export class StoppedError extends SerfError {
  /** Tells the kinds apart where `instanceof` cannot. */
  override readonly name = "StoppedError";
}

/** Returns the value of a result, or throws its error as one of `Kind`, behind `prefix`. */
export function unwrap<T>(
  result: Result<T>,
  Kind: new (message: string, options: ErrorOptions) => SerfError,
  prefix = "",
): T {
  if (result.ok) return result.value;
  throw new Kind(prefix + result.error.message, { cause: result.error });
}

/** Prints several errors as the reference does: a count, then a line for each. */
export function joinErrorText(errors: readonly Error[]): string {
  const count = errors.length === 1 ? "1 error" : `${errors.length} errors`;
  const lines = errors.map((error) => `\t* ${error.message}\n`);
  return `${count} occurred:\n${lines.join("")}\n`;
}
