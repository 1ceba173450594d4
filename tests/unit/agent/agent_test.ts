import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { Agent } from "../../../src/agent/agent.ts";
import { defaultConfig } from "../../../src/agent/settings/config.ts";
import { LogWriter } from "../../../src/agent/telemetry/log_writer.ts";
import { Metrics } from "../../../src/agent/telemetry/metrics.ts";
import type { SerfEvent } from "../../../src/serf/event.ts";
import { makeMember, makeQuery } from "../../support/fake_agent.ts";
import { FakeNode } from "../../support/fake_node.ts";
import { Witness } from "../../../src/host/witness.ts";
import { memoryHistory } from "../../support/memory_history.ts";
import { settle } from "../../support/memory_connection.ts";

/** An agent on a node that only takes notes, and what it logged, without time stamps. */
function setUp(tagsFile = "") {
  const node = new FakeNode();
  const log = new LogWriter(() => 0);
  const metrics = new Metrics({ hostName: "" });
  const history = memoryHistory();
  const agent = new Agent({
    node,
    log,
    metrics,
    history,
    witness: new Witness(),
    config: { ...defaultConfig, tagsFile },
    facts: () => Promise.resolve(new Map()),
    reload: () => Promise.resolve({ changed: ["tags"], waiting: [], warnings: [], problems: [] }),
  });
  const lines = () => log.recent().map(({ text }) => text.slice("1970/01/01 00:00:00 ".length));
  return { agent, node, lines };
}

const nobody = { onAck() {}, onResponse() {}, onDone() {} };
const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("Agent.join() logs its way and ignores old events unless they are wanted", async () => {
  const { agent, node, lines } = setUp();
  strictEqual(await agent.join(["a", "b:1"], false), 1);
  await agent.join(["c"], true);
  deepStrictEqual(node.calls, ["join a,b:1 true", "join c false"]);
  deepStrictEqual(lines(), [
    "[INFO] agent: joining: [a b:1] replay: false",
    "[INFO] agent: joined: 1 nodes",
    "[INFO] agent: joining: [c] replay: true",
    "[INFO] agent: joined: 1 nodes",
  ]);
});

Deno.test("Agent.join() logs a failure and passes it on", async () => {
  const { agent, node, lines } = setUp();
  node.refusals.set("join", "1 error occurred:\n\t* refused\n\n");
  await rejects(agent.join(["a"], false), { message: "1 error occurred:\n\t* refused\n\n" });
  strictEqual(lines().at(-1), "[WARN] agent: error joining: 1 error occurred:\n\t* refused\n");
});

Deno.test("Agent.userEvent() and query() log how long the payload is, never what it is", async () => {
  const { agent, node, lines } = setUp();
  await agent.userEvent("deploy", bytes('v"1"\n'), true);
  await agent.userEvent("empty", undefined, false);
  agent.query("load", Uint8Array.of(0xff), {}, nobody);
  deepStrictEqual(lines(), [
    "[DEBUG] agent: Requesting user event send: deploy. Coalesced: true. Payload: <5 bytes>",
    '[DEBUG] agent: Requesting user event send: empty. Coalesced: false. Payload: ""',
    "[DEBUG] agent: Requesting query send: load. Payload: <1 bytes>",
  ]);
  deepStrictEqual(node.calls.map((call) => call.split(" ")[0]), [
    "userEvent",
    "userEvent",
    "query",
  ]);
});

Deno.test("Agent logs why events, queries and removals were refused, and passes it on", async () => {
  const { agent, node, lines } = setUp();
  for (const method of ["userEvent", "query", "forceLeave"]) node.refusals.set(method, "too big");
  await rejects(agent.userEvent("x", undefined, true), { message: "too big" });
  throws(() => agent.query("load", undefined, {}, nobody), { message: "too big" });
  await rejects(agent.forceLeave("n", true), { message: "too big" });
  deepStrictEqual(lines().filter((line) => !line.startsWith("[DEBUG]")), [
    "[WARN] agent: failed to send user event: too big",
    "[WARN] agent: failed to start user query: too big",
    "[INFO] agent: Force leaving node (prune): n",
    "[WARN] agent: failed to remove node: too big",
  ]);
});

Deno.test("Agent.query() keeps Serf's own names to Serf, but for a plain ping", () => {
  const { agent, node } = setUp();
  const message = "Queries cannot contain the '_serf_' prefix";
  throws(() => agent.query("_serf_list-keys", undefined, {}, nobody), { message });
  throws(() => agent.query("_serf_ping", bytes("x"), {}, nobody), {
    message,
  });
  agent.query("_serf_ping", undefined, {}, nobody);
  deepStrictEqual(node.calls, ["query _serf_ping undefined"]);
});

