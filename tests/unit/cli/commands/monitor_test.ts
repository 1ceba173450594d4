import assert from "node:assert/strict";
import { monitor } from "../../../../src/cli/commands/monitor.ts";
import type { EventRecord } from "../../../../src/rpc/commands.ts";
import { RpcError } from "../../../../src/rpc/rpc_error.ts";
import { RecordedContext, streamOf } from "../../../support/command_context.ts";

const deploy: EventRecord = {
  event: "user",
  ltime: 1,
  name: "deploy",
  payload: undefined,
  coalesce: false,
};

const goodbye = "\nRemote side ended the monitor! This usually means that the\n" +
  "remote side has exited or crashed.\n";

Deno.test("monitor prints events and lines until the agent goes away", async () => {
  const asked: string[] = [];
  const context = new RecordedContext({
    stream(filter = "") {
      asked.push(filter);
      return Promise.resolve(streamOf([deploy]));
    },
    monitor(level) {
      asked.push(level);
      return Promise.resolve(streamOf(["2026/11/23 04:51:38 [INFO] agent: x", ""]));
    },
  });
  assert.equal(await monitor.execute([], context), 1);
  assert.deepEqual(asked, ["*", "INFO"]);
  assert(context.stdout.endsWith(goodbye));
  const lines = context.stdout.slice(0, -goodbye.length);
  assert(lines.includes("2026/11/23 04:51:38 [INFO] agent: x\n\n"));
  assert(lines.includes('Event Info:\n\tCoalesce: false\n\tEvent: "user"\n'));
});

Deno.test("monitor lets no line of any agent reach for the terminal", async () => {
  const context = new RecordedContext({
    stream: () => Promise.resolve(streamOf<EventRecord>([])),
    monitor: () => Promise.resolve(streamOf(["EventMemberJoin: \x1b[31mred 10.0.0.1\n\tmore"])),
  });
  await monitor.execute([], context);
  assert(context.stdout.startsWith("EventMemberJoin: \\x1b[31mred 10.0.0.1\n\tmore\n"));
});

Deno.test("monitor says goodbye as well if the connection breaks", async () => {
  const lines = streamOf(["one"], { open: true });
  lines.end(new RpcError("closed", "client closed"));
  const context = new RecordedContext({
    stream: () => Promise.resolve(streamOf<EventRecord>([])),
    monitor: () => Promise.resolve(lines),
  });
  assert.equal(await monitor.execute(["-log-level=debug"], context), 1);
  assert.equal(context.stdout, `one\n${goodbye}`);
});

Deno.test("monitor says which of its two streams was refused", async () => {
  const refusal = (text: string) => () => Promise.reject(new RpcError("refused", text));
  const first = new RecordedContext({ stream: refusal("Authentication required") });
  assert.equal(await monitor.execute([], first), 1);
  assert.equal(first.stdout, "Error starting stream: Authentication required\n");

  const second = new RecordedContext({
    stream: () => Promise.resolve(streamOf<EventRecord>([], { open: true })),
    monitor: refusal("Unknown log level: FOO"),
  });
  assert.equal(await monitor.execute(["-log-level=foo"], second), 1);
  assert.equal(second.stdout, "Error starting monitor: Unknown log level: FOO\n");
});

Deno.test("monitor ends with 0 when interrupted, even before the agent answers", async () => {
  const context = new RecordedContext({ stream: () => new Promise(() => {}) });
  const end = monitor.execute([], context);
  context.interrupt();
  assert.equal(await end, 0);
  assert.equal(context.stdout + context.stderr, "");
});

Deno.test("monitor -format=json prints one object a line, and says goodbye beside it", async () => {
  const context = new RecordedContext({
    stream: () => Promise.resolve(streamOf([deploy])),
    monitor: () => Promise.resolve(streamOf(['2026/11/23 04:51:38 [INFO] agent: "x"'])),
  });
  assert.equal(await monitor.execute(["-format=json"], context), 1);
  const objects = context.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(objects.length, 2);
  assert(objects.some(({ log }) => log?.message === '"x"' && log.level === "INFO"));
  assert(objects.some(({ event }) => event?.name === "deploy"));
  assert.equal(context.stderr, goodbye);
});
