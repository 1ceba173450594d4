/** Every Serf protocol from 2 to 5 in one mixed cluster: all see all, and do what theirs allows. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { needsReference } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";
import { MixedCluster } from "../support/mixed_cluster.ts";

/** The protocol that each agent speaks; both kinds speak an old one and a new one. */
const protocols = new Map([
  ["ours-1", 2],
  ["reference-1", 3],
  ["ours-2", 5],
  ["reference-2", 4],
]);
/** What an agent must speak to ask a query. */
const firstWithQueries = 4;

Deno.test({
  name: "Mixed cluster: Serf protocols 2 to 5 live together",
  ...needsReference,
  fn: async (test) => {
    await using cluster = await MixedCluster.create("127.73.10", ["-profile=lan", "-tag=role=web"]);
    await cluster.startAll((name) => [`-protocol=${protocols.get(name)}`]);

    await test.step("everybody shows everybody's protocol, and the tags that it can carry", async () => {
      for (const agent of cluster.agents.values()) {
        const { stdout } = await agent.cli(["members", "-format=json"], "reference");
        const { members }: { members: MemberWithProtocol[] } = JSON.parse(stdout);
        deepStrictEqual(
          new Map(members.map(({ name, protocol }) => [name, protocol.version])),
          new Map(members.map(({ name }) => [name, protocols.get(name)])),
        );
        for (const { name, protocol, tags } of members) {
          deepStrictEqual([protocol.min, protocol.max], [2, 5]);
          const { kind } = cluster.agent(name);
          deepStrictEqual(
            tags,
            protocol.version === 2 ? { role: "web" } : { kind, name, role: "web" },
          );
        }
      }
    });

    await test.step("an event of the oldest reaches all", async () => {
      await cluster.agent("ours-1").cli(["event", "-coalesce=false", "hello"], "reference");
      for (const name of protocols.keys()) {
        await eventually(`${name} hears it`, async () => (await cluster.heard(name)).length > 0);
        deepStrictEqual(await cluster.heard(name), ["hello "]);
      }
    });

    await test.step("who speaks of queries asks all; who does not says so", async () => {
      await Promise.all([...protocols].map(async ([name, protocol]) => {
        const asker = cluster.agent(name);
        if (protocol < firstWithQueries) {
          const { code, stdout } = await asker.cli(["query", "-timeout=1s", "any"], "reference");
          strictEqual(stdout, "Error sending query: Feature not supported\n");
          return strictEqual(code, 1);
        }
        await eventually(`${name} hears of all four`, async () => {
          const { stdout } = await asker.cli(["query", "-timeout=1s", "any"], "reference");
          return stdout.includes("Total Acks: 4\n");
        });
      }));
    });
  },
});

interface MemberWithProtocol {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly protocol: { readonly version: number; readonly min: number; readonly max: number };
}
