import assert from "node:assert/strict";
import { listMembers } from "../../../src/cli/matching_members.ts";
import { RpcError } from "../../../src/rpc/rpc_error.ts";
import { memberRecord, RecordedContext } from "../../support/command_context.ts";

const closed = new RpcError("closed", "client closed");

async function list(answer: Promise<never> | undefined, name: string) {
  const agent = await new RecordedContext({
    membersFiltered: () => answer ?? Promise.resolve([memberRecord()]),
  }).connect({});
  return await listMembers(agent, { name, status: "", tags: new Map() });
}

Deno.test("listMembers() lists what the agent finds", async () => {
  assert.deepEqual((await list(undefined, "n.")).map(({ name }) => name), ["n1"]);
});

Deno.test("listMembers() blames a bad expression where an agent hung up at one", async () => {
  await assert.rejects(list(Promise.reject(closed), "["), {
    kind: "refused",
    message: /^Failed to compile regex: /,
  });
  await assert.rejects(list(Promise.reject(closed), "n1"), closed);
});
