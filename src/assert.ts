/**
 * Stops the program on its own mistakes.
 *
 * @throws {Error} if `condition` is false; nothing is meant to catch it, because
 * only a programming error gets here. What a peer or the world does wrong is
 * never an assertion.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`Assertion failed: ${message}`);
}
