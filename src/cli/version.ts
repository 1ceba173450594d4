/** Which Serf this is, and which versions of the agents' protocol it speaks. */

import { VERSION } from "../agent/version.ts";

/** The versions of the agents' protocol that it speaks. */
export const agentProtocol = { version: 5, min: 2 } as const;

/** What `serf version` prints (cli.md section 7.15). */
export const versionText = `${VERSION}\n` +
  `Agent Protocol: ${agentProtocol.version} (Understands back to: ${agentProtocol.min})`;
