/** Encryption keys that stand on no command line, from the first start to the one after a rotation. */

import { deepStrictEqual, doesNotMatch, match, strictEqual } from "node:assert/strict";
import {
  type AgentOptions,
  AgentProcess,
  type Kind,
  referencePath,
  runSerf,
} from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";

/** Agents of a cluster, in one folder. */
class Cluster implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "serf-keys-" });
  readonly agents = new Map<string, AgentProcess>();

  async start(kind: Kind, options: AgentOptions): Promise<AgentProcess> {
    const agent = await AgentProcess.start(kind, options);
    this.agents.set(options.name, agent);
    return agent;
  }

  /** Waits until everybody sees everybody alive. */
  async together(): Promise<void> {
    for (const agent of this.agents.values()) {
      await eventually(`${agent.name} sees everybody alive`, async () => {
        const members = [...(await agent.members()).values()];
        return members.filter(({ status }) => status === "alive").length === this.agents.size;
      }, { detail: () => agent.output });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.agents.values()) await agent.kill();
    await Deno.remove(this.folder, { recursive: true });
  }
}

const newKey = async () => (await runSerf("ours", ["keygen"])).stdout.trim();

Deno.test("Keys come from files, standard input and the environment, and outlive a rotation", async () => {
  await using cluster = new Cluster();
  const { folder } = cluster;
  const [first, second] = [await newKey(), await newKey()];
  await Deno.writeTextFile(`${folder}/key`, `${first}\n`, { mode: 0o600 });
  const kept: AgentOptions = {
    name: "kept",
    bind: "127.76.10.1",
    args: [`-encrypt-file=${folder}/key`, `-keyring-file=${folder}/keys.json`],
  };
  const join = `-retry-join=${kept.bind}`;

  await cluster.start("ours", kept);
  const piped = await cluster.start("ours", {
    name: "piped",
    bind: "127.76.10.2",
    args: ["-encrypt-file=-", join],
    wrapper: ["sh", "-c", `exec "$@" < ${folder}/key`, "sh"],
  });
  const handler = await cluster.start("ours", {
    name: "handler",
    bind: "127.76.10.3",
    args: [`-event-handler=user=env > ${folder}/seen`, join],
    env: { SERF_ENCRYPT_KEY: first },
  });
  if (referencePath !== undefined) {
    await Deno.copyFile(`${folder}/keys.json`, `${folder}/reference.json`);
    await cluster.start("reference", {
      name: "reference",
      bind: "127.76.10.4",
      args: [`-keyring-file=${folder}/reference.json`, join],
    });
  }
  await cluster.together();

  // Handlers do not inherit the key.
  await handler.cli(["event", "-coalesce=false", "deploy"]);
  await eventually("the handler has run", async () => {
    return (await Deno.readTextFile(`${folder}/seen`).catch(() => "")).includes("SERF_USER_EVENT");
  });
  doesNotMatch(await Deno.readTextFile(`${folder}/seen`), /SERF_ENCRYPT_KEY/);

  for (const step of [`-install=${second}`, `-use=${second}`, `-remove=${first}`]) {
    const { code, stdout, stderr } = await handler.cli(["keys", step]);
    strictEqual(code, 0, stdout + stderr);
  }
  for (const agent of [piped, handler]) match(agent.output, /this agent has no keyring file/);
  deepStrictEqual(JSON.parse(await Deno.readTextFile(`${folder}/keys.json`)), [second]);

  await cluster.agents.get("kept")?.kill();
  const again = await cluster.start("ours", {
    ...kept,
    args: [...kept.args ?? [], `-join=${piped.bind}`],
  });
  await cluster.together();
  match(again.output, /\[WARN\] agent: The encryption key given is not used: keyring/);
  for (const { output } of cluster.agents.values()) {
    for (const key of [first, second]) strictEqual(output.includes(key), false, output);
    doesNotMatch(output, /on the command line|Every user of this machine/);
  }
});

Deno.test("An agent whose key file is missing does not start, least of all without encryption", async () => {
  const folder = await Deno.makeTempDir({ prefix: "serf-keys-" });
  try {
    const missing = `${folder}/key`;
    for (
      const [flag, reason] of [
        ["-encrypt=", "Empty value for -encrypt. To start without encryption, leave the flag out"],
        [
          `-encrypt-file=${missing}`,
          `Failed to read encryption key: open ${missing}: no such file or directory`,
        ],
        ["-encrypt-file=-", "No encryption key in standard input"],
        [`-keyring-file=${missing}`, "make the file with"],
      ] as const
    ) {
      const { code, stdout } = await runSerf("ours", [
        "agent",
        "-bind=127.76.10.5",
        "-rpc-addr=127.76.10.5:7373",
        flag,
      ]);
      strictEqual(code, 1, flag);
      strictEqual(stdout.includes(reason), true, stdout);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
