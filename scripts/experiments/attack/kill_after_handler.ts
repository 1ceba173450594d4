/**
 * Does a handler run twice if the agent is killed right behind it?
 *
 * Three events; as soon as the third one's handler has run, kill -9; then a start from the
 * snapshot, which joins again and is told the events of the past.
 */

import { AgentProcess, type Kind } from "../../lab/agents.ts";
import { type Measure, toBeNone } from "../../lab/comparison.ts";
import { ScratchFolder } from "../../lab/scratch_folder.ts";
import { delay, eventually } from "../../lab/waiting.ts";

const network = "127.77";
/** How many agents are killed side by side, each with a partner of its own that goes on. */
const width = 4;

export const killAfterHandler: Measure<Kind> = async (kind, isShort) => {
  const rounds = isShort ? 2 : 15;
  using folder = new ScratchFolder();
  const work = (_: unknown, n: number) => killAgain(kind, rounds, n, `${folder.path}/${n}`);
  const twice = await Promise.all(Array.from({ length: width }, work));
  const figure = `kill -9 after a handler, ${rounds * width} times: handlers run twice`;
  return [toBeNone(figure, twice.reduce((sum, each) => sum + each, 0))];
};

/** Kills an agent again and again; returns how many handlers ran twice. */
async function killAgain(kind: Kind, rounds: number, n: number, path: string): Promise<number> {
  const bind = `${network}.${n}.1`;
  await using partner = await AgentProcess.start(kind, { name: "partner", bind });
  const options = {
    name: "mortal",
    bind: `${network}.${n}.2`,
    args: [
      `-snapshot=${path}.snapshot`,
      `-event-handler=user=echo $SERF_USER_EVENT >> ${path}.runs`,
    ],
  };
  let mortal = await AgentProcess.start(kind, options);
  try {
    await mortal.cli(["join", bind]);
    // A member that was met a moment ago need not be in the snapshot yet.
    await delay(1500);
    for (let round = 0; round < rounds; round++) {
      for (const k of [1, 2, 3]) await partner.cli(["event", "-coalesce=false", `e${round}-${k}`]);
      const hasRun = () => runsIn(path).includes(`e${round}-3`);
      await eventually("the handler runs", hasRun, { pause: 2 });
      await mortal.kill();
      mortal = await AgentProcess.start(kind, options);
      await eventually("the mortal is back", async () => {
        return (await mortal.members()).get("partner")?.status === "alive";
      });
      // What is told with the exchange of the join reaches the handlers after it.
      await delay(1000);
    }
    return runsIn(path).length - new Set(runsIn(path)).size;
  } finally {
    await mortal.kill();
  }
}

/** The events whose handlers ran, in order. */
function runsIn(path: string): string[] {
  try {
    return Deno.readTextFileSync(`${path}.runs`).trim().split("\n");
  } catch {
    return [];
  }
}
