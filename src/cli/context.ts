/** What a command is given to work with: a terminal, and a way to reach an agent. */

import type { RpcClient, RpcClientOptions } from "../rpc/client.ts";
import type { Terminal } from "./terminal.ts";

/** A connection to an agent, as commands use it. */
export type AgentConnection = Pick<RpcClient, keyof RpcClient>;

/** The world of a command. */
export interface Context {
  readonly terminal: Terminal;
  /**
   * Connects to an agent, past handshake and authentication.
   *
   * @throws {RpcError} if any of that fails.
   */
  connect(options: RpcClientOptions): Promise<AgentConnection>;
}
