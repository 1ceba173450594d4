import assert from "node:assert/strict";
import { members } from "../../../../src/cli/commands/members.ts";
import { formatMembers, formatMembersJson } from "../../../../src/cli/output/member_table.ts";
import type { MemberExpressions } from "../../../../src/rpc/client.ts";
import { RpcError } from "../../../../src/rpc/rpc_error.ts";
import { memberRecord, RecordedContext } from "../../../support/command_context.ts";

const n1 = memberRecord({ tags: new Map([["role", "web"], ["dc", "east"]]) });
const two = memberRecord({ name: "node-two", addr: Uint8Array.of(127, 0, 0, 2), delegateCur: 4 });
const ipv6 = new Uint8Array(16);
ipv6[15] = 1;

async function run(...args: string[]) {
  const asked: MemberExpressions[] = [];
  const context = new RecordedContext({
    membersFiltered(expressions = {}) {
      asked.push(expressions);
      return Promise.resolve([two, n1]);
    },
  });
  return { code: await members.execute(args, context), asked, context };
}

Deno.test("formatMembers() aligns members and sorts tags", () => {
  assert.equal(
    formatMembers([n1, two], false),
    "n1        127.0.0.1:7946  alive  dc=east,role=web\nnode-two  127.0.0.2:7946  alive",
  );
  assert.equal(
    formatMembers([two, n1], false),
    "node-two  127.0.0.2:7946  alive  \nn1        127.0.0.1:7946  alive  dc=east,role=web",
  );
  assert.equal(formatMembers([], false), "");
});

Deno.test("formatMembers() adds protocol columns", () => {
  assert.equal(
    formatMembers([two], true),
    "node-two  127.0.0.2:7946  alive    Protocol Version: 4  Available Protocol Range: [2, 5]",
  );
});

Deno.test("formatMembers() prints addresses of both families, mapped ones as IPv4", () => {
  const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1);
  const shown = [ipv6, mapped, undefined].map((addr) =>
    formatMembers([memberRecord({ addr })], false).split("  ")[1]
  );
  assert.deepEqual(shown, ["[::1]:7946", "10.0.0.1:7946", ":7946"]);
});

Deno.test("formatMembersJson() shows records in order, tags and protocol sorted", () => {
  assert.equal(
    formatMembersJson([n1]),
    `{
  "members": [
    {
      "name": "n1",
      "addr": "127.0.0.1:7946",
      "port": 7946,
      "tags": {
        "dc": "east",
        "role": "web"
      },
      "status": "alive",
      "protocol": {
        "max": 5,
        "min": 2,
        "version": 5
      }
    }
  ]
}`,
  );
  assert.equal(formatMembersJson([]), '{\n  "members": null\n}');
});

Deno.test("members sorts by name and passes expressions on", async () => {
  const { code, asked, context } = await run("-name=n.*", "-status", "alive", "-tag=a=b=c");
  assert.equal(code, 0);
  assert.deepEqual(asked, [{ name: "n.*", status: "alive", tags: new Map([["a", "b=c"]]) }]);
  assert.equal(context.stdout, `${formatMembers([n1, two], false)}\n`);
  assert.equal(context.stderr, "");
});

Deno.test("members prints an empty line if there is none", async () => {
  const context = new RecordedContext({ membersFiltered: () => Promise.resolve([]) });
  assert.equal(await members.execute([], context), 0);
  assert.equal(context.stdout, "\n");
});

Deno.test("members warns of -role on stderr, and lets it override -tag", async () => {
  const { asked, context } = await run("-role=web", "-tag", "role=db", "-format=json");
  assert.deepEqual(asked[0]?.tags, new Map([["role", "web"]]));
  assert.equal(
    context.stderr,
    "Deprecation warning: 'Role' has been replaced with 'Tags'\n",
  );
  assert.equal(context.stdout, `${formatMembersJson([n1, two])}\n`);
});

Deno.test("members judges tags and the format before it connects", async () => {
  const tag = await run("-tag", "=x");
  assert.equal(tag.code, 1);
  assert.equal(tag.context.stdout, "Error: Invalid tag: '=x'\n");
  assert.deepEqual(tag.context.connections, []);

  const format = await run("-format=xml");
  assert.equal(format.code, 1);
  assert.deepEqual(format.context.connections, []);
  assert.equal(format.context.stdout, 'Encoding error: Invalid output format "xml"\n');
});

Deno.test("members says why the agent failed", async () => {
  const context = new RecordedContext({
    membersFiltered: () => Promise.reject(new RpcError("closed", "client closed")),
  });
  assert.equal(await members.execute([], context), 1);
  assert.equal(context.stdout, "Error retrieving members: client closed\n");
});

Deno.test("members says which expression is bad if the agent hangs up on it", async () => {
  const context = new RecordedContext({
    membersFiltered: () => Promise.reject(new RpcError("closed", "client closed")),
  });
  assert.equal(await members.execute(["-name=x", "-tag", "role=["], context), 1);
  assert.equal(
    context.stdout,
    "Error retrieving members: Failed to compile regex: error parsing regexp: " +
      "missing closing ]: `[$`\n",
  );
});
