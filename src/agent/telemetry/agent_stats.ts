/** What `serf info` shows of an agent: sections of named texts (cli.md section 7.4). */

import type { SerfMember } from "../../serf/member.ts";
import type { EventHandler } from "../handlers/event_filter.ts";

/** Section to key to text. */
export type AgentStats = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Returns every section, those without entries included.
 *
 * @param serf the section of that name, as the node tells it.
 */
export function describeAgent(
  self: SerfMember,
  handlers: readonly EventHandler[],
  serf: ReadonlyMap<string, string>,
): AgentStats {
  return new Map([
    ["agent", new Map([["name", self.name]])],
    ["runtime", describeRuntime()],
    ["serf", serf],
    ["tags", new Map(Object.entries(self.tags))],
    ["event_handlers", describeHandlers(handlers)],
  ]);
}

/** Go's names, which tools that read this know. */
function describeRuntime(): Map<string, string> {
  const processors = String(navigator.hardwareConcurrency);
  return new Map([
    ["os", Deno.build.os],
    ["arch", Deno.build.arch === "x86_64" ? "amd64" : "arm64"],
    ["version", `deno${Deno.version.deno}`],
    ["max_procs", processors],
    // One thread runs everything here.
    ["goroutines", "1"],
    ["cpu_count", processors],
  ]);
}

/** Of two handlers with the same filter the later one shows. */
function describeHandlers(handlers: readonly EventHandler[]): Map<string, string> {
  return new Map(handlers.map(({ filter, script }) => [`${filter.type}:${filter.name}`, script]));
}
