/** Counts what agents send each other, headers of the network included. */

import { toolOutput } from "../../lab/command.ts";

export interface Traffic {
  readonly packets: number;
  readonly bytes: number;
}

/** Begins to count gossip that arrives, in a network that belongs to this process. */
export async function countGossip(): Promise<void> {
  const commands = [
    "add table inet bench",
    "flush table inet bench",
    "add counter inet bench gossip",
    "add chain inet bench arrivals { type filter hook input priority 0; policy accept; }",
    "add rule inet bench arrivals udp dport 7946 counter name gossip",
  ];
  await toolOutput("nft", commands.join("; "));
}

export async function readGossip(): Promise<Traffic> {
  return parseCounter(await toolOutput("nft", "list counter inet bench gossip"));
}

export async function stopCounting(): Promise<void> {
  await toolOutput("nft", "delete table inet bench");
}

/**
 * Returns what events cost: traffic while they were fired, without what there is anyway.
 *
 * @param idle what there was in `idleTime`, when nothing was fired.
 */
export function trafficPerEvent(
  total: Traffic,
  time: number,
  idle: Traffic,
  idleTime: number,
  events: number,
): Traffic {
  const share = (key: keyof Traffic) => (total[key] - idle[key] * time / idleTime) / events;
  return { packets: share("packets"), bytes: share("bytes") };
}

export function trafficBetween(before: Traffic, after: Traffic): Traffic {
  return { packets: after.packets - before.packets, bytes: after.bytes - before.bytes };
}

/** Reads the numbers out of what nftables print about a counter. */
export function parseCounter(text: string): Traffic {
  const [, packets, bytes] = /packets (\d+) bytes (\d+)/.exec(text) ?? [];
  if (packets === undefined) throw new Error(`No counter: ${text}`);
  return { packets: Number(packets), bytes: Number(bytes) };
}
