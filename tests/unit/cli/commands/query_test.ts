import assert from "node:assert/strict";
import { encodeText } from "../../../../src/bytes/text.ts";
import { query } from "../../../../src/cli/commands/query.ts";
import type { QueryOptions } from "../../../../src/rpc/client.ts";
import type { QueryRecord } from "../../../../src/rpc/commands.ts";
import { RpcError } from "../../../../src/rpc/rpc_error.ts";
import { memberRecord, RecordedContext, streamOf } from "../../../support/command_context.ts";

interface Asked {
  readonly name: string;
  readonly payload: Uint8Array | undefined;
  readonly options: QueryOptions | undefined;
}

const ack = (from: string): QueryRecord => ({ type: "ack", from, payload: undefined });
const response = (from: string, text: string): QueryRecord => ({
  type: "response",
  from,
  payload: encodeText(text),
});

async function run(answers: readonly QueryRecord[], ...args: string[]) {
  return await runAmong([], answers, ...args);
}

/** @param memberNames the members that the agent lists. */
async function runAmong(
  memberNames: readonly string[],
  answers: readonly QueryRecord[],
  ...args: string[]
) {
  const asked: Asked[] = [];
  const members = memberNames.map((name) => memberRecord({ name }));
  const context = new RecordedContext({
    members: () => Promise.resolve(members),
    membersFiltered: () => Promise.resolve(members),
    query(name, payload, options) {
      asked.push({ name, payload, options });
      return Promise.resolve(streamOf(answers));
    },
  });
  return { code: await query.execute(args, context), asked, context };
}

Deno.test("query prints answers in order of arrival, then the totals", async () => {
  const answers = [ack("n1"), response("n1", "0.42\n"), ack("n2")];
  const { code, asked, context } = await run(answers, "load");
  assert.equal(code, 0);
  assert.deepEqual(asked, [{
    name: "load",
    payload: undefined,
    options: {
      filterNodes: [],
      filterTags: new Map(),
      requestAck: true,
      relayFactor: 0,
      timeout: 0,
    },
  }]);
  assert.equal(
    context.stdout,
    "Query 'load' dispatched\nAck from 'n1'\nResponse from 'n1': 0.42\nAck from 'n2'\n" +
      "Total Acks: 2\nTotal Responses: 1\n",
  );
});

Deno.test("query takes one newline off the end of an answer and leaves the rest as it is", async () => {
  const { context } = await run([response("n1", "a\nb\udcff\n\n")], "-no-ack", "q");
  assert.equal(
    context.stdout,
    "Query 'q' dispatched\nResponse from 'n1': a\nb\udcff\n\nTotal Responses: 1\n",
  );
});

Deno.test("query passes its flags on", async () => {
  const { asked } = await runAmong(
    ["a", "b"],
    [],
    ...["-node=a", "-node", "b", "-tag=role=w=", "-timeout=1.5s", "-no-ack", "-relay-factor=0x10"],
    ...["name", ""],
  );
  assert.deepEqual(asked, [{
    name: "name",
    payload: new Uint8Array(),
    options: {
      filterNodes: ["a", "b"],
      filterTags: new Map([["role", "w="]]),
      requestAck: false,
      relayFactor: 16,
      timeout: 1500,
    },
  }]);
});

Deno.test("query warns on stderr of a tag's expression that nobody can read", async () => {
  const { code, asked, context } = await run([], "-tag=role=(", "q");
  assert.equal(code, 0);
  assert.equal(asked.length, 1);
  assert.equal(context.stdout, "Query 'q' dispatched\nTotal Acks: 0\nTotal Responses: 0\n");
  assert.equal(
    context.stderr,
    "Warning: no node will answer: error parsing regexp: missing closing ): `(`\n",
  );
});

Deno.test("query prints JSON at the end, with payloads as they came", async () => {
  const answers = [ack("n2"), response("n2", "x\n"), ack("n1"), response("n1", "")];
  const { code, context } = await run(answers, "-format=json", "q");
  assert.equal(code, 0);
  assert.equal(
    context.stdout,
    '{\n  "Acks": [\n    "n2",\n    "n1"\n  ],\n' +
      '  "Responses": {\n    "n1": "",\n    "n2": "x\\n"\n  }\n}\n',
  );
});

