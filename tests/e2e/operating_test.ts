/** The commands by which people and programs look after an agent, against agents of both kinds. */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { AgentProcess, needsReference, runSerf, serfCommand } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";

for (const kind of ["ours", "reference"] as const) {
  Deno.test({
    name: `serf health waits for a cluster with ${kind === "ours" ? "our" : "HashiCorp's"} agent`,
    ...kind === "reference" && needsReference,
    fn: async () => {
      await using agent = await AgentProcess.start(kind, { name: "h.1", bind: "127.76.12.1" });
      const health = async (...args: string[]) => {
        const { code, stdout } = await agent.cli(["health", ...args], "ours");
        return [code, stdout.trim()];
      };
      deepStrictEqual(await health("-members=1"), [0, "healthy"]);
      deepStrictEqual(await health(), [1, "alone"]);
      const waiting = health("-wait=60s", "-tag=role=w.*");
      await using second = await AgentProcess.start("ours", {
        name: "h2",
        bind: "127.76.12.2",
        args: ["-join=127.76.12.1", "-tag=role=web"],
      });
      deepStrictEqual(await waiting, [0, "healthy"]);
      deepStrictEqual(await health("-members=3"), [1, "incomplete"]);
      const json = await health("-format=json");
      strictEqual(JSON.parse(String(json[1])).members, 2);
      await second.kill();
      await agent.kill();
      deepStrictEqual(await health(), [1, "unreachable"]);
    },
  });
}

Deno.test("serf health tells a wrong token from an agent that is not there", async () => {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(file, '{"rpc_auth": "secret"}');
  try {
    await using agent = await AgentProcess.start("ours", {
      name: "h3",
      bind: "127.76.12.3",
      args: [`-config-file=${file}`],
    });
    const { code, stdout } = await agent.cli(["health", "-wait=20s", "-members=1"]);
    deepStrictEqual([code, stdout], [1, "refused\n"]);
    const there = await runSerf("ours", ["health", "-members=1", `-rpc-addr=${agent.rpc}`], {
      env: { SERF_RPC_AUTH: "secret" },
    });
    deepStrictEqual([there.code, there.stdout], [0, "healthy\n"]);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("serf reload applies what changed, and says what is wrong", async () => {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  const write = (settings: unknown) => Deno.writeTextFile(file, JSON.stringify(settings));
  await write({ tags: { a: "1" } });
  try {
    await using agent = await AgentProcess.start("ours", {
      name: "r1",
      bind: "127.76.12.4",
      args: [`-config-file=${file}`],
    });
    const reload = async () => {
      const { code, stdout } = await agent.cli(["reload"]);
      return [code, stdout];
    };
    deepStrictEqual(await reload(), [0, "Nothing changed\n"]);
    await write({ tags: { a: "2" }, protocol: 4 });
    deepStrictEqual(await reload(), [
      0,
      "Reloaded: tags\nChanges that need a restart: protocol\n",
    ]);
    deepStrictEqual((await agent.members()).get("r1")?.tags, { a: "2" });
    await Deno.writeTextFile(file, "{");
    deepStrictEqual(await reload(), [
      1,
      `Error decoding '${file}': unexpected EOF\nFailed to reload configs\n`,
    ]);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test({
  name: "serf reload says that HashiCorp's agent wants a signal",
  ...needsReference,
  fn: async () => {
    await using agent = await AgentProcess.start("reference", { name: "r2", bind: "127.76.12.5" });
    const { code, stdout } = await agent.cli(["reload"], "ours");
    strictEqual(code, 1);
    match(stdout, /SIGHUP/);
  },
});

Deno.test("serf agent -validate judges the settings of a running agent, and starts nothing", async () => {
  const folder = await Deno.makeTempDir();
  const args = [`-snapshot=${folder}/snapshot`, "-encrypt", btoa("x".repeat(16))];
  try {
    await using agent = await AgentProcess.start("ours", {
      name: "v1",
      bind: "127.76.12.6",
      args,
    });
    const validate = async (...more: string[]) => {
      const where = [`-bind=${agent.bind}`, `-rpc-addr=${agent.rpc}`, "-node=v1"];
      const { code, stdout } = await runSerf("ours", ["agent", "-validate", ...where, ...more]);
      return [code, stdout.trim().split("\n").at(-1)];
    };
    deepStrictEqual(await validate(...args), [0, "An agent can start with this configuration"]);
    deepStrictEqual(await validate(`-snapshot=${folder}`), [
      1,
      `Error: -snapshot: open ${folder}: is a directory`,
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("serf info tells where an agent is, what it keeps and which keys it has", async () => {
  const folder = await Deno.makeTempDir();
  const [first, second] = ["x", "y"].map((letter) => btoa(letter.repeat(16)));
  try {
    await using agent = await AgentProcess.start("ours", {
      name: "i1",
      bind: "127.76.12.7",
      args: [`-snapshot=${folder}/snapshot`, `-encrypt=${first}`, "-advertise=127.76.12.7"],
    });
    const info = async () => JSON.parse((await agent.cli(["info", "-format=json"])).stdout);
    const before = await info();
    deepStrictEqual(before.addresses, {
      advertised: "127.76.12.7:7946",
      bound: "127.76.12.7:7946",
      rpc: agent.rpc,
    });
    strictEqual(before.snapshot.path, `${folder}/snapshot`);
    strictEqual(before.program.pid, String(agent.pid));
    await agent.cli(["keys", `-install=${second}`]);
    await agent.cli(["keys", `-use=${second}`]);
    const after = await info();
    strictEqual(after.keys.others, before.keys.primary);
    const { stdout } = await agent.cli(["info"]);
    match(stdout, /^agent:\n\tname = i1\n/);
    match(stdout, /^tags:\naddresses:\n\tadvertised = /m);
    for (const key of [first!, second!]) strictEqual(stdout.includes(key), false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (const kind of ["ours", "reference"] as const) {
  Deno.test({
    name: `serf members -watch follows ${kind === "ours" ? "our" : "HashiCorp's"} agent`,
    ...kind === "reference" && needsReference,
    fn: async () => {
      await using agent = await AgentProcess.start(kind, { name: "w1", bind: "127.76.12.8" });
      const [command, ...args] = serfCommand("ours");
      const watch = new Deno.Command(command, {
        args: [...args, "members", "-watch", `-rpc-addr=${agent.rpc}`, "-format=json"],
        stdin: "null",
        stdout: "piped",
      }).spawn();
      let seen = "";
      const drained = (async () => {
        for await (const text of watch.stdout.pipeThrough(new TextDecoderStream())) seen += text;
      })();
      const changes = () =>
        seen.split("\n").slice(0, -1).map((line) => JSON.parse(line))
          .map(({ change, member }) => `${change} ${member.name} ${member.status}`);
      const isSeen = (change: string) =>
        eventually(change, () => changes().includes(change), { detail: () => seen });
      try {
        await isSeen("present w1 alive");
        await using second = await AgentProcess.start("ours", {
          name: "w2",
          bind: "127.76.12.9",
          args: ["-join=127.76.12.8"],
        });
        await isSeen("added w2 alive");
        await second.cli(["leave"]);
        await isSeen("changed w2 left");
      } finally {
        watch.kill("SIGINT");
        const { code } = await watch.status;
        await drained;
        strictEqual(code, 0);
      }
    },
  });
}
