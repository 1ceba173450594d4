/**
 * Does a handler run twice if the agent is killed right behind it?
 *
 * Three events; as soon as the third one's handler has run, kill -9; then a start from the
 * snapshot, which joins again and is told the events of the past.
 */

import { none } from "../bench/goal.ts";
import { delay, until } from "../bench/waiting.ts";
import { AgentProcess, eventually, type Kind } from "../../tests/support/agents.ts";
import type { Attack } from "./attack.ts";

const network = "127.77.0";
/** How many agents are killed in each round. */
const width = 6;

export const killAfterHandler: Attack = async (kind, isShort) => {
  const folder = await Deno.makeTempDir({ prefix: "serf-attack-" });
  const rounds = isShort ? 2 : kind === "ours" ? 10 : 3;
  try {
    await using teller = await AgentProcess.start(kind, { name: "teller", bind: `${network}.1` });
    const [mortals, late] = [[] as Mortal[], 0];
    for (let n = 0; n < width; n++) mortals.push(new Mortal(kind, folder, n));
    try {
      await Promise.all(mortals.map((mortal) => mortal.start(`-join=${teller.bind}`)));
      for (let round = 0; round < rounds; round++) {
        for (const n of [1, 2, 3]) await teller.cli(["event", "-coalesce=false", `e${round}-${n}`]);
        await Promise.all(mortals.map((mortal) => mortal.killAfter(`e${round}-3`)));
        await Promise.all(mortals.map((mortal) => mortal.start()));
        await Promise.all(mortals.map((mortal) => mortal.sees("teller")));
        // What is told with the exchange of the join reaches the handlers after it.
        await delay(1500);
      }
      const twice = mortals.reduce(
        (sum, mortal) => sum + mortal.runs.length - new Set(mortal.runs).size,
        late,
      );
      const figure = `kill -9 after a handler, ${rounds * width} times: handlers run twice`;
      return [{ figure, unit: "", value: twice, goal: none }];
    } finally {
      await Promise.all(mortals.map((mortal) => mortal.agent?.kill()));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
};

/** An agent that is killed again and again. */
class Mortal {
  agent: AgentProcess | undefined;
  readonly #kind: Kind;
  readonly #name: string;
  readonly #bind: string;
  readonly #path: string;

  constructor(kind: Kind, folder: string, n: number) {
    this.#kind = kind;
    this.#name = `mortal-${n}`;
    this.#bind = `${network}.${n + 2}`;
    this.#path = `${folder}/${n}`;
  }

  /** The events whose handler ran, in order. */
  get runs(): string[] {
    try {
      return Deno.readTextFileSync(`${this.#path}.runs`).trim().split("\n");
    } catch {
      return [];
    }
  }

  async start(...more: string[]): Promise<void> {
    this.agent = await AgentProcess.start(this.#kind, {
      name: this.#name,
      bind: this.#bind,
      args: [
        `-snapshot=${this.#path}.snapshot`,
        `-event-handler=user=echo $SERF_USER_EVENT >> ${this.#path}.runs`,
        ...more,
      ],
    });
  }

  async killAfter(event: string): Promise<void> {
    await until(() => Promise.resolve(this.runs.includes(event)), 2, 20_000);
    await this.agent!.kill();
  }

  async sees(name: string): Promise<void> {
    await eventually(`${this.#name} sees ${name}`, async () => {
      return (await this.agent!.members("reference")).get(name)?.status === "alive";
    }, { within: 20_000 });
  }
}
