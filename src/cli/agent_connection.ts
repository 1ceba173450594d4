/**
 * Reaching the agent: the flags that every client command has, their
 * variables, and the wording of failures (cli.md section 4).
 */

import { systemErrorText } from "../go/system_error.ts";
import { defaultRpcAddress } from "../rpc/address.ts";
import { RpcError } from "../rpc/rpc_error.ts";
import { CommandFailure } from "./command.ts";
import type { AgentConnection, Context } from "./context.ts";
import { type FlagValues, optional, textFlag } from "./flags.ts";

/** The flags that say where the agent is, the token it wants, and who vouches for it. */
export const agentFlags = {
  rpcAddr: optional(textFlag(
    "rpc-addr=127.0.0.1:7373",
    "Address of the agent's RPC port, or unix:/path. SERF_RPC_ADDR sets another default.",
  )),
  rpcAuth: optional(textFlag(
    'rpc-auth=""',
    "Token that the agent wants to see. SERF_RPC_AUTH sets another default.",
  )),
  rpcTlsCa: optional(textFlag(
    "rpc-tls-ca=path",
    "PEM file with the certificate that vouches for the agent's; the connection is then " +
      "encrypted. SERF_RPC_TLS_CA sets another default.",
    { offers: "files" },
  )),
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
  const path = flags.rpcTlsCa ?? terminal.variable("SERF_RPC_TLS_CA");
  const options = {
    ...(address === undefined ? {} : { address }),
    ...(authKey === undefined ? {} : { authKey }),
    ...(path ? { authorities: [await readAuthority(path)] } : {}),
  };
  const hint = (error: RpcError) => connectHint(error, address ?? defaultRpcAddress);
  return await attempt("Error connecting to Serf agent", context.connect(options), hint);
}

function connectHint({ kind, message }: RpcError, address: string): string | undefined {
  if (
    kind === "dial" && /: connect: (connection refused|no such file or directory)$/.test(message)
  ) {
    return `is an agent running at ${address}? -rpc-addr or SERF_RPC_ADDR names another address`;
  }
  if (kind !== "closed") return undefined;
  return `what answers at ${address} is no RPC port (7373 by default; members talk to each other ` +
    "at 7946), or one with TLS, which needs -rpc-tls-ca";
}

async function readAuthority(path: string): Promise<string> {
  const failure = (reason: string) =>
    new CommandFailure(`Error connecting to Serf agent: -rpc-tls-ca: ${reason}`);
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw failure(`open ${path}: ${systemErrorText(error)}`);
  }
  if (/^-----BEGIN CERTIFICATE-----/m.test(text)) return text;
  throw failure(`${path} holds no certificate in PEM form`);
}

/**
 * Waits for something that is asked of the agent.
 *
 * @param hint tells what to try, for failures that are not about the token.
 * @throws {CommandFailure} `what: REASON` if it failed.
 */
export async function attempt<T>(
  what: string,
  action: Promise<T>,
  hint?: (error: RpcError) => string | undefined,
): Promise<T> {
  try {
    return await action;
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const advice = tokenHints.get(error.message) ?? hint?.(error);
    throw new CommandFailure(`${what}: ${error.message}`, advice, error);
  }
}

/** Returns what turns an agent's ignorance of a command that HashiCorp's lacks into a sentence. */
export function orUnknown(sentence: string): (error: unknown) => never {
  return (error) => {
    if (!isUnknownCommand(error)) throw error;
    throw new CommandFailure(sentence);
  };
}

/** Whether an agent does not know what it was asked, as HashiCorp's with commands of our own. */
export function isUnknownCommand(error: unknown): boolean {
  return error instanceof RpcError && error.message === "Unsupported command";
}

const tokenHints: ReadonlyMap<string, string> = new Map([
  [
    "Authentication required",
    "the agent wants its token (rpc_auth): give it with -rpc-auth or in SERF_RPC_AUTH",
  ],
  [
    "Invalid authentication token",
    "the agent's token (rpc_auth) is another one than -rpc-auth or SERF_RPC_AUTH gave",
  ],
]);
