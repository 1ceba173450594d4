/**
 * Reaching the agent: the two flags that every client command has, their
 * variables, and the wording of failures (cli.md section 4).
 */

import { RpcError } from "../rpc/rpc_error.ts";
import { CommandFailure } from "./command.ts";
import type { AgentConnection, Context } from "./context.ts";
import { type FlagValues, textFlag } from "./flags.ts";

/** The flags that say where the agent is, and the token it wants. */
export const agentFlags = {
  rpcAddr: textFlag({
    name: "rpc-addr",
    hint: "=127.0.0.1:7373",
    about: "Address of the agent's RPC port. SERF_RPC_ADDR sets another default.",
    initial: undefined,
  }),
  rpcAuth: textFlag({
    name: "rpc-auth",
    hint: '=""',
    about: "Token that the agent wants to see. SERF_RPC_AUTH sets another default.",
    initial: undefined,
  }),
};

/**
 * Connects to the agent that flags and environment name.
 *
 * @throws {CommandFailure} `Error connecting to Serf agent: REASON`
 */
export async function connectToAgent(
  flags: FlagValues<typeof agentFlags>,
  context: Context,
): Promise<AgentConnection> {
  const { terminal } = context;
  const address = flags.rpcAddr ?? terminal.variable("SERF_RPC_ADDR");
  const authKey = flags.rpcAuth ?? terminal.variable("SERF_RPC_AUTH");
  const options = {
    ...(address === undefined ? {} : { address }),
    ...(authKey === undefined ? {} : { authKey }),
  };
  return await attempt("Error connecting to Serf agent", context.connect(options));
}

/**
 * Waits for something that is asked of the agent.
 *
 * @throws {CommandFailure} `what: REASON` if it failed.
 */
export async function attempt<T>(what: string, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    throw new CommandFailure(`${what}: ${error.message}`);
  }
}
