import assert from "node:assert/strict";
import { rtt } from "../../../../src/cli/commands/rtt.ts";
import type { CoordinateRecord } from "../../../../src/rpc/commands.ts";
import { RpcError } from "../../../../src/rpc/rpc_error.ts";
import { RecordedContext } from "../../../support/command_context.ts";

const origin: CoordinateRecord = {
  vec: [0, 0, 0, 0, 0, 0, 0, 0],
  error: 1.5,
  adjustment: 0,
  height: 1e-5,
};

const coordinates = new Map<string, CoordinateRecord>([
  ["n1", origin],
  ["n2", { ...origin, vec: [0.003, 0.004, 0, 0, 0, 0, 0, 0], adjustment: 0.0001 }],
  ["flat", { ...origin, vec: [0, 0] }],
]);

async function run(...args: string[]) {
  const asked: string[] = [];
  const context = new RecordedContext({
    stats: () => Promise.resolve(new Map([["agent", new Map([["name", "n1"]])]])),
    coordinate(node) {
      asked.push(node);
      return Promise.resolve(coordinates.get(node));
    },
  });
  return { code: await rtt.execute(args, context), asked, context };
}

Deno.test("rtt estimates the time between two nodes, in milliseconds", async () => {
  const { code, asked, context } = await run("n1", "n2");
  assert.equal(code, 0);
  assert.deepEqual(asked, ["n1", "n2"]);
  assert.equal(context.stdout, "Estimated n1 <-> n2 rtt: 5.120 ms\n");
  assert.equal(context.calls.includes("stats"), false);
});

Deno.test("rtt takes the agent's own node for the second", async () => {
  const { code, context } = await run("n2");
  assert.equal(code, 0);
  assert.equal(context.stdout, "Estimated n2 <-> n1 rtt: 5.120 ms\n");
  assert.equal((await run("n1")).context.stdout, "Estimated n1 <-> n1 rtt: 0.020 ms\n");
});

Deno.test("rtt names a node that the agent does not know", async () => {
  const { code, context } = await run("n1", 'a"b');
  assert.equal(code, 1);
  assert.equal(context.stdout, 'Could not find a coordinate for node "a\\"b"\n');
});

Deno.test("rtt refuses to compare positions in different spaces", async () => {
  const { code, context } = await run("n1", "flat");
  assert.equal(code, 1);
  assert.equal(context.stdout, "Error getting coordinates: they are of different spaces\n");
});

Deno.test("rtt wants one or two names, once it is connected", async () => {
  for (const args of [[], ["a", "b", "c"]]) {
    const { code, context } = await run(...args);
    assert.equal(code, 1);
    assert.match(context.stdout, /^One or two node names must be specified\n\nUsage: serf rtt /);
    assert.equal(context.connections.length, 1);
  }
});

Deno.test("rtt says what failed", async () => {
  const refuse = () => Promise.reject(new RpcError("refused", "Authentication required"));
  const one = new RecordedContext({ stats: refuse, coordinate: refuse });
  assert.equal(await rtt.execute(["n1"], one), 1);
  assert.equal(one.stdout, "Error querying agent: Authentication required\n");

  const two = new RecordedContext({ coordinate: refuse });
  assert.equal(await rtt.execute(["n1", "n2"], two), 1);
  assert.equal(two.stdout, "Error getting coordinates: Authentication required\n");
});

Deno.test("rtt -format=json is one object", async () => {
  const { code, context } = await run("-format=json", "n1", "n2");
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(context.stdout), { from: "n1", to: "n2", rtt_ms: 5.12 });
  const wrong = await run("-format=xml", "n1", "n2");
  assert.equal(wrong.code, 1);
  assert.equal(wrong.context.stdout, 'Encoding error: Invalid output format "xml"\n');
});