Deno.test("query prints JSON with null for no acks and {} for no responses", async () => {
  const { context } = await run([], "-format=json", "q");
  assert.equal(context.stdout, '{\n  "Acks": null,\n  "Responses": {}\n}\n');
});

Deno.test("query names on stderr, or in JSON, the members of which nothing came", async () => {
  const names = ["n1", "n2", "n3"];
  const { code, context } = await runAmong(names, [ack("n2")], "q");
  assert.equal(code, 0);
  assert.equal(context.stderr, "Nothing came from: n1, n3\n");
  const json = await runAmong(names, [ack("n2")], "-format=json", "q");
  assert.deepEqual(JSON.parse(json.context.stdout).Missing, ["n1", "n3"]);
  const meant = await runAmong(names, [], "-node=n3", "q");
  assert.equal(meant.context.stderr, "Nothing came from: n3\n");
});

Deno.test("query names ten silent members, and counts the others", async () => {
  const names = Array.from({ length: 12 }, (_, i) => `n${10 + i}`);
  const { context } = await runAmong(names, [], "q");
  assert.match(context.stderr, /^Nothing came from: n10, .*, n19 and 2 more\n$/);
});

Deno.test("query refuses names that no member has", async () => {
  const { code, asked, context } = await runAmong(["n1"], [], "-node=nosuch", "q");
  assert.equal(code, 1);
  assert.deepEqual(asked, []);
  assert.equal(context.stdout, "No member is called 'nosuch'\n");
  const some = await runAmong(["n1"], [ack("n1")], "-node=nosuch", "-node=n1", "q");
  assert.equal(some.code, 0);
  assert.equal(some.context.stderr, "Warning: No member is called 'nosuch'\n");
});

Deno.test("query checks its arguments before it connects", async () => {
  const cases: [string[], RegExp][] = [
    [[], /^A query name must be specified\.\n\nUsage: serf query /],
    [["a", "b", "c"], /^Too many command line arguments\. Only a name and payload must be/],
    [["-tag", "foo", "a"], /^Error: Invalid tag: 'foo'\n$/],
    [["-relay-factor=256", "a"], /^Relay factor must be between 0 and 255\n$/],
    [["-relay-factor=-1", "a"], /^Relay factor must be between 0 and 255\n$/],
  ];
  for (const [args, expected] of cases) {
    const { code, context } = await run([], ...args);
    assert.equal(code, 1);
    assert.match(context.stdout, expected);
    assert.deepEqual(context.connections, []);
  }
});

Deno.test("query judges the format before it connects", async () => {
  const { code, asked, context } = await run([], "-format=xml", "q");
  assert.equal(code, 1);
  assert.equal(context.stdout, "Invalid format: xml\n");
  assert.deepEqual(context.connections, []);
  assert.deepEqual(asked, []);
});

Deno.test("query says why it was refused, or broke off", async () => {
  const refused = new RecordedContext({
    query: () => Promise.reject(new RpcError("refused", "Feature not supported")),
  });
  assert.equal(await query.execute(["q"], refused), 1);
  assert.equal(refused.stdout, "Error sending query: Feature not supported\n");

  const broken = streamOf([ack("n1")], { open: true });
  broken.end(new RpcError("closed", "client closed"));
  const context = new RecordedContext({ query: () => Promise.resolve(broken) });
  assert.equal(await query.execute(["q"], context), 1);
  assert.equal(
    context.stdout,
    "Query 'q' dispatched\nAck from 'n1'\nError sending query: client closed\n",
  );
});

Deno.test("query ends with 1 and without totals when interrupted", async () => {
  const answers = streamOf<QueryRecord>([], { open: true });
  const context = new RecordedContext({ query: () => Promise.resolve(answers) });
  const end = query.execute(["q"], context);
  context.interrupt();
  assert.equal(await end, 1);
  assert(!context.stdout.includes("Total"));
});
