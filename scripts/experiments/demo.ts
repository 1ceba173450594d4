/**
 * What does Serf do? The main job in half a minute.
 *
 *     deno task demo
 *
 * Three real agents find each other, an event runs a handler, one agent is killed and found
 * out, another says goodbye. Where HashiCorp's `serf` is installed, one of the three is that
 * one. Everything happens on 127.0.0.1 and in a temporary directory.
 */

import { errorText } from "../../src/ports/error_text.ts";
import { AgentProcess, freeAddress, type Kind, referencePath } from "../lab/agents.ts";
import { runScript } from "../lab/command_line.ts";
import { ScratchFolder } from "../lab/scratch_folder.ts";
import { delay, eventually } from "../lab/waiting.ts";

/** How long any single step may take before the demo gives up. */
const stepLimit = 25_000;
/** Time to read what was shown before the story goes on. */
const readingTime = 800;
const started = performance.now();

function say(text: string): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(4);
  console.log(`${seconds} s  ${text}`);
}

/** Opens a chapter, once the last one can have been read. */
async function heading(text: string): Promise<void> {
  await delay(readingTime);
  console.log(`\n── ${text} ${"─".repeat(Math.max(0, 70 - text.length))}`);
}

/** Starts an agent whose handler notes every event in `handled`. */
async function start(name: string, kind: Kind, handled: string): Promise<AgentProcess> {
  const agent = await AgentProcess.start(kind, {
    name,
    bind: freeAddress(),
    rpc: freeAddress(),
    args: [
      "-profile=local",
      `-tag=by=${kind === "ours" ? "Deno" : "HashiCorp"}`,
      `-event-handler=user:deploy=echo "$SERF_SELF_NAME deploys $(cat)" >> '${handled}'`,
    ],
  });
  say(`${name} runs at ${agent.bind}: ${kind === "ours" ? "this program" : "HashiCorp's serf"}`);
  return agent;
}

/** Runs one command of this program against an agent, showing it as a user would type it. */
async function serf(agent: AgentProcess, ...args: readonly string[]): Promise<void> {
  say(`$ serf ${args.join(" ")}    (at ${agent.name})`);
  const { code, stdout, stderr } = await agent.cli(args, "ours");
  const output = (stdout + stderr).trimEnd();
  if (code !== 0) throw new Error(`serf ${args.join(" ")} at ${agent.name} failed:\n${output}`);
  for (const line of output.split("\n")) console.log(`        ${line}`);
}

/** Waits until an agent sees a member in a state. */
async function sees(observer: AgentProcess, name: string, status: string): Promise<void> {
  await eventually(`${observer.name} sees ${name} ${status}`, async () => {
    return (await observer.members("ours")).get(name)?.status === status;
  }, { within: stepLimit, pause: 100 });
}

async function tellStory(agents: AgentProcess[]): Promise<void> {
  using folder = new ScratchFolder();
  const handled = `${folder.path}/handled`;

  await heading("Three agents start, each on its own");
  for (const name of ["alpha", "bravo", "charlie"]) {
    const kind = name === "charlie" && referencePath !== undefined ? "reference" : "ours";
    agents.push(await start(name, kind, handled));
  }
  const [alpha, bravo, charlie] = agents as [AgentProcess, AgentProcess, AgentProcess];

  await heading("They join: one address is enough, gossip does the rest");
  await serf(bravo, "join", alpha.bind);
  await serf(charlie, "join", bravo.bind);
  for (const observer of agents) {
    for (const { name } of agents) await sees(observer, name, "alive");
  }
  await serf(alpha, "members");

  await heading("An event reaches every agent, and every handler runs");
  await serf(charlie, "event", "deploy", "v42");
  let answers: string[] = [];
  await eventually("every handler ran", async () => {
    answers = (await Deno.readTextFile(handled).catch(() => "")).split("\n").filter(Boolean);
    return answers.length >= agents.length;
  }, { within: stepLimit });
  for (const answer of answers.sort()) say(`handler: ${answer}`);

  await heading("charlie is killed, without a word");
  const killed = performance.now();
  await charlie.kill();
  say("the others probe charlie in vain, suspect it, and give it time to object …");
  await sees(alpha, "charlie", "failed");
  say(`… and take it for failed after ${((performance.now() - killed) / 1000).toFixed(1)} s`);
  await serf(alpha, "members");

  await heading("bravo leaves, and says so");
  await serf(bravo, "leave");
  await sees(alpha, "bravo", "left");
  await serf(alpha, "members");
}

async function main(): Promise<number> {
  const agents: AgentProcess[] = [];
  console.log("Serf: agents that find each other, notice failure and leave.");
  if (referencePath === undefined) {
    console.log("(HashiCorp's serf is not installed: all three agents are this program.)");
  }
  try {
    await tellStory(agents);
    await heading("That was it: all three are gone again");
    console.log(
      "Start your own with `deno task serf agent`, and ask it with `deno task serf members`.",
    );
    return 0;
  } catch (error) {
    console.error(`\nThe demo failed: ${errorText(error)}`);
    return 1;
  } finally {
    for (const agent of agents) await agent.kill();
  }
}

if (import.meta.main) await runScript(main);
