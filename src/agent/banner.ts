/** The facts that an agent prints once it runs (agent.md section 2.1). */

import { formatAddress } from "../ports/address.ts";
import type { AgentAddresses } from "./settings/addresses.ts";
import type { AgentConfig } from "./settings/config.ts";

/** Labels are right-aligned to the longest of them. */
const labelWidth = "Message Compression Enabled".length;

/** Returns the lines, without the prefix that all facts have. */
export function describeStart(
  config: AgentConfig,
  addresses: AgentAddresses,
  isEncrypted: boolean,
): string[] {
  const line = (label: string, value: unknown) => `${label.padStart(labelWidth)}: ${value}`;
  const { bind, advertise } = addresses;
  return [
    line("Node name", `'${config.nodeName}'`),
    line("Bind addr", `'${formatAddress(bind)}'`),
    // Parity: this one is not aligned.
    ...(advertise ? [`Advertise addr: '${formatAddress(advertise)}'`] : []),
    line("RPC addr", `'${config.rpcAddr}'`),
    line("Encrypted", isEncrypted),
    line("Snapshot", config.snapshotPath !== ""),
    line("Profile", config.profile),
    line("Message Compression Enabled", config.enableCompression),
    ...(config.label === "" ? [] : [line("Cluster label", `'${config.label}'`)]),
    ...(config.cidrAllow.length === 0
      ? []
      : [line("Allowed networks", config.cidrAllow.join(", "))]),
    ...(config.discover === "" ? [] : [line("mDNS cluster", config.discover)]),
  ];
}
