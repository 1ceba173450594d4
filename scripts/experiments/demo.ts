/**
 * The main job in half a minute: three real agents find each other, an event
 * runs a handler, one agent is killed and found out, another says goodbye.
 *
 *     deno task demo
 *
 * Where HashiCorp's `serf` is installed, one of the three agents is that one.
 * Everything happens on 127.0.0.1 and in a temporary directory.
 */

import { findReferenceSerf } from "../lab/reference_serf.ts";

const program = [
  Deno.execPath(),
  "run",
  "-A",
  "--unstable-net",
  "--quiet",
  new URL("../../main.ts", import.meta.url).pathname,
] as const;

/** How long any single step may take before the demo gives up. */
const stepLimit = 25_000;
/** Time to read what was shown before the story goes on. */
const readingTime = 800;

interface DemoAgent {
  readonly name: string;
  readonly kind: string;
  readonly command: readonly [string, ...string[]];
  readonly bind: string;
  readonly rpc: string;
  process?: Deno.ChildProcess;
}

const started = performance.now();

function say(text: string): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(4);
  console.log(text === "" ? "" : `${seconds} s  ${text}`);
}

/** Opens a chapter, once the last one can have been read. */
async function heading(text: string): Promise<void> {
  await pause(readingTime);
  console.log(`\n── ${text} ${"─".repeat(Math.max(0, 70 - text.length))}`);
}

function show(text: string): void {
  for (const line of text.trimEnd().split("\n")) console.log(`        ${line}`);
}

/** Finds a free TCP port; the agent also uses its number for UDP. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function makeAgent(name: string, reference?: string): DemoAgent {
  return {
    name,
    kind: reference === undefined ? "this program" : "HashiCorp's serf",
    command: reference === undefined ? [...program] : [reference],
    bind: `127.0.0.1:${freePort()}`,
    rpc: `127.0.0.1:${freePort()}`,
  };
}

/** Runs one command of this program against an agent, showing it as a user would type it. */
async function serf(agent: DemoAgent, ...args: readonly [string, ...string[]]): Promise<string> {
  const [command, ...rest] = args;
  say(`$ serf ${args.join(" ")}    (at ${agent.name})`);
  const output = await capture(agent, [command, `-rpc-addr=${agent.rpc}`, ...rest]);
  show(output);
  return output;
}

async function capture(agent: DemoAgent, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program[0], {
    args: [...program.slice(1), ...args],
    stdin: "null",
  }).output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (code !== 0) throw new Error(`serf ${args.join(" ")} at ${agent.name} failed:\n${output}`);
  return output;
}

async function eventually(what: string, check: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + stepLimit;
  while (!await check()) {
    if (performance.now() > end) throw new Error(`Never happened: ${what}`);
    await pause(100);
  }
}

function pause(duration: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration));
}

/** Starts an agent whose handler notes every event in `handled`. */
async function start(agent: DemoAgent, handled: string): Promise<void> {
  const [command, ...first] = agent.command;
  agent.process = new Deno.Command(command, {
    args: [
      ...first,
      "agent",
      `-node=${agent.name}`,
      `-bind=${agent.bind}`,
      `-rpc-addr=${agent.rpc}`,
      "-profile=local",
      `-tag=by=${agent.kind === "this program" ? "Deno" : "HashiCorp"}`,
      `-event-handler=user:deploy=echo "$SERF_SELF_NAME deploys $(cat)" >> '${handled}'`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await eventually(
    `${agent.name} answers`,
    () => capture(agent, ["info", `-rpc-addr=${agent.rpc}`]).then(() => true, () => false),
  );
  say(`${agent.name} runs at ${agent.bind}: ${agent.kind}`);
}

async function statusOf(observer: DemoAgent, name: string): Promise<string | undefined> {
  const output = await capture(observer, [
    "members",
    `-rpc-addr=${observer.rpc}`,
    "-format=json",
  ]);
  const { members }: { members: { name: string; status: string }[] | null } = JSON.parse(output);
  return members?.find((member) => member.name === name)?.status;
}

async function tellStory(agents: readonly DemoAgent[], directory: string): Promise<void> {
  const [alpha, bravo, charlie] = agents;
  if (!alpha || !bravo || !charlie) throw new Error("The story needs three agents");
  const handled = `${directory}/handled`;

  await heading("Three agents start, each on its own");
  for (const agent of agents) await start(agent, handled);

  await heading("They join: one address is enough, gossip does the rest");
  await serf(bravo, "join", alpha.bind);
  await serf(charlie, "join", bravo.bind);
  for (const observer of agents) {
    for (const { name } of agents) {
      await eventually(
        `${observer.name} sees ${name}`,
        async () => await statusOf(observer, name) === "alive",
      );
    }
  }
  await serf(alpha, "members");

  await heading("An event reaches every agent, and every handler runs");
  await serf(charlie, "event", "deploy", "v42");
  let answers: string[] = [];
  await eventually("every handler ran", async () => {
    answers = (await Deno.readTextFile(handled).catch(() => "")).split("\n").filter(Boolean);
    return answers.length >= agents.length;
  });
  for (const answer of answers.sort()) say(`handler: ${answer}`);

  await heading(`${charlie.name} is killed, without a word`);
  charlie.process?.kill("SIGKILL");
  const killed = performance.now();
  say(`the others probe ${charlie.name} in vain, suspect it, and give it time to object …`);
  await eventually(
    `${charlie.name} is found out`,
    async () => await statusOf(alpha, charlie.name) === "failed",
  );
  say(`… and take it for failed after ${((performance.now() - killed) / 1000).toFixed(1)} s`);
  await serf(alpha, "members");

  await heading(`${bravo.name} leaves, and says so`);
  await serf(bravo, "leave");
  await eventually(
    `${bravo.name} has left`,
    async () => await statusOf(alpha, bravo.name) === "left",
  );
  await serf(alpha, "members");
}

async function main(): Promise<number> {
  const reference = await findReferenceSerf();
  const agents = [makeAgent("alpha"), makeAgent("bravo"), makeAgent("charlie", reference)];
  const directory = await Deno.makeTempDir({ prefix: "serf-demo-" });
  console.log("Serf: agents that find each other, notice failure and leave.");
  if (reference === undefined) {
    console.log("(HashiCorp's serf is not installed: all three agents are this program.)");
  }
  try {
    await tellStory(agents, directory);
    await heading("That was it: all three are gone again");
    console.log(
      "Start your own with `deno task serf agent`, and ask it with `deno task serf members`.",
    );
    return 0;
  } catch (error) {
    console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}`);
    return 1;
  } finally {
    for (const { process } of agents) {
      try {
        process?.kill("SIGKILL");
      } catch {
        // It has ended already, as the story wants it.
      }
      await process?.status;
    }
    await Deno.remove(directory, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main());
