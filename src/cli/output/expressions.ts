/**
 * Telling what is wrong with an RE2 expression.
 *
 * Agents of the reference do not: they drop the connection, or no node answers
 * (cli.md section 9). So it is found out here, once something has gone wrong or
 * there is time to wait, because the engine takes longer to load than a short
 * command takes to run.
 */

/** Returns what is wrong with the first expression that is none; `undefined` if all are sound. */
export async function findBadExpression(
  expressions: Iterable<string>,
): Promise<string | undefined> {
  const { compileRe2, Re2Error } = await import("../../go/re2.ts");
  for (const expression of expressions) {
    try {
      compileRe2(expression);
    } catch (error) {
      if (!(error instanceof Re2Error)) throw error;
      return error.message;
    }
  }
  return undefined;
}
