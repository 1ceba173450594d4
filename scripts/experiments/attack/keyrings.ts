/** Does an agent start again whatever happens while its keyring file is written? */

import { RpcClient } from "../../../src/rpc/client.ts";
import { AgentProcess, type Kind } from "../../lab/agents.ts";
import { type Measurement, toBeNone } from "../../lab/comparison.ts";
import { delay } from "../../lab/waiting.ts";
import type { Attack } from "./attack.ts";

const network = "127.78.0";
const installs = 20;
const newKey = () => crypto.getRandomValues(new Uint8Array(32)).toBase64();

export const keyrings: Attack = async (kind, isShort) => [
  ...await killDuringRotations(kind, isShort ? 4 : 50),
  ...Deno.uid() === 0 ? await fillDisk(kind) : [],
];

/** Kills an agent at any moment while keys come and go; several at once. */
async function killDuringRotations(kind: Kind, times: number): Promise<Measurement[]> {
  const folder = await Deno.makeTempDir({ prefix: "serf-attack-" });
  let [left, dead] = [times, 0];
  const work = async (_: unknown, n: number) => {
    const own = `${folder}/${n}`;
    await Deno.mkdir(own);
    await Deno.writeTextFile(`${own}/keys.json`, JSON.stringify([newKey()]), { mode: 0o600 });
    while (left-- > 0) {
      await using agent = await startWith(kind, `${own}/keys.json`, n);
      if (!agent) return dead++;
      const rotated = rotate(agent.rpc).catch(() => {});
      await delay(300 * Math.random());
      await agent.kill();
      await rotated;
    }
    await using last = await startWith(kind, `${own}/keys.json`, n);
    if (!last) dead++;
    return dead;
  };
  try {
    await Promise.all(Array.from({ length: 3 }, work));
    const files = [0, 1, 2].flatMap((n) => [...Deno.readDirSync(`${folder}/${n}`)]);
    const attack = `kill -9 during ${times} rotations`;
    return [
      toBeNone(`${attack}: agents that do not start again`, dead),
      toBeNone(`${attack}: files left behind`, files.length - 3),
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Installs, uses and removes keys as fast as the agent takes them. */
async function rotate(rpc: string): Promise<never> {
  using client = await RpcClient.connect({ address: rpc });
  while (true) {
    const key = newKey();
    const [old] = (await client.listKeys()).keys!.keys();
    await client.installKey(key);
    await client.useKey(key);
    await client.removeKey(old!);
  }
}

/** Installs keys while there is no room on the disk. */
async function fillDisk(kind: Kind): Promise<Measurement[]> {
  const folder = await Deno.makeTempDir({ prefix: "serf-attack-" });
  const mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder];
  const script = `${mount.join(" ")} && echo mounted && exec sleep 600`;
  const holder = new Deno.Command("unshare", {
    args: ["--mount", "sh", "-c", script],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  try {
    const reader = holder.stdout.getReader();
    await reader.read();
    await reader.cancel();
    const wrapper = ["nsenter", `--target=${holder.pid}`, "--mount"];
    const disk = `/proc/${holder.pid}/root${folder}`;
    await Deno.writeTextFile(`${disk}/keys.json`, JSON.stringify([newKey()]), { mode: 0o600 });
    await using agent = await startWith(kind, `${folder}/keys.json`, 9, wrapper);
    if (!agent) throw new Error("The agent does not start on an empty disk");
    // Somebody else goes on writing, and takes whatever becomes free.
    const filler = new Deno.Command("sh", {
      args: ["-c", `while :; do echo x; done >>${disk}/filler 2>&-`],
      stdin: "null",
    }).spawn();
    await delay(500);
    using client = await RpcClient.connect({ address: agent.rpc });
    for (let n = 0; n < installs; n++) await client.installKey(newKey()).catch(() => {});
    filler.kill("SIGKILL");
    await filler.status;
    await agent.kill();
    await using again = await startWith(kind, `${folder}/keys.json`, 9, wrapper);
    const figure = "full disk during keys -install: agents that do not start again";
    return [toBeNone(figure, again ? 0 : 1)];
  } finally {
    holder.kill("SIGKILL");
    await holder.status;
    await Deno.remove(folder);
  }
}

/** Starts an agent with a keyring file; undefined if it does not start. */
async function startWith(
  kind: Kind,
  file: string,
  n: number,
  wrapper: readonly string[] = [],
): Promise<AgentProcess | undefined> {
  const options = { name: `ring-${n}`, bind: `${network}.${n + 1}`, wrapper };
  return await AgentProcess.start(kind, { ...options, args: [`-keyring-file=${file}`] })
    .catch(() => undefined);
}
