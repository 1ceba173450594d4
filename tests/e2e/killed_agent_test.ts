/** What an agent that is killed with SIGKILL at the worst moment does when it comes back. */

import { deepStrictEqual } from "node:assert/strict";
import { AgentProcess, eventually } from "../support/agents.ts";

const rounds = 3;

Deno.test("No handler runs twice when its agent is killed right behind it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "serf-killed-" });
  await using anchor = await AgentProcess.start("ours", {
    name: "anchor",
    bind: "127.76.9.1",
    args: ["-profile=local"],
  });
  const start = () =>
    AgentProcess.start("ours", {
      name: "killed",
      bind: "127.76.9.2",
      args: [
        "-profile=local",
        `-snapshot=${folder}/snapshot`,
        `-event-handler=user=echo $SERF_USER_EVENT >> ${folder}/heard`,
        // The shell's parent is the agent.
        "-event-handler=user:last=kill -9 $PPID",
      ],
    });
  const heard = async () => (await Deno.readTextFile(`${folder}/heard`)).trim().split("\n");
  const fire = (name: string) => anchor.cli(["event", "-coalesce=false", name]);
  let agent = await start();
  try {
    await agent.cli(["join", anchor.bind]);
    const expected: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const names = [`first-${round}`, `second-${round}`, "last"];
      for (const name of names) await fire(name);
      await agent.exit();

      agent = await start();
      await agent.waitForOutput("Re-joined to previously known node: anchor");
      // Whatever the anchor told again stands before what it tells now.
      await fire(`again-${round}`);
      await eventually(`again-${round} is heard`, async () => {
        return (await heard()).includes(`again-${round}`);
      }, { detail: () => agent.output });
      expected.push(...names, `again-${round}`);
      deepStrictEqual((await heard()).toSorted(), expected.toSorted());
    }
  } finally {
    await agent.kill();
    await Deno.remove(folder, { recursive: true });
  }
});
