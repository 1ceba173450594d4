/**
 * Two agents of one name in a mixed cluster: the cluster's vote ends the newcomer
 * and spares the other, whichever of the two is ours.
 */

import { match, strictEqual } from "node:assert/strict";
import { AgentProcess, type Kind, needsReference } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";

function startAgent(kind: Kind, name: string, host: number, ...args: readonly string[]) {
  return AgentProcess.start(kind, {
    name,
    bind: `127.73.4.${host}`,
    // Voters have more time to answer than on one machine: the reference takes silence for a no.
    args: ["-profile=lan", `-tag=kind=${kind}`, ...args],
  });
}

const contests = [
  { owning: "ours", rivalling: "reference", host: 10 },
  { owning: "reference", rivalling: "ours", host: 20 },
] as const;

Deno.test({
  name: "Mixed cluster: a contested name stays with its owner, whichever kind that is",
  ...needsReference,
  fn: async (test) => {
    await using ours = await startAgent("ours", "voter-1", 1);
    await using reference = await startAgent("reference", "voter-2", 2, `-join=${ours.bind}`);

    for (const { owning, rivalling, host } of contests) {
      await test.step(`${owning} keeps its name, ${rivalling} has to go`, async () => {
        const name = `contested-${host}`;
        await using owner = await startAgent(owning, name, host, `-join=${ours.bind}`);
        const witnesses = [ours, reference, owner];
        for (const witness of witnesses) {
          await eventually(`${witness.name} sees the owner and the voters`, async () => {
            const members = await witness.members("reference");
            return [name, "voter-1", "voter-2"].every((one) => {
              return members.get(one)?.status === "alive";
            });
          });
        }

        await using rival = await startAgent(rivalling, name, host + 1);
        // Through the owner, so that both hear of each other, and both let the cluster vote.
        await rival.cli(["join", owner.bind], "reference");
        // What watches over it is to start it again; the reference says that all went well.
        strictEqual(await rival.exit(), rivalling === "ours" ? 1 : 0, rival.output);
        match(rival.output, /minority in name conflict resolution, quitt?ing \[0 \/ 2\]/);
        match(rival.output, /\[WARN\] agent: Serf shutdown detected, quitting/);
        await owner.waitForOutput("majority in name conflict resolution [2 / 2]");

        for (const witness of witnesses) {
          const member = (await witness.members("reference")).get(name);
          strictEqual(member?.status, "alive", witness.name);
          strictEqual(member?.addr, `${owner.bind}:7946`);
          strictEqual(member?.tags["kind"], owning);
        }
      });
    }
  },
});
