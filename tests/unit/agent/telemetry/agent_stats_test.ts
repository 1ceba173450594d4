import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { describeAgent } from "../../../../src/agent/telemetry/agent_stats.ts";
import { parseEventHandlers } from "../../../../src/agent/handlers/event_filter.ts";
import { makeMember } from "../../../support/fake_agent.ts";

const describe = (specifications: readonly string[] = []) => {
  const self = makeMember("me", { tags: { role: "web" } });
  const handlers = specifications.flatMap(parseEventHandlers);
  return describeAgent(self, handlers, new Map([["members", "1"]]));
};

Deno.test("describeAgent() has a section for each part, the empty ones too", () => {
  const stats = describe();
  deepStrictEqual([...stats.keys()].sort(), ["agent", "event_handlers", "runtime", "serf", "tags"]);
  deepStrictEqual([...stats.get("agent") ?? []], [["name", "me"]]);
  deepStrictEqual([...stats.get("tags") ?? []], [["role", "web"]]);
  deepStrictEqual([...stats.get("serf") ?? []], [["members", "1"]]);
  strictEqual(stats.get("event_handlers")?.size, 0);
});

Deno.test("describeAgent() shows handlers by type and name, the later of two equal ones", () => {
  deepStrictEqual(
    [...describe(["all.sh", "user:a,query=x", "user:a=y"]).get("event_handlers") ?? []],
    [["*:", "all.sh"], ["user:a", "y"], ["query:", "x"]],
  );
});

Deno.test("describeAgent() names the machine as Go does", () => {
  const runtime = describe().get("runtime") ?? new Map();
  deepStrictEqual(
    [...runtime.keys()].sort(),
    ["arch", "cpu_count", "goroutines", "max_procs", "os", "version"],
  );
  match(runtime.get("arch") ?? "", /^(amd64|arm64)$/);
  match(runtime.get("os") ?? "", /^(linux|darwin|windows|freebsd)$/);
  match(runtime.get("cpu_count") ?? "", /^[1-9]\d*$/);
});
