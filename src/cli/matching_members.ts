/** The members that match expressions, as `members` lists and `health` counts them. */

import type { MemberExpressions } from "../rpc/client.ts";
import type { MemberRecord } from "../rpc/commands.ts";
import { RpcError } from "../rpc/rpc_error.ts";
import type { AgentConnection } from "./context.ts";

/** Lists the members that match; what is wrong with an expression is told as the reason. */
export async function listMembers(
  agent: AgentConnection,
  expressions: Required<MemberExpressions>,
): Promise<readonly MemberRecord[]> {
  try {
    return await agent.membersFiltered(expressions);
  } catch (error) {
    if (!(error instanceof RpcError) || error.kind !== "closed") throw error;
    // Parity: the reference hangs up on a bad expression, so that may be the reason.
    const { name, status, tags } = expressions;
    const { findBadExpression } = await import("./output/expressions.ts");
    const anchored = [name, status, ...tags.values()].map((expression) => `^${expression}$`);
    const problem = await findBadExpression(anchored);
    if (problem === undefined) throw error;
    throw new RpcError("refused", `Failed to compile regex: ${problem}`, error);
  }
}
