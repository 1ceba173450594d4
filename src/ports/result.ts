/** Success with a value, or the reason why not: how the core reports the world's failures. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: Error };

export function success<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** Returns a failed result; a text becomes an `Error`. */
export function failure(reason: string | Error): Result<never> {
  return { ok: false, error: typeof reason === "string" ? new Error(reason) : reason };
}

export const done: Result<void> = { ok: true, value: undefined };