Deno.test("Agent.query() leaves the time out to the node unless there is one", () => {
  const { agent, node } = setUp();
  agent.query("load", undefined, {}, nobody);
  agent.query("load", undefined, { timeout: -1 }, nobody);
  deepStrictEqual(node.queryOptions.map((options) => options.timeout), [undefined, -1]);
  ok(!("timeout" in (node.queryOptions[0] ?? {})));
});

Deno.test("Agent.updateTags() removes first, then sets", async () => {
  const { agent, node } = setUp();
  node.self = makeMember("self", { tags: { role: "web", dc: "east" } });
  await agent.updateTags(new Map([["role", "db"], ["x", "1"]]), ["dc", "role", "nil"]);
  deepStrictEqual(node.calls, ['setTags {"role":"db","x":"1"}']);
});

Deno.test("Agent.setTags() checks, then writes the file, then tells the cluster", async () => {
  const path = await Deno.makeTempFile();
  try {
    const { agent, node } = setUp(path);
    await agent.setTags(new Map([["a", "1"]]));
    strictEqual(await Deno.readTextFile(path), '{\n  "a": "1"\n}');
    await rejects(agent.setTags(new Map([["a", "x".repeat(520)]])), {
      message: "Encoded length of tags exceeds limit of 512 bytes",
    });
    strictEqual(await Deno.readTextFile(path), '{\n  "a": "1"\n}');
    deepStrictEqual(node.calls, ['setTags {"a":"1"}']);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("Agent.setTags() keeps the tags if the file cannot be written", async () => {
  const { agent, node } = setUp("/nonexistent/tags.json");
  await rejects(agent.setTags(new Map([["a", "1"]])), {
    message: "Failed to write tags file: open /nonexistent/tags.json: no such file or directory",
  });
  deepStrictEqual(node.calls, []);
});

Deno.test("Agent.keys() decodes the key, and rejects one that is no base64", async () => {
  const { agent, node, lines } = setUp();
  strictEqual((await agent.keys("install", "AAEC")).numNodes, 3);
  await agent.keys("use", "AAEC");
  await agent.keys("remove", "AAEC");
  strictEqual((await agent.keys("list")).keys?.get("a2V5"), 3);
  await rejects(agent.keys("install", "###"), { message: "illegal base64 data at input byte 0" });
  deepStrictEqual(node.calls, ["install 000102", "use 000102", "remove 000102", "list"]);
  deepStrictEqual(lines(), [
    "[INFO] agent: Initiating key installation",
    "[INFO] agent: Initiating primary key change",
    "[INFO] agent: Initiating key removal",
    "[INFO] agent: Initiating key listing",
    "[INFO] agent: Initiating key installation",
  ]);
});

Deno.test("Agent logs events and passes them to every listener until it leaves", () => {
  const { agent, node, lines } = setUp();
  const heard: string[] = [];
  const listener = (event: SerfEvent) => heard.push(event.type);
  const stop = agent.onEvent(listener, () => true);
  agent.onEvent(listener, () => true);
  const user: SerfEvent = {
    type: "user",
    name: "deploy",
    ltime: 1,
    payload: undefined,
    coalesce: true,
  };
  node.emit({ type: "member-join", members: [makeMember("a")] });
  stop();
  node.emit(user);
  node.emit(makeQuery("load"));
  deepStrictEqual(heard, ["member-join", "member-join", "user", "query"]);
  deepStrictEqual(lines(), [
    "[INFO] agent: Received event: member-join",
    "[INFO] agent: Received event: user-event: deploy",
    "[INFO] agent: Received event: query: load",
  ]);
});

Deno.test("Agent.shutdown() ends the node once, however often it is called", async () => {
  const { agent, node, lines } = setUp();
  await Promise.all([agent.shutdown(), agent.shutdown()]);
  await agent.shutdown();
  strictEqual(await agent.ended, undefined);
  deepStrictEqual(node.calls, ["shutdown"]);
  deepStrictEqual(lines(), [
    "[INFO] agent: requesting serf shutdown",
    "[INFO] agent: shutdown complete",
  ]);
});

Deno.test("Agent ends when its node ended on its own account", async () => {
  const { agent, node, lines } = setUp();
  node.stop("lost the name");
  strictEqual(await agent.ended, "lost the name");
  await settle();
  deepStrictEqual(lines(), [
    "[WARN] agent: Serf shutdown detected, quitting",
    "[INFO] agent: requesting serf shutdown",
    "[INFO] agent: shutdown complete",
  ]);
});

Deno.test("Agent.leave() logs and leaves", async () => {
  const { agent, node, lines } = setUp();
  await agent.leave();
  deepStrictEqual(node.calls, ["leave"]);
  deepStrictEqual(lines(), ["[INFO] agent: requesting graceful leave from Serf"]);
});

Deno.test("Agent.stats() shows the handlers of the moment", () => {
  const { agent } = setUp();
  agent.handlers.configure(["user:deploy=run.sh"]);
  deepStrictEqual([...agent.stats().get("event_handlers") ?? []], [["user:deploy", "run.sh"]]);
});
