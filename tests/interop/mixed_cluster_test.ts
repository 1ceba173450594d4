/**
 * Mixed clusters: two agents of this program and two of HashiCorp's, which must
 * not be able to tell who is who. Each variation goes through the same story.
 */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { needsReference } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";
import { MixedCluster } from "../support/mixed_cluster.ts";

interface Variation {
  readonly title: string;
  /** The first three bytes of the loopback addresses that this variation may use. */
  readonly net: string;
  readonly args: readonly string[];
}

function keyOf(length: number): string {
  return crypto.getRandomValues(new Uint8Array(length)).toBase64();
}

const variations: readonly Variation[] = [
  { title: "plain", net: "127.64.1", args: [] },
  { title: "without compression", net: "127.64.2", args: ["-disable-compression"] },
  { title: "with a 16-byte key", net: "127.64.3", args: [`-encrypt=${keyOf(16)}`] },
  { title: "with a 24-byte key", net: "127.64.4", args: [`-encrypt=${keyOf(24)}`] },
  {
    title: "with a 32-byte key and without compression",
    net: "127.64.5",
    args: [`-encrypt=${keyOf(32)}`, "-disable-compression"],
  },
];

const names = MixedCluster.names;

/** The life of one cluster. */
async function tellStory(variation: Variation, test: Deno.TestContext): Promise<void> {
  await using cluster = await MixedCluster.create(variation.net, [
    "-log-level=debug",
    ...variation.args,
  ]);
  for (const name of names) await cluster.start(name);

  await test.step("all four see all four after joins from either kind", async () => {
    const seed = cluster.agent("reference-1");
    const byOurs = await cluster.agent("ours-1").cli(["join", seed.bind]);
    strictEqual(byOurs.stdout, "Successfully joined cluster by contacting 1 nodes.\n");
    const byReference = await cluster.agent("reference-2").cli([
      "join",
      cluster.agent("ours-1").bind,
    ]);
    strictEqual(byReference.stdout, "Successfully joined cluster by contacting 1 nodes.\n");
    await cluster.agent("ours-2").cli(["join", cluster.agent("reference-2").bind]);
    await cluster.allSee(Object.fromEntries(names.map((name) => [name, "alive"])));
  });

  await test.step("everybody shows the right tags and addresses", async () => {
    for (const agent of cluster.agents.values()) {
      const members = await agent.members();
      for (const other of cluster.agents.values()) {
        const line = members.get(other.name);
        deepStrictEqual(line?.tags, { kind: other.kind, name: other.name });
        strictEqual(line?.addr, `${other.bind}:7946`);
      }
    }
  });

  await test.step("changed tags reach everybody, from either kind", async () => {
    for (const name of ["ours-1", "reference-1"]) {
      const { code } = await cluster.agent(name).cli(["tags", "-set", "color=blue"]);
      strictEqual(code, 0);
      for (const agent of cluster.agents.values()) {
        await eventually(
          `${agent.name} sees the new tag of ${name}`,
          async () => (await agent.members("reference")).get(name)?.tags["color"] === "blue",
        );
      }
    }
  });

  await test.step("an event fired anywhere is handled everywhere exactly once", async () => {
    for (const name of names) {
      const { code } = await cluster.agent(name).cli([
        "event",
        "-coalesce=false",
        "deploy",
        `from-${name}`,
      ]);
      strictEqual(code, 0);
    }
    const expected = names.map((name) => `deploy from-${name}`).sort();
    for (const name of names) {
      await eventually(
        `${name} heard of every event`,
        async () => (await cluster.heard(name)).length >= expected.length,
      );
    }
    // The events keep circulating for some rounds: a duplicate would come now.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    for (const name of names) deepStrictEqual((await cluster.heard(name)).sort(), expected);
  });

  await test.step("a member that is declared gone, but is there, stays for all", async () => {
    const pairs = [["ours-1", "reference-2"], ["reference-1", "ours-2"]] as const;
    for (const [teller, declared] of pairs) {
      // Gossip may miss the very member that it is about, which then cannot know.
      await eventually(`${declared} objects`, async () => {
        if (cluster.agent(declared).output.includes("Refuting an older leave intent")) return true;
        const { code } = await cluster.agent(teller).cli(["force-leave", declared], "reference");
        strictEqual(code, 0);
        return false;
      }, { pause: 1000 });
    }
    await cluster.allSee(Object.fromEntries(names.map((name) => [name, "alive"])));
  });

  await test.step("a killed agent of either kind is seen as failed by all", async () => {
    await cluster.kill("ours-2");
    await cluster.kill("reference-2");
    await cluster.allSee({
      "ours-1": "alive",
      "ours-2": "failed",
      "reference-1": "alive",
      "reference-2": "failed",
    });
  });

  await test.step("restarted agents come back under their names", async () => {
    const back = `-join=${cluster.agent("reference-1").bind}`;
    await cluster.start("ours-2", back);
    await cluster.start("reference-2", `-join=${cluster.agent("ours-1").bind}`);
    await cluster.allSee(Object.fromEntries(names.map((name) => [name, "alive"])));
  });

  await test.step("a graceful leave of either kind is seen as left by all", async () => {
    const leaving = cluster.agent("ours-2");
    leaving.signal("SIGINT");
    strictEqual(await leaving.exit(), 0);
    cluster.agents.delete("ours-2");

    const reference = cluster.agent("reference-2");
    const { stdout } = await reference.cli(["leave"], "ours");
    strictEqual(stdout, "Graceful leave complete\n");
    await reference.exit();
    cluster.agents.delete("reference-2");

    await cluster.allSee({
      "ours-1": "alive",
      "ours-2": "left",
      "reference-1": "alive",
      "reference-2": "left",
    });
  });
}

Deno.test({
  name: "Mixed clusters: nobody can tell who is who, however messages are packed",
  ...needsReference,
  fn: async (test) => {
    // Side by side, because a cluster mostly waits; what leaks is found at the end of them all.
    await Promise.all(variations.map((variation) => {
      return test.step({
        name: `Mixed cluster ${variation.title}: join, tags, events, failure, leave, return`,
        fn: (step) => tellStory(variation, step),
        sanitizeOps: false,
        sanitizeResources: false,
        sanitizeExit: false,
      });
    }));
  },
});
