/**
 * Tries out a built program as a user would, on any platform: two agents, join,
 * members, an event, a query, a leave.
 *
 *     deno run -A scripts/try_out.ts PROGRAM
 *
 * Everything happens on 127.0.0.1. Prints one line for each step; the exit status
 * is 1 if one did not go as it should.
 */

import { errorText } from "../src/ports/error_text.ts";
import { AgentProcess, freeAddress, runSerf } from "./lab/agents.ts";
import { runScript } from "./lab/command_line.ts";
import { eventually } from "./lab/waiting.ts";

function start(name: string, program: readonly string[], args: readonly string[] = []) {
  const addresses = { bind: freeAddress(), rpc: freeAddress() };
  return AgentProcess.start("ours", { name, program, args, ...addresses });
}

/** Runs a command again and again until it prints what it should. */
async function say(
  step: string,
  command: () => ReturnType<typeof runSerf>,
  expected: RegExp,
): Promise<void> {
  let said = "";
  await eventually(`${step}: ${expected}`, async () => {
    const { stdout, stderr } = await command();
    said = stdout + stderr;
    return expected.test(said);
  }, { pause: 200, detail: () => said });
  console.log(`${step}: ok`);
}

async function main([path]: readonly string[]): Promise<number> {
  if (path === undefined) throw new Error("Which program? deno run -A scripts/try_out.ts PROGRAM");
  const program = [await Deno.realPath(path)];
  try {
    await say("version", () => runSerf("ours", ["version"], { program }), /^\d+\.\d+\.\d/);
    await using first = await start("first", program, ["-event-handler=query:load=echo idle"]);
    await using second = await start("second", program);
    await say("join", () => second.cli(["join", first.bind]), /contacting 1 nodes/);
    await say("members", () => first.cli(["members"]), /second .*alive/);
    await say("event", () => second.cli(["event", "deploy", "v42"]), /dispatched/);
    const query = () => second.cli(["query", "-timeout=3s", "load"]);
    await say("query", query, /^Response from 'first': idle/m);
    await say("leave", () => second.cli(["leave"]), /Graceful leave complete/);
    await say("left", () => first.cli(["members"]), /second .*left/);
    return 0;
  } catch (error) {
    console.error(errorText(error));
    return 1;
  }
}

if (import.meta.main) await runScript(main);
