/** Agents whose files meet the worst moment: a SIGKILL, or a disk without room. They start again. */

import { deepStrictEqual, match, notStrictEqual, strictEqual } from "node:assert/strict";
import { readKeyringFile } from "../../src/agent/settings/keyring_file.ts";
import { RpcClient } from "../../src/rpc/client.ts";
import { AgentProcess } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";
import { needsPrivateDisk, PrivateDisk } from "../support/private_disk.ts";

const rounds = 3;
const [firstKey, secondKey] = [1, 2].map((fill) => new Uint8Array(32).fill(fill).toBase64());
const firstRing = JSON.stringify([firstKey]);

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

Deno.test("An agent that is killed while its keys change starts again with its keyring file", async () => {
  const folder = await Deno.makeTempDir({ prefix: "serf-killed-" });
  const file = `${folder}/keys.json`;
  await Deno.writeTextFile(file, firstRing, { mode: 0o600 });
  const changeKeys = async (agent: AgentProcess) => {
    using client = await RpcClient.connect({ address: agent.rpc });
    for (;;) {
      for (const [next, last] of [[secondKey!, firstKey!], [firstKey!, secondKey!]] as const) {
        await client.installKey(next);
        await client.useKey(next);
        await client.removeKey(last);
      }
    }
  };
  try {
    for (let round = 0; round < rounds; round++) {
      await using agent = await AgentProcess.start("ours", {
        name: "killed",
        bind: "127.76.9.3",
        args: [`-keyring-file=${file}`],
      });
      deepStrictEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["keys.json"]);
      const changing = changeKeys(agent).catch(() => {});
      await eventually("the keys change", async () => {
        return await Deno.readTextFile(file) !== firstRing;
      }, { pause: 1 });
      await new Promise((resolve) => setTimeout(resolve, 20 * Math.random()));
      await agent.kill();
      await changing;
    }
    notStrictEqual(readKeyringFile(file).length, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const needsDisk = await needsPrivateDisk();

/** Starts an agent inside a disk, with the keyring file there. */
const startInside = (disk: PrivateDisk) =>
  AgentProcess.start("ours", {
    name: "inside",
    bind: "127.76.9.4",
    args: [`-keyring-file=${disk.folder}/keys.json`],
    wrapper: disk.wrapper,
  });

Deno.test({
  name: "A full disk keeps keys from being installed, says so, and takes no key away",
  ...needsDisk,
  fn: async () => {
    await using disk = await PrivateDisk.create("64k");
    const file = disk.path("keys.json");
    await Deno.writeTextFile(file, firstRing, { mode: 0o600 });
    await disk.fill();
    {
      await using agent = await startInside(disk);
      const { code, stdout, stderr } = await agent.cli(["keys", `-install=${secondKey}`]);
      strictEqual(code, 1);
      match(stdout + stderr, /inside +Failed to write keyring file: .*: no space left on device/);
      strictEqual(await Deno.readTextFile(file), firstRing);
    }
    await using agent = await startInside(disk);
    await Deno.remove(disk.path("ballast"));
    strictEqual((await agent.cli(["keys", `-install=${secondKey}`])).code, 0);
    deepStrictEqual(JSON.parse(await Deno.readTextFile(file)), [firstKey, secondKey]);
  },
});

Deno.test({
  name:
    "A keyring file that is mounted alone, so that nothing can take its place, is kept up to date",
  ...needsDisk,
  fn: async () => {
    await using disk = await PrivateDisk.create("64k");
    await Deno.writeTextFile(disk.path("real.json"), firstRing, { mode: 0o600 });
    await Deno.writeTextFile(disk.path("keys.json"), "");
    const [command = "", ...args] = disk.wrapper;
    const files = ["real.json", "keys.json"].map((name) => `${disk.folder}/${name}`);
    const mount = new Deno.Command(command, { args: [...args, "mount", "--bind", ...files] });
    strictEqual((await mount.output()).code, 0);

    await using agent = await startInside(disk);
    strictEqual((await agent.cli(["keys", `-install=${secondKey}`])).code, 0);
    deepStrictEqual(JSON.parse(await Deno.readTextFile(disk.path("real.json"))), [
      firstKey,
      secondKey,
    ]);
    deepStrictEqual([...Deno.readDirSync(disk.path(""))].map(({ name }) => name).sort(), [
      "keys.json",
      "real.json",
    ]);
  },
});
