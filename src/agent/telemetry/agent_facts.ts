/**
 * What `serf info` shows of an agent beyond what HashiCorp's tells: how long it runs, where it is
 * reached, what it keeps and what is behind. Keys are told by fingerprints alone.
 */

import { formatGoDuration } from "../../go/duration.ts";
import type { Milliseconds } from "../../ports/clock.ts";

/** How many bytes of a key's hash are shown: enough to tell keys apart, and no more. */
const fingerprintSize = 8;

/** What the facts are made of. */
export interface AgentFactSources {
  readonly version: string;
  readonly startedAt: Date;
  readonly now: Date;
  /** Addresses as texts: where it listens, what members are told, where clients connect. */
  readonly bound: string;
  readonly advertised: string;
  readonly rpc: string;
  /** Empty without one. */
  readonly snapshotPath: string;
  /** The primary key first; none without encryption. */
  readonly keys: readonly Uint8Array[];
  /** How many runs of handlers have not begun. */
  readonly backlog: number;
}

/** Section to key to text; a section without anything to tell is left out. */
export async function describeFacts(sources: AgentFactSources) {
  const { version, startedAt, now, bound, advertised, rpc, snapshotPath, keys } = sources;
  const uptime: Milliseconds = Math.floor((now.getTime() - startedAt.getTime()) / 1000) * 1000;
  const sections: [string, [string, string][]][] = [
    ["program", [
      ["pid", String(Deno.pid)],
      ["started", startedAt.toISOString().replace(/\.\d+Z$/, "Z")],
      ["uptime", formatGoDuration(Math.max(0, uptime))],
      ["version", version],
    ]],
    ["addresses", [["advertised", advertised], ["bound", bound], ["rpc", rpc]]],
    ["snapshot", await describeSnapshot(snapshotPath)],
    ["keys", await describeKeys(keys)],
    ["handlers", [["backlog", String(sources.backlog)]]],
  ];
  const told = sections.filter(([, entries]) => entries.length > 0);
  return new Map(told.map(([section, entries]) => [section, new Map(entries)]));
}

async function describeSnapshot(path: string): Promise<[string, string][]> {
  if (path === "") return [];
  const size = await Deno.stat(path).then(({ size }) => String(size), () => "unknown");
  return [["bytes", size], ["path", path]];
}

async function describeKeys(keys: readonly Uint8Array[]): Promise<[string, string][]> {
  const prints = await Promise.all(keys.map(fingerprint));
  const [primary, ...others] = prints;
  if (primary === undefined) return [];
  return [
    ["primary", primary],
    ...others.length > 0 ? [["others", others.join(" ")] as [string, string]] : [],
  ];
}

/** The first bytes of a key's SHA-256, in hex. */
async function fingerprint(key: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", key.slice());
  return new Uint8Array(hash, 0, fingerprintSize).toHex();
}
