/** What to say about a join that failed in a way that does not explain itself. */

/** Returns what to try, where the reason of a failed join needs it. */
export function joinHint(reason: string): string | undefined {
  if (!/failed to join .*: EOF$/m.test(reason)) return undefined;
  return "who answered there hung up: it is not the port of a member (7946 by default; RPC is at " +
    "7373), or its encryption key or label is another one";
}
