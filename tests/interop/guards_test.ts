/** HashiCorp's agent as the stranger: kept out by name and by address, with few words about it. */

import assert from "node:assert/strict";
import { AgentProcess, needsReference } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";

/** How often the stranger knocks. */
const tries = 8;

async function knock(stranger: AgentProcess, at: string): Promise<string[]> {
  const answers: string[] = [];
  for (let i = 0; i < tries; i++) answers.push((await stranger.cli(["join", at])).stdout);
  return answers;
}

Deno.test({
  name: "HashiCorp's agent stays out of a cluster with a label, and is complained of once",
  ...needsReference,
  fn: async () => {
    await using guard = await AgentProcess.start("ours", {
      name: "guard",
      bind: "127.76.8.1",
      args: ["-label=blue"],
    });
    await using stranger = await AgentProcess.start("reference", {
      name: "stranger",
      bind: "127.76.8.2",
    });
    for (const answer of await knock(stranger, "127.76.8.1")) {
      assert.match(answer, /^Error joining the cluster/);
    }
    assert.deepEqual([...(await guard.members()).keys()], ["guard"]);
    assert.deepEqual([...(await stranger.members()).keys()], ["stranger"]);
    const complaints = guard.output.split("\n").filter((line) => line.includes("Label is missing"));
    // A slow machine may be at it for more than the minute in which it is said once.
    assert(complaints.length >= 1 && complaints.length < tries, guard.output);
  },
});

Deno.test({
  name: "HashiCorp's agent from a foreign network is no member, and is complained of once",
  ...needsReference,
  fn: async () => {
    await using guard = await AgentProcess.start("ours", {
      name: "guard",
      bind: "127.76.9.1",
      args: ["-cidr-allow=127.76.9.0/29"],
    });
    await using friend = await AgentProcess.start("reference", {
      name: "friend",
      bind: "127.76.9.2",
    });
    await using stranger = await AgentProcess.start("reference", {
      name: "stranger",
      bind: "127.76.9.77",
    });
    await friend.cli(["join", "127.76.9.1"]);
    await eventually("the friend is a member", async () => (await guard.members()).has("friend"));
    await knock(stranger, "127.76.9.1");
    assert.equal((await guard.members()).has("stranger"), false);
    const complaints = guard.output.split("\n").filter((line) => {
      return line.includes("its address 127.76.9.77 is in no allowed network");
    });
    assert(complaints.length >= 1 && complaints.length < tries, guard.output);
  },
});
