/** Errors that say what was being done when they were thrown. */

import { errorText } from "./error_text.ts";

/** Returns what a promise's `catch` takes to throw an error anew as `CONTEXT: TEXT`. */
export function addContext(context: string, textOf = errorText): (error: unknown) => never {
  return (error) => {
    throw new Error(`${context}: ${textOf(error)}`, { cause: error });
  };
}

/** Returns what `action` returns; an error that it throws becomes `CONTEXT: TEXT`. */
export function withContext<T>(context: string, action: () => T, textOf = errorText): T {
  try {
    return action();
  } catch (error) {
    return addContext(context, textOf)(error);
  }
}
