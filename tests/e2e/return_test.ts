/** A member that left stays away, though others start from snapshots that still know it. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { AgentProcess } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";

const names = ["a", "b", "c"] as const;
/** Longer than members are looked for with the settings below, several times over. */
const patience = 6000;

/** Starts agents of one folder, each with its snapshot and a handler that notes every event. */
class Folder implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync();
  readonly #agents = new AsyncDisposableStack();

  async start(name: (typeof names)[number], ...args: readonly string[]): Promise<AgentProcess> {
    const settings = `${this.path}/settings.json`;
    await Deno.writeTextFile(settings, JSON.stringify({ reconnect_interval: "1s" }));
    const agent = await AgentProcess.start("ours", {
      name,
      bind: `127.73.9.${1 + names.indexOf(name)}`,
      args: [
        "-profile=local",
        `-config-file=${settings}`,
        `-snapshot=${this.path}/${name}.snapshot`,
        `-event-handler=user=echo ${name} $SERF_USER_EVENT >> ${this.path}/heard`,
        ...args,
      ],
    });
    return this.#agents.use(agent);
  }

  /** What all handlers noted so far, sorted. */
  async heard(): Promise<string[]> {
    const text = await Deno.readTextFile(`${this.path}/heard`).catch(() => "");
    return text.split("\n").filter((line) => line !== "").sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agents.disposeAsync();
    await Deno.remove(this.path, { recursive: true });
  }
}

async function alive(agent: AgentProcess): Promise<string[]> {
  const members = [...(await agent.members()).values()];
  return members.filter(({ status }) => status === "alive").map(({ name }) => name).sort();
}

async function untilAlive(agent: AgentProcess, expected: readonly string[]): Promise<void> {
  await eventually(`${agent.name} sees ${expected} alive`, async () => {
    return (await alive(agent)).join() === expected.join();
  }, { detail: () => agent.output });
}

Deno.test("A member that left stays away, and its handler runs once for each event", async () => {
  await using folder = await Promise.resolve(new Folder());
  const a = await folder.start("a");
  const before = [
    await folder.start("b", `-join=${a.bind}`),
    await folder.start("c", `-join=${a.bind}`),
  ] as const;
  for (const agent of [a, ...before]) await untilAlive(agent, names);
  strictEqual((await a.cli(["event", "deploy", "v42"])).code, 0);
  const handled = ["a deploy", "b deploy", "c deploy"];
  await eventually("all handlers ran", async () => (await folder.heard()).length >= 3);
  await before[0].kill();
  strictEqual((await before[1].cli(["leave"])).code, 0);
  strictEqual(await before[1].exit(), 0);

  const b = await folder.start("b");
  const c = await folder.start("c");
  await untilAlive(b, ["a", "b"]);
  await new Promise((resolve) => setTimeout(resolve, patience));
  deepStrictEqual(await alive(c), ["c"], c.output);
  for (const agent of [a, b]) deepStrictEqual(await alive(agent), ["a", "b"], agent.output);
  deepStrictEqual((await folder.heard()).filter((line) => line.startsWith("c")), ["c deploy"]);

  // It comes when it is called, and does not do again what it did before.
  strictEqual((await a.cli(["join", c.bind])).code, 0);
  for (const agent of [a, b, c]) await untilAlive(agent, names);
  strictEqual((await a.cli(["event", "again"])).code, 0);
  const isHandled = async () => (await folder.heard()).filter((line) => line[0] === "c").length > 1;
  await eventually("c hears what is new", isHandled, { detail: () => c.output });
  const heard = await folder.heard();
  deepStrictEqual(heard.filter((line) => line[0] === "c"), ["c again", "c deploy"]);
  for (const line of handled) strictEqual(heard.includes(line), true);
});
