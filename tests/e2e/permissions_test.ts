/** The permissions that the README names: an agent and commands with exactly those, and no others. */

import assert from "node:assert/strict";
import { eventually } from "../../scripts/lab/waiting.ts";

const root = new URL("../../", import.meta.url);
const ip = "127.76.7.1";
const onUnix = { ignore: Deno.build.os === "windows" };

/** The commands in the README's section on permissions, each as its words. */
async function documentedCommands(): Promise<string[][]> {
  const readme = await Deno.readTextFile(new URL("README.md", root));
  const block = /## Permissions\n[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  return block.replaceAll("\\\n", " ").split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([first]) => first === "deno");
}

/** Turns a documented command into one for this test: other places, and no questions. */
function adapt(words: readonly string[], places: ReadonlyMap<string, string>): Deno.Command {
  const [, run = "", ...rest] = words.map((word) => {
    return [...places].reduce((text, [from, to]) => text.replaceAll(from, to), word);
  });
  return new Deno.Command(Deno.execPath(), {
    args: [run, "--no-prompt", "--no-lock", "--quiet", ...rest],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

Deno.test(
  "An agent and commands run with the permissions that the README names",
  onUnix,
  async () => {
    const [agentWords = [], clientWords = [], ...others] = await documentedCommands();
    assert.equal(others.length, 0);
    assert(!agentWords.includes("-A") && !clientWords.includes("-A"));

    const folder = await Deno.makeTempDir();
    await Deno.mkdir(`${folder}/etc`);
    await Deno.mkdir(`${folder}/lib`);
    const places = new Map([
      ["/etc/serf", `${folder}/etc`],
      ["/var/lib/serf", `${folder}/lib`],
      ["127.0.0.1:7373", `${ip}:7373`],
    ]);
    const key = new Uint8Array(32).fill(7).toBase64();
    await Deno.writeTextFile(`${folder}/lib/keyring`, JSON.stringify([key]));
    await Deno.writeTextFile(
      `${folder}/etc/serf.json`,
      JSON.stringify({
        node_name: "n1",
        bind: ip,
        rpc_addr: `${ip}:7373`,
        snapshot_path: `${folder}/lib/snapshot`,
        tags_file: `${folder}/lib/tags`,
        keyring_file: `${folder}/lib/keyring`,
        event_handlers: [`user=cat >> ${folder}/lib/events`],
      }),
    );

    const agent = adapt(agentWords, places).spawn();
    let output = "";
    const drained = Promise.all([agent.stdout, agent.stderr].map(async (stream) => {
      for await (const text of stream.pipeThrough(new TextDecoderStream())) output += text;
    }));
    const detail = () => output;
    /** Asks with the permissions that are documented for `members`. */
    const ask = async (command: string, ...args: string[]) => {
      const program = clientWords.slice(0, clientWords.indexOf("members"));
      const words = [...program, command, `-rpc-addr=${ip}:7373`, ...args];
      const { stdout, stderr } = await adapt(words, places).output();
      return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    };
    const exists = (name: string, text: string) =>
      eventually(`${name} holds ${text}`, async () => {
        return (await Deno.readTextFile(`${folder}/lib/${name}`).catch(() => "")).includes(text);
      }, { detail });
    try {
      await eventually("the agent runs", () => Promise.resolve(output.includes("stream in")), {
        detail,
      });
      assert.equal(await ask("members"), `n1  ${ip}:7946  alive\n`);
      assert.equal(await ask("tags", "-set", "a=1"), "Successfully updated agent tags\n");
      await exists("tags", '"a": "1"');
      await ask("event", "-coalesce=false", "deploy", "v42");
      await exists("events", "v42\n");
      await exists("snapshot", "alive: n1");
      const second = new Uint8Array(32).fill(8).toBase64();
      assert.match(await ask("keys", `-install=${second}`), /Successfully installed key!/);
      await exists("keyring", second);
      assert.equal(await ask("leave"), "Graceful leave complete\n");
      assert.equal((await agent.status).code, 0, output);
      assert.doesNotMatch(output, /NotCapable|Requires \w+ access/);
    } finally {
      try {
        agent.kill("SIGKILL");
      } catch {
        // It has ended, as it should.
      }
      await agent.status;
      await drained;
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("Commands that ask nobody, and the simulator, need no permission", async () => {
  const commands = [
    ["keygen"],
    ["version"],
    ["completion", "bash"],
    ["members", "-h"],
    ["simulate", "-members=5"],
  ];
  for (const args of commands) {
    const { code, stderr } = await adapt(["deno", "run", "main.ts", ...args], new Map()).output();
    assert.equal(code, 0, `${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  }
  const test = ["deno", "test", "--no-check", "--unstable-net", "tests/sim/restart_test.ts"];
  assert.equal((await adapt(test, new Map()).output()).code, 0);
});
