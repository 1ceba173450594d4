/** Three real agents, one of which is killed: a survivor tells what it saw. */

import { match, ok, strictEqual } from "node:assert/strict";
import { AgentProcess, needsReference } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";

const net = "127.76.15";

function start(name: string, host: number) {
  return AgentProcess.start("ours", { name, bind: `${net}.${host}`, args: ["-profile=local"] });
}

Deno.test("serf why names who accused a killed agent, and says that it was declared failed", async () => {
  await using asked = await start("asked", 1);
  await using other = await start("other", 2);
  await using victim = await start("victim", 3);
  strictEqual((await asked.cli(["join", other.bind, victim.bind])).code, 0);
  await eventually("all are members", async () => {
    const { stdout } = await other.cli(["members", "-status=alive"]);
    return stdout.trim().split("\n").length === 3;
  });
  await victim.kill();
  await eventually("the victim is declared failed", async () => {
    const { stdout } = await asked.cli(["members", "-status=failed"]);
    return stdout.includes("victim");
  });

  const { code, stdout } = await asked.cli(["why", "victim"]);
  strictEqual(code, 0);
  match(stdout, /^victim \(127\.76\.15\.3:7946\) is failed; last heard by packet [\d.]+ s ago/);
  match(stdout, /Z {2}(asked \(this agent\)|other) accused it: it may have failed\./);
  match(stdout, /(asked \(this agent\) declared it failed|Declared failed, as other claimed)/);
  match(stdout, /\nThis is what asked alone saw\. Other agents may have seen something else\.\n$/);

  const { story, status } = JSON.parse((await asked.cli(["why", "-format=json", "victim"])).stdout);
  strictEqual(status, "failed");
  const types: string[] = story.map(({ type }: { readonly type: string }) => type);
  ok(types.indexOf("suspected") < types.indexOf("declared-failed"), types.join(" "));

  const nobody = await asked.cli(["why", "nobody"]);
  strictEqual(nobody.code, 1);
  match(nobody.stdout, /^This agent knows nobody of the name "nobody"/);
});

Deno.test({
  name: "serf why says that HashiCorp's agent keeps no evidence",
  ...needsReference,
  fn: async () => {
    await using agent = await AgentProcess.start("reference", { name: "theirs", bind: `${net}.4` });
    const { code, stdout } = await agent.cli(["why", "theirs"], "ours");
    strictEqual(code, 1);
    match(stdout, /^Error asking the agent: this agent keeps no evidence \(HashiCorp's does not\)/);
  },
});
