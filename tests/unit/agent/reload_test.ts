import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Agent } from "../../../src/agent/agent.ts";
import { type AgentConfig, defaultConfig } from "../../../src/agent/settings/config.ts";
import { LogWriter } from "../../../src/agent/telemetry/log_writer.ts";
import { Metrics } from "../../../src/agent/telemetry/metrics.ts";
import { applyReload, changedSettings } from "../../../src/agent/reload.ts";
import { FakeNode } from "../../support/fake_node.ts";
import { Witness } from "../../../src/host/witness.ts";
import { memoryHistory } from "../../support/memory_history.ts";
import { RecordingLog } from "../../support/recorders.ts";

function setUp() {
  const node = new FakeNode();
  const logWriter = new LogWriter(() => 0);
  const log = new RecordingLog();
  const complaints: string[] = [];
  const agent = new Agent({
    node,
    log: logWriter,
    facts: () => Promise.reject(new Error("unused")),
    reload: () => Promise.reject(new Error("unused")),
    metrics: new Metrics({ hostName: "" }),
    history: memoryHistory(),
    witness: new Witness(),
    config: { ...defaultConfig, eventHandlers: ["old.sh"] },
  });
  const complain = (text: string) => complaints.push(text);
  const reload = (after: Partial<AgentConfig>, before: Partial<AgentConfig> = {}) => {
    const parts = { agent, logWriter, log, complain };
    return applyReload({ ...defaultConfig, ...before }, { ...defaultConfig, ...after }, parts);
  };
  return { node, logWriter, log, complaints, agent, reload };
}

Deno.test("applyReload() takes over log level, handlers and tags, and says so", async () => {
  const { node, logWriter, log, complaints, agent, reload } = setUp();
  await reload({
    logLevel: "debug",
    eventHandlers: ["new.sh"],
    handlerTimeout: 30_000,
    tags: new Map([["a", "1"]]),
  });
  strictEqual(logWriter.level, "DEBUG");
  deepStrictEqual(agent.handlers.list.map(({ script }) => script), ["new.sh"]);
  deepStrictEqual(node.calls, ['setTags {"a":"1"}']);
  deepStrictEqual(complaints, []);
  deepStrictEqual(log.lines, ["info Reloaded: tags, log_level, event_handlers, handler_timeout"]);
});

Deno.test("applyReload() is silent where nothing changed", async () => {
  const { log, complaints, reload } = setUp();
  const settings = { tags: new Map([["a", "1"]]), eventHandlers: ["old.sh"] };
  deepStrictEqual((await reload(settings, settings)).inForce, { ...defaultConfig, ...settings });
  deepStrictEqual([...complaints, ...log.lines], []);
});

Deno.test("applyReload() returns what is in force: the old where something could not be applied", async () => {
  const { reload } = setUp();
  const tags = new Map([["a", "x".repeat(520)]]);
  const after = { logLevel: "loud", tags, retryJoin: ["b"], leaveOnTerminate: true };
  const { inForce } = await reload(after, { logLevel: "warn", retryJoin: ["a"] });
  deepStrictEqual(inForce, {
    ...defaultConfig,
    logLevel: "warn",
    retryJoin: ["a"],
    leaveOnTerminate: true,
  });
});

Deno.test("applyReload() replaces tags that were set at run time", async () => {
  const { node, reload } = setUp();
  await reload({});
  deepStrictEqual(node.calls, ["setTags {}"]);
});

Deno.test("applyReload() leaves the tags alone where a file keeps them", async () => {
  const { node, reload } = setUp();
  await reload({ tagsFile: "/t" }, { tagsFile: "/t" });
  deepStrictEqual(node.calls, []);
});

Deno.test("applyReload() says what it cannot apply and goes on with the rest", async () => {
  const { logWriter, complaints, agent, reload } = setUp();
  const tags = new Map([["a", "x".repeat(520)]]);
  await reload({ logLevel: "loud", eventHandlers: ["new.sh"], tags });
  strictEqual(logWriter.level, "INFO");
  deepStrictEqual(agent.handlers.list.map(({ script }) => script), ["new.sh"]);
  deepStrictEqual(complaints, [
    "Invalid log level: LOUD. Valid log levels are: [TRACE DEBUG INFO WARN ERR]",
    "Failed to update tags: Encoded length of tags exceeds limit of 512 bytes",
  ]);
});

Deno.test("applyReload() names changes that need a restart, as files call them", async () => {
  const { log, reload } = setUp();
  const { changed, waiting } = await reload({
    retryJoin: ["a"],
    mdnsInterface: "lo",
    role: "web",
    leaveOnTerminate: true,
  });
  deepStrictEqual(log.lines, [
    "info Reloaded: leave_on_terminate",
    "warn Changes that need a restart: retry_join, mdns.interface",
  ]);
  deepStrictEqual(changed, ["leave_on_terminate"]);
  deepStrictEqual(waiting, ["retry_join", "mdns.interface"]);
});

Deno.test("changedSettings() compares lists and tags by what they hold", () => {
  const before = { ...defaultConfig, tags: new Map([["a", "1"]]), startJoin: ["x"] };
  const same = { ...defaultConfig, tags: new Map([["a", "1"]]), startJoin: ["x"] };
  deepStrictEqual(changedSettings(before, same), []);
  deepStrictEqual(changedSettings(before, { ...same, tags: new Map(), startJoin: ["y"] }), [
    "tags",
    "startJoin",
  ]);
});
