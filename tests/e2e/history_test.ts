/** The history of real agents: killed at any time, read by one who goes on from a cursor. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { AgentProcess, needsReference } from "../../scripts/lab/agents.ts";
import { delay, eventually } from "../../scripts/lab/waiting.ts";
import { RpcClient } from "../../src/rpc/client.ts";
import { needsPrivateDisk, PrivateDisk } from "../support/private_disk.ts";

const kills = 6;

interface Told {
  readonly cursor: string;
  readonly kind: string;
  readonly name?: string;
  readonly reason?: string;
}

/** Reads on from its cursor whenever there is an agent, and keeps all that it is told. */
class Reader {
  readonly told: Told[] = [];
  cursor = "";

  /** Reads until the connection breaks, or an event of that name comes. */
  async read(address: string, last?: string): Promise<void> {
    using client = await RpcClient.connect({ address });
    while (last === undefined || this.told.at(-1)?.name !== last) {
      const page = await client.history(this.cursor, { wait: true });
      this.told.push(...page.records.map((record): Told => JSON.parse(record)));
      this.cursor = page.cursor;
    }
  }
}

/** Fires numbered events until the connection breaks; returns how many were accepted. */
async function fireAll(address: string, prefix: string): Promise<number> {
  using client = await RpcClient.connect({ address });
  for (let count = 0;; count++) {
    try {
      await client.userEvent(`${prefix}-${count}`, undefined, { coalesce: false });
    } catch {
      return count;
    }
  }
}

Deno.test("A reader that goes on from its cursor misses nothing of an agent that is killed again and again, and gets nothing twice", async () => {
  const folder = await Deno.makeTempDir({ prefix: "serf-history-" });
  const start = () =>
    AgentProcess.start("ours", {
      name: "killed",
      bind: "127.76.14.1",
      args: ["-profile=local", `-history=${folder}`, "-log-level=err"],
    });
  const reader = new Reader();
  const fired: number[] = [];
  try {
    for (let round = 0; round < kills; round++) {
      await using agent = await start();
      const firing = fireAll(agent.rpc, `r${round}`);
      const reading = reader.read(agent.rpc).catch(() => {});
      await delay(100 + 500 * Math.random());
      await agent.kill();
      fired.push(await firing);
      await reading;
    }
    await using agent = await start();
    await agent.cli(["event", "-coalesce=false", "last"]);
    await reader.read(agent.rpc, "last");
    await agent.kill();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const { told } = reader;
  const records = told.filter(({ kind }) => kind !== "gap");
  strictEqual(new Set(records.map(({ cursor }) => cursor)).size, records.length);
  // Between two runs stands a gap; inside one nothing is missing.
  let [epoch, seq] = ["", 0];
  for (const [i, record] of told.entries()) {
    const [nextEpoch = "", digits] = record.cursor.split("-");
    if (record.kind === "gap") {
      strictEqual(record.reason, "not-running");
    } else if (nextEpoch === epoch) {
      strictEqual(Number(digits), seq + 1, record.cursor);
    } else {
      ok(i === 0 || told[i - 1]!.kind === "gap", record.cursor);
      strictEqual(Number(digits), 1);
    }
    [epoch, seq] = [nextEpoch, Number(digits)];
  }
  strictEqual(told.filter(({ kind }) => kind === "gap").length, kills);
  for (const [round, count] of fired.entries()) {
    const names = records.flatMap(({ name = "" }) => name.startsWith(`r${round}-`) ? [name] : []);
    deepStrictEqual(names, names.map((_, i) => `r${round}-${i}`));
    ok(count > 0 && names.length > 0, `${names.length} of ${count} in round ${round}`);
  }
});

const needsDisk = await needsPrivateDisk();

Deno.test({
  name: "A full disk ends what a history keeps, with a line in the log, and nothing else",
  ...needsDisk,
  fn: async () => {
    await using disk = await PrivateDisk.create("256k");
    await using agent = await AgentProcess.start("ours", {
      name: "full",
      bind: "127.76.14.2",
      args: ["-profile=local", `-history=${disk.folder}/history`],
      wrapper: disk.wrapper,
    });
    await disk.fill();
    const fire = async (count: number, name: string) => {
      using client = await agent.connect();
      for (let i = 0; i < count; i++) {
        await client.userEvent(name, new Uint8Array(400), { coalesce: false });
      }
    };
    await fire(50, "full");
    await agent.waitForOutput("Failed to write history");
    match(
      agent.output,
      /\[ERR\] agent.history: Failed to write history .*: no space left on device/,
    );
    await fire(1, "after");
    await eventually("the event is told", async () => {
      const { code, stdout } = await agent.cli(["events", "-name=after"]);
      return code === 0 && stdout.includes("user: after");
    });
  },
});

Deno.test({
  name: "serf events says that HashiCorp's agent keeps no history",
  ...needsReference,
  fn: async () => {
    await using agent = await AgentProcess.start("reference", {
      name: "theirs",
      bind: "127.76.14.3",
    });
    const { code, stdout } = await agent.cli(["events", "-since=1h"], "ours");
    strictEqual(code, 1);
    match(stdout, /^Error reading the history: this agent keeps none \(HashiCorp's does not\)/);
  },
});
