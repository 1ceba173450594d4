/** What errors say, and what was being done when they were thrown. */

/** Returns what an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Returns what a promise's `catch` takes to throw an error anew as `CONTEXT: TEXT`. */
export function addContext(context: string, textOf = messageOf): (error: unknown) => never {
  return (error) => {
    throw new Error(`${context}: ${textOf(error)}`, { cause: error });
  };
}

/** Returns what `action` returns; an error that it throws becomes `CONTEXT: TEXT`. */
export function withContext<T>(context: string, action: () => T, textOf = messageOf): T {
  try {
    return action();
  } catch (error) {
    return addContext(context, textOf)(error);
  }
}
