import assert from "node:assert/strict";
import { encodeText } from "../../../../src/bytes/text.ts";
import { event } from "../../../../src/cli/commands/event.ts";
import { RpcError } from "../../../../src/rpc/rpc_error.ts";
import { RecordedContext } from "../../../support/command_context.ts";

interface Sent {
  readonly name: string;
  readonly payload: Uint8Array | undefined;
  readonly coalesce: boolean | undefined;
}

async function run(...args: string[]) {
  const sent: Sent[] = [];
  const context = new RecordedContext({
    userEvent(name, payload, options) {
      sent.push({ name, payload, coalesce: options?.coalesce });
      return Promise.resolve();
    },
  });
  const code = await event.execute(args, context);
  return { code, sent, context };
}

Deno.test("event sends name and payload", async () => {
  const { code, sent, context } = await run("deploy", "v1\udcff");
  assert.equal(code, 0);
  assert.deepEqual(sent, [{ name: "deploy", payload: encodeText("v1\udcff"), coalesce: true }]);
  assert.equal(context.stdout, "Event 'deploy' dispatched! Coalescing enabled: true\n");
});

Deno.test("event tells no payload from an empty one", async () => {
  assert.equal((await run("x")).sent[0]?.payload, undefined);
  assert.deepEqual((await run("x", "")).sent[0]?.payload, new Uint8Array());
});

Deno.test("event sends dashes behind -- and an empty name", async () => {
  const { sent } = await run("-coalesce=false", "--", "", "-v");
  assert.deepEqual(sent, [{ name: "", payload: encodeText("-v"), coalesce: false }]);
});

Deno.test("event takes flags behind the name as arguments", async () => {
  const { sent, context } = await run("x", "-coalesce=false");
  assert.deepEqual(sent[0]?.payload, encodeText("-coalesce=false"));
  assert.equal(context.stdout, "Event 'x' dispatched! Coalescing enabled: true\n");
});

Deno.test("event wants one or two arguments before it connects", async () => {
  const none = await run();
  assert.equal(none.code, 1);
  assert.match(none.context.stdout, /^An event name must be specified\.\n\nUsage: serf event /);
  assert.deepEqual(none.context.connections, []);

  const three = await run("a", "b", "c");
  assert.equal(three.code, 1);
  assert.match(
    three.context.stdout,
    /^Too many command line arguments\. Only a name and payload must be specified\.\n\nUsage: /,
  );
  assert.deepEqual(three.context.connections, []);
});

Deno.test("event says why the agent refused", async () => {
  const reason = "user event exceeds configured limit of 512 bytes before encoding";
  const context = new RecordedContext({
    userEvent: () => Promise.reject(new RpcError("refused", reason)),
  });
  assert.equal(await event.execute(["x"], context), 1);
  assert.equal(context.stdout, `Error sending event: ${reason}\n`);
});
