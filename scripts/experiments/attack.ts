/**
 * Attacks this program and, where it is installed, HashiCorp's, and says what became of them:
 *
 *     deno task attack [--short] [--only=replay,votes]
 *
 * It takes some 20 minutes, the short form one or two. Everything happens on loopback
 * addresses; what needs root, or a program that is missing, is left out and named. The variable
 * `SERF_BUILD` names another build of this program to attack. The exit status is 1 if a
 * goal is missed.
 */

import { parseArgs } from "node:util";
import type { Attack } from "./attack/attack.ts";
import { attacks } from "./attack/attacks.ts";
import { judge } from "../lab/goal.ts";
import { type Comparison, tableLines } from "../lab/comparison.ts";
import { runScript } from "../lab/command_line.ts";
import { type Kind, referencePath } from "../lab/agents.ts";

/** What the command line asks for. */
export interface Order {
  readonly isShort: boolean;
  readonly names: readonly string[];
}

/** Reads the command line; throws at what it does not know. */
export function readOrder(args: readonly string[], all: readonly string[]): Order {
  const { short, only } = parseArgs({
    args: [...args],
    options: { short: { type: "boolean", default: false }, only: { type: "string" } },
  }).values;
  const names = only?.split(",") ?? all;
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`There is no attack "${unknown}": try ${all.join(", ")}`);
  }
  return { isShort: short, names: all.filter((name) => names.includes(name)) };
}

async function main(args: readonly string[]): Promise<number> {
  const { isShort, names } = readOrder(args, [...attacks.keys()]);
  const kinds: readonly Kind[] = referencePath === undefined ? ["ours"] : ["ours", "reference"];
  const figures = new Map<string, Comparison>();
  let failures = 0;
  for (const name of names) {
    for (const kind of kinds) {
      try {
        await attackInto(figures, name, attacks.get(name)!, kind, isShort);
      } catch (error) {
        if (kind === "ours") failures++;
        console.error(
          `NOT ATTACKED: ${kind} by ${name}: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
  }
  for (const line of tableLines(figures)) console.log(line);
  const missed = [...figures.values()].filter(({ own, theirs }) => {
    return judge(own?.goal, own?.value, theirs?.value) === "missed";
  });
  console.log(`\n${missed.length} goals missed, ${failures} attacks did not happen`);
  return missed.length + failures === 0 ? 0 : 1;
}

async function attackInto(
  figures: Map<string, Comparison>,
  name: string,
  attack: Attack,
  kind: Kind,
  isShort: boolean,
): Promise<void> {
  const startedAt = performance.now();
  const measurements = await attack(kind, isShort);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.error(`${name} against ${kind}: ${seconds} s`);
  for (const measurement of measurements) {
    const both = figures.get(measurement.figure) ?? { own: undefined, theirs: undefined };
    const side = kind === "ours" ? { own: measurement } : { theirs: measurement };
    figures.set(measurement.figure, { ...both, ...side });
  }
}

if (import.meta.main) await runScript(main);
