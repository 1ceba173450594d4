import assert from "node:assert/strict";
import { reachability, reportAnswers } from "../../../../src/cli/commands/reachability.ts";
import type { QueryRecord } from "../../../../src/rpc/commands.ts";
import { RpcError } from "../../../../src/rpc/rpc_error.ts";
import { memberRecord, RecordedContext, streamOf } from "../../../support/command_context.ts";

const cluster = [
  memberRecord({ name: "n1" }),
  memberRecord({ name: "n2" }),
  memberRecord({ name: "n3", status: "failed" }),
];

async function run(acks: readonly string[], ...args: string[]) {
  const asked: unknown[] = [];
  const context = new RecordedContext({
    members: () => Promise.resolve(cluster),
    query(name, payload, options) {
      asked.push([name, payload, options?.requestAck]);
      return Promise.resolve(
        streamOf<QueryRecord>(acks.map((from) => ({ type: "ack", from, payload: undefined }))),
      );
    },
  });
  return { code: await reachability.execute(args, context), asked, context };
}

const start = "Total members: 3, live members: 2\nStarting reachability test...\n";

Deno.test("reachability is content if all live members answered", async () => {
  const { code, asked, context } = await run(["n2", "n1"]);
  assert.equal(code, 0);
  assert.deepEqual(asked, [["_serf_ping", undefined, true]]);
  assert.equal(context.stdout, `${start}Successfully contacted all live nodes\n`);
});

Deno.test("reachability -verbose shows answers and times", async () => {
  const { context } = await run(["n1", "n2"], "-verbose");
  assert.match(
    context.stdout,
    /\n\tAck from 'n1'\n\tAck from 'n2'\nQuery time: \d+\.\d\d sec, time to last response: \d+\.\d\d sec\nSuccessfully/,
  );
});

Deno.test("reachability names live members that did not answer", async () => {
  const { code, context } = await run([]);
  assert.equal(code, 1);
  assert(context.stdout.startsWith(
    `${start}Received less acks than live nodes! Missing acks from:\n\tn1\n\tn2\n` +
      "This could mean Serf gossip packets are being lost due to a misconfiguration or network issue.\n" +
      "\nTroubleshooting tips:\n* ",
  ));
  assert.equal(context.stdout.match(/^\* /gm)?.length, 5);
});

Deno.test("reachability names nodes that answered although they are not live", async () => {
  const { code, context } = await run(["n1", "n2", "n3"]);
  assert.equal(code, 1);
  assert(context.stdout.startsWith(
    `${start}Received more acks than live nodes! Acks from non-live nodes:\n\tn3\n`,
  ));
});

Deno.test("reachability fails if a node answers twice, even if the numbers match", async () => {
  const { code, context } = await run(["n1", "n1", "n2"]);
  assert.equal(code, 1);
  assert(context.stdout.includes("Duplicate response from 'n1'\n"));
  assert(context.stdout.includes("Successfully contacted all live nodes\n"));
  assert(context.stdout.endsWith("Ensure that the names of all nodes are unique.\n"));
});

Deno.test("reachability says that it was interrupted", async () => {
  const context = new RecordedContext({ members: () => new Promise(() => {}) });
  const end = reachability.execute([], context);
  context.interrupt();
  assert.equal(await end, 1);
  assert.equal(context.stdout, "Test interrupted\n");
});

Deno.test("reachability says what failed", async () => {
  const refuse = () => Promise.reject(new RpcError("refused", "Authentication required"));
  const members = new RecordedContext({ members: refuse });
  assert.equal(await reachability.execute([], members), 1);
  assert.equal(members.stdout, "Error getting members: Authentication required\n");

  const query = new RecordedContext({ members: () => Promise.resolve(cluster), query: refuse });
  assert.equal(await reachability.execute([], query), 1);
  assert.equal(query.stdout, `${start}Error sending query: Authentication required\n`);
});

Deno.test("reportAnswers() compares numbers, and names who is missing", () => {
  const context = new RecordedContext();
  assert.equal(reportAnswers(new Set(["a", "b"]), new Set(["a", "z"]), context.terminal), true);
  assert.equal(reportAnswers(new Set(["b", "a"]), new Set(["z"]), context.terminal), false);
  assert(context.stdout.includes("Missing acks from:\n\ta\n\tb\n"));
});

Deno.test("reachability -format=json is one object, whatever the outcome", async () => {
  const good = await run(["n2", "n1"], "-format=json");
  assert.equal(good.code, 0);
  const { query_seconds, last_ack_seconds, ...facts } = JSON.parse(good.context.stdout);
  assert(query_seconds >= last_ack_seconds && last_ack_seconds >= 0);
  assert.deepEqual(facts, {
    reachable: true,
    members: 3,
    live: 2,
    acks: ["n1", "n2"],
    missing: [],
    unexpected: [],
    duplicates: [],
  });
  const bad = await run(["n1", "n1", "n3", "n4"], "-format=json");
  assert.equal(bad.code, 1);
  const report = JSON.parse(bad.context.stdout);
  assert.equal(report.reachable, false);
  assert.deepEqual(report.missing, ["n2"]);
  assert.deepEqual(report.unexpected, ["n3", "n4"]);
  assert.deepEqual(report.duplicates, ["n1"]);
});
