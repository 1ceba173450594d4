import assert from "node:assert/strict";
import type { LogLevelName } from "../../../../src/agent/agent_control.ts";
import { recordLimit } from "../../../../src/agent/clients/client_view.ts";
import { LogSubscription, parseLogLevel } from "../../../../src/agent/clients/log_subscription.ts";
import { FakeClient } from "../../../support/fake_client.ts";
import { settle } from "../../../support/memory_connection.ts";

function parts(level: LogLevelName = "INFO") {
  const client = new FakeClient();
  const feed = client.agent.logFeed;
  const monitor = new LogSubscription(client, 5, level);
  const texts = () => client.records.map((record) => Object.values(record ?? {}).join());
  return { client, feed, monitor, texts };
}

Deno.test("parseLogLevel() reads levels in any case and quotes others in upper case", () => {
  assert.equal(parseLogLevel("Trace"), "TRACE");
  assert.equal(parseLogLevel("err"), "ERR");
  assert.throws(() => parseLogLevel("loud"), { message: "Unknown log level: LOUD" });
  assert.throws(() => parseLogLevel(""), { message: "Unknown log level: " });
  assert.throws(() => parseLogLevel("error"), { message: "Unknown log level: ERROR" });
});

Deno.test("LogSubscription sends the past first, then the present, both from its level on", async () => {
  const { feed, monitor, texts } = parts("WARN");
  feed.write("WARN", "old warning");
  feed.write("INFO", "old news");
  feed.write(undefined, "old line without a level");
  monitor.start();
  feed.write("DEBUG", "new detail");
  feed.write("ERR", "new error\nof two lines");
  await settle();
  assert.deepEqual(texts(), [
    "old warning",
    "old line without a level",
    "new error\nof two lines",
  ]);
});

Deno.test("LogSubscription sends at most the latest 512 entries of the past", async () => {
  const { feed, monitor, texts } = parts();
  for (let i = 0; i < 600; i++) feed.write("INFO", `line ${i}`);
  monitor.start();
  await settle(20_000);
  assert.equal(texts().length, recordLimit);
  assert.equal(texts()[0], "line 88");
});

Deno.test("LogSubscription has room for 512 new entries behind the whole past", async () => {
  const { client, feed, monitor, texts } = parts();
  for (let i = 0; i < recordLimit; i++) feed.write("INFO", `old ${i}`);
  client.hold();
  monitor.start();
  for (let i = 0; i < recordLimit; i++) feed.write("INFO", `new ${i}`);
  assert.deepEqual(client.lines, []);
  client.release();
  await settle(20_000);
  assert.equal(texts().at(-1), `new ${recordLimit - 1}`);
});

Deno.test("LogSubscription keeps the warning about its drops from its own client", async () => {
  const { client, feed, monitor, texts } = parts();
  // Warnings reach the log that the client follows, as they do in an agent.
  const warn = client.log.warn.bind(client.log);
  client.log.warn = (message) => {
    warn(message);
    feed.write("WARN", message);
  };
  client.hold();
  monitor.start();
  for (let i = 0; i < 2 * recordLimit + 1000; i++) feed.write("INFO", `line ${i}`);
  client.clock.advance(10_000);
  assert.equal(client.lines.length, 2, "one warning at once, one for all the others");
  client.release();
  await settle(20_000);
  assert.equal(texts().some((text) => text.includes("Dropping")), false);
});

Deno.test("LogSubscription hears nothing after stop(), and reports a client that went away", async () => {
  const { client, feed, monitor } = parts();
  monitor.start();
  client.hold();
  feed.write("INFO", "one");
  client.fail("broken pipe");
  await settle();
  assert.equal(feed.listenerCount, 0);
  assert.deepEqual(client.lines, [
    "error agent.ipc: Failed to stream log to ipc.client: 127.0.0.1:5000: broken pipe",
  ]);
  monitor.start();
  assert.equal(feed.listenerCount, 0);
});
