import { deepStrictEqual, match } from "node:assert/strict";
import { describeFacts } from "../../../../src/agent/telemetry/agent_facts.ts";

const sources = {
  version: "1.2.3",
  startedAt: new Date("2026-01-01T00:00:00.500Z"),
  now: new Date("2026-01-01T01:02:03.700Z"),
  bound: "0.0.0.0:7946",
  advertised: "10.0.0.1:7946",
  rpc: "127.0.0.1:7373",
  snapshotPath: "",
  keys: [],
  backlog: 3,
};

Deno.test("describeFacts() tells of the program, its addresses and what is behind", async () => {
  const facts = await describeFacts(sources);
  deepStrictEqual([...facts.keys()], ["program", "addresses", "handlers"]);
  deepStrictEqual([...facts.get("program") ?? []].slice(1), [
    ["started", "2026-01-01T00:00:00Z"],
    ["uptime", "1h2m3s"],
    ["version", "1.2.3"],
  ]);
  deepStrictEqual(Object.fromEntries(facts.get("addresses") ?? []), {
    advertised: "10.0.0.1:7946",
    bound: "0.0.0.0:7946",
    rpc: "127.0.0.1:7373",
  });
  deepStrictEqual([...facts.get("handlers") ?? []], [["backlog", "3"]]);
});

Deno.test("describeFacts() tells how large the snapshot is", async () => {
  const snapshotPath = await Deno.makeTempFile();
  await Deno.writeTextFile(snapshotPath, "alive");
  const snapshot = async () => (await describeFacts({ ...sources, snapshotPath })).get("snapshot");
  deepStrictEqual([...await snapshot() ?? []], [["bytes", "5"], ["path", snapshotPath]]);
  await Deno.remove(snapshotPath);
  deepStrictEqual((await snapshot())?.get("bytes"), "unknown");
});

Deno.test("describeFacts() tells keys apart, and none of them", async () => {
  const keys = [1, 2, 3].map((fill) => new Uint8Array(16).fill(fill));
  const told = (await describeFacts({ ...sources, keys })).get("keys");
  match(told?.get("primary") ?? "", /^[0-9a-f]{16}$/);
  match(told?.get("others") ?? "", /^[0-9a-f]{16} [0-9a-f]{16}$/);
  deepStrictEqual(
    (await describeFacts({ ...sources, keys: keys.slice(0, 1) })).get("keys")?.size,
    1,
  );
});
