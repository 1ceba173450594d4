import assert from "node:assert/strict";
import { health } from "../../../../src/cli/commands/health.ts";
import { RpcError } from "../../../../src/rpc/rpc_error.ts";
import type { MemberRecord } from "../../../../src/rpc/commands.ts";
import { memberRecord, RecordedContext } from "../../../support/command_context.ts";

interface Cluster {
  readonly members?: readonly Partial<MemberRecord>[];
  readonly score?: number;
}

const web = new Map([["role", "web"]]);
const pair = [{ name: "a.b" }, { name: "n2", tags: web }];

/** Plays the agent "a.b" of a cluster, with expressions as plain texts. */
function contextOf({ members = pair, score = 0 }: Cluster): RecordedContext {
  const records = members.map(memberRecord);
  const count = (status: string) => records.filter((each) => each.status === status).length;
  return new RecordedContext({
    stats: () =>
      Promise.resolve(
        new Map([
          ["agent", new Map([["name", "a.b"]])],
          [
            "serf",
            new Map([
              ["members", `${records.length}`],
              ["failed", `${count("failed")}`],
              ["left", `${count("left")}`],
              ["health_score", `${score}`],
            ]),
          ],
        ]),
      ),
    membersFiltered: ({ name = "", status = "", tags = new Map() } = {}) =>
      Promise.resolve(
        records.filter((each) =>
          (name === "" || new RegExp(`^${name}$`).test(each.name)) &&
          (status === "" || status === each.status) &&
          [...tags].every(([key, value]) => each.tags.get(key) === value)
        ),
      ),
  });
}

async function run(cluster: Cluster, ...args: string[]) {
  const context = contextOf(cluster);
  const code = await health.execute(args, context);
  return [code, context.stdout.trimEnd(), context.stderr.trimEnd()];
}

Deno.test("health says one word, with the reason on standard error", async () => {
  assert.deepEqual(await run({}), [0, "healthy", ""]);
  assert.deepEqual(await run({ members: [{ name: "a.b" }] }), [
    1,
    "alone",
    "1 of 2 members are alive",
  ]);
  assert.deepEqual(await run({}, "-members=3"), [1, "incomplete", "2 of 3 members are alive"]);
  assert.deepEqual(await run({ score: 2 }), [
    1,
    "degraded",
    "The agent misses answers of others: its health score is 2",
  ]);
  assert.deepEqual(await run({ score: 1 }), [0, "healthy", ""]);
  assert.deepEqual(await run({ members: [{ name: "a.b", status: "leaving" }, ...pair.slice(1)] }), [
    1,
    "leaving",
    "The agent leaves the cluster: its status is leaving",
  ]);
});

Deno.test("health counts failed members only where alive ones are missing", async () => {
  const members = [...pair, { name: "n3", status: "failed" }];
  assert.deepEqual(await run({ members }), [0, "healthy", ""]);
  assert.deepEqual(await run({ members }, "-members=3"), [
    1,
    "incomplete",
    "2 of 3 members are alive; 1 failed",
  ]);
});

Deno.test("health -members=1 asks only whether the agent lives", async () => {
  const members = [{ name: "a.b" }, { name: "n2", status: "failed" }];
  assert.deepEqual(await run({ members, score: 8 }, "-members=1"), [0, "healthy", ""]);
});

Deno.test("health -tag counts the members that have it, at least one", async () => {
  assert.deepEqual(await run({}, "-tag", "role=web"), [0, "healthy", ""]);
  assert.deepEqual(await run({}, "-tag", "role=web", "-members=2"), [
    1,
    "incomplete",
    "1 of 2 members with role=web are alive",
  ]);
});

Deno.test("health -format=json has the numbers behind the word", async () => {
  const [code, stdout] = await run({}, "-members=3", "-format=json");
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(String(stdout)), {
    status: "incomplete",
    healthy: false,
    reason: "2 of 3 members are alive",
    wanted: 3,
    node: "a.b",
    members: 2,
    failed: 0,
    health_score: 0,
  });
});

Deno.test("health tells apart who does not answer and who refuses", async () => {
  for (
    const [kind, word] of [["dial", "unreachable"], ["closed", "unreachable"], [
      "refused",
      "refused",
    ]] as const
  ) {
    const context = contextOf({});
    context.connect = () => Promise.reject(new RpcError(kind, "the reason"));
    assert.equal(await health.execute(["-wait=1ms"], context), 1);
    assert.equal(context.stdout, `${word}\n`);
    assert.equal(context.stderr, "Error connecting to Serf agent: the reason\n");
  }
});

Deno.test("health -wait asks again until all is well", async () => {
  const context = contextOf({});
  const { connect } = context;
  let tries = 0;
  context.connect = (options) => {
    return tries++ === 0
      ? Promise.reject(new RpcError("dial", "not yet"))
      : connect.call(context, options);
  };
  assert.equal(await health.execute(["-wait=20s"], context), 0);
  assert.deepEqual([tries, context.stdout], [2, "healthy\n"]);
});

Deno.test("health -wait is over in time, also where an agent says nothing", async () => {
  const context = contextOf({});
  context.connect = () => new Promise(() => {});
  assert.equal(await health.execute(["-wait=10ms"], context), 1);
  assert.equal(context.stdout, "unreachable\n");
});

Deno.test("health refuses what it cannot ask, before it connects", async () => {
  for (const arg of ["-members=0", "-wait=-1s", "-tag=role", "-format=xml", "stray"]) {
    const context = contextOf({});
    assert.equal(await health.execute([arg], context), 1, arg);
    assert.deepEqual(context.connections, []);
  }
});

Deno.test("health says which expression is bad", async () => {
  const context = contextOf({});
  const { connect } = context;
  context.connect = async (options) => ({
    ...await connect.call(context, options),
    membersFiltered: () => Promise.reject(new RpcError("refused", "Failed to compile regex: x")),
  });
  assert.equal(await health.execute(["-tag", "role=["], context), 1);
  assert.equal(context.stdout, "Error: Failed to compile regex: x\n");
});
