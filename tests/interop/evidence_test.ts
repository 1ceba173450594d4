/** What a node of this program remembers of HashiCorp's agents, one of which is killed. */

import { ok, strictEqual } from "node:assert/strict";
import { AgentProcess, needsReference } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";
import { EvidenceBook, type MembershipFact, Serf } from "../../src/mod.ts";

const net = "127.64.90";

Deno.test({
  name:
    "EvidenceBook tells who heard a killed agent last, who accused it, and who declared it failed",
  ...needsReference,
  async fn() {
    const args = ["-profile=local"];
    await using friend = await AgentProcess.start("reference", {
      name: "friend",
      bind: `${net}.2`,
      args,
    });
    await using victim = await AgentProcess.start("reference", {
      name: "victim",
      bind: `${net}.3`,
      args,
    });
    const observer = new EvidenceBook();
    const bind = { host: `${net}.1`, port: 7946 };
    await using serf = await Serf.start({ name: "self", bind, profile: "local", observer });
    await serf.join([friend.bind, victim.bind]);
    await eventually(
      "both answered a probe and were heard by packet and stream",
      () =>
        ["friend", "victim"].every((name) => {
          const { answeredAt, packetAt, streamAt } = observer.about(name) ?? {};
          return (answeredAt ?? packetAt) !== undefined && packetAt !== undefined &&
            streamAt !== undefined;
        }),
    );
    strictEqual(observer.about("victim")!.story.length, 0);

    await victim.kill();
    const find = (type: MembershipFact["type"]) =>
      observer.about("victim")!.story.find((fact) => fact.type === type);
    await eventually("the victim is declared failed", () => find("declared-failed") !== undefined);
    const { story, packetAt } = observer.about("victim")!;
    const suspected = find("suspected");
    ok(suspected?.type === "suspected" && ["friend", "self"].includes(suspected.by), "an accuser");
    const declared = find("declared-failed");
    ok(declared?.type === "declared-failed" && ["friend", "self"].includes(declared.by));
    ok(packetAt! < suspected.at && suspected.at < declared.at, JSON.stringify(story));
    strictEqual(observer.about("friend")!.story.some(({ type }) => type === "suspected"), false);
  },
});
