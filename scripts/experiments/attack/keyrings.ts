/** Does an agent start again whatever happens while its keyring file is written? */

import { RpcClient } from "../../../src/rpc/client.ts";
import { AgentProcess, type Kind } from "../../lab/agents.ts";
import { type Measure, type Measurement, toBeNone } from "../../lab/comparison.ts";
import { ScratchFolder } from "../../lab/scratch_folder.ts";
import { delay } from "../../lab/waiting.ts";

const network = "127.78.0";
const installs = 20;
/** How many agents are killed side by side. */
const width = 3;

export const keyrings: Measure<Kind> = async (kind, isShort) => [
  ...await killDuringRotations(kind, isShort ? 4 : 50),
  ...Deno.uid() === 0 ? await fillDisk(kind) : [],
];

/** Kills an agent at any moment while keys come and go; several at once. */
async function killDuringRotations(kind: Kind, times: number): Promise<Measurement[]> {
  using folder = new ScratchFolder();
  let [left, dead] = [times, 0];
  const work = async (_: unknown, n: number) => {
    const file = `${folder.path}/${n}/keys.json`;
    await Deno.mkdir(`${folder.path}/${n}`);
    await writeKeyring(file);
    while (left-- > 0) {
      await using agent = await startWith(kind, file, n);
      if (!agent) {
        dead++;
        break;
      }
      const rotated = rotate(agent.rpc).catch(() => {});
      await delay(300 * Math.random());
      await agent.kill();
      await rotated;
    }
    await using last = await startWith(kind, file, n);
    if (!last) dead++;
    return [...Deno.readDirSync(`${folder.path}/${n}`)].length;
  };
  const files = await Promise.all(Array.from({ length: width }, work));
  const extra = files.reduce((sum, count) => sum + count, 0) - width;
  const attack = `kill -9 during ${times} rotations`;
  return [
    toBeNone(`${attack}: agents that do not start again`, dead),
    toBeNone(`${attack}: files left behind`, extra),
  ];
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
  using folder = new ScratchFolder();
  const mount = `mount -t tmpfs -o size=64k none ${folder.path}`;
  const holder = new Deno.Command("unshare", {
    args: ["--mount", "sh", "-c", `${mount} && echo mounted && exec sleep 600`],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  try {
    const reader = holder.stdout.getReader();
    await reader.read();
    await reader.cancel();
    const wrapper = ["nsenter", `--target=${holder.pid}`, "--mount"];
    const disk = `/proc/${holder.pid}/root${folder.path}`;
    const file = `${folder.path}/keys.json`;
    await writeKeyring(`${disk}/keys.json`);
    await using agent = await startWith(kind, file, 9, wrapper);
    if (!agent) throw new Error("The agent does not start on an empty disk");
    // Another program goes on writing, and takes what becomes free.
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
    await using again = await startWith(kind, file, 9, wrapper);
    const figure = "full disk during keys -install: agents that do not start again";
    return [toBeNone(figure, again ? 0 : 1)];
  } finally {
    holder.kill("SIGKILL");
    await holder.status;
  }
}

function newKey(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toBase64();
}

async function writeKeyring(file: string): Promise<void> {
  await Deno.writeTextFile(file, JSON.stringify([newKey()]), { mode: 0o600 });
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
