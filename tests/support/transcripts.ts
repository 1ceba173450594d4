/**
 * Runs recorded cases of the reference program against this one.
 *
 * `SERF_UNDER_TEST` names another program to run them against, and
 * `SERF_AGENT_UNDER_TEST` one that plays the agents which a case finds there.
 * The reference itself is compared with what release 0.9.4 did.
 */

import { deepStrictEqual } from "node:assert/strict";
import { serfCommand } from "../../scripts/lab/agents.ts";
import { compareText, matches, missingMetric } from "./transcripts/comparison.ts";
import { directed, stories } from "./transcripts/directions.ts";
import { play, rulesOf } from "./transcripts/performance.ts";
import { Sandbox } from "./transcripts/sandbox.ts";
import {
  type Difference,
  type Invocation,
  loadDifferences,
  loadTranscripts,
  type Outcome,
  type Transcript,
} from "./transcripts/transcript.ts";
import { type Cast, World } from "./transcripts/world.ts";

const programUnderTest = Deno.env.get("SERF_UNDER_TEST");
const agentUnderTest = Deno.env.get("SERF_AGENT_UNDER_TEST") ?? programUnderTest;

const cast: Cast = {
  command: programUnderTest ? [programUnderTest] : serfCommand("ours"),
  agent: agentUnderTest ? [agentUnderTest] : serfCommand("ours"),
};

/** All cases, by id. */
export const transcripts: ReadonlyMap<string, Transcript> = await loadTranscripts();
/** Where this program differs on purpose, by id. */
export const differences: ReadonlyMap<string, Difference> = await loadDifferences();

/** Whether each case can have a network of its own here. */
export const isIsolated: boolean = await canIsolate();

async function canIsolate(): Promise<boolean> {
  const sandbox = await Sandbox.open();
  await sandbox?.[Symbol.asyncDispose]();
  return sandbox !== undefined;
}

/** Some cases that share a world, in order; lines of setup may stand between them. */
export interface Play {
  readonly name: string;
  readonly entries: readonly string[];
}

/** All cases in the plays that they belong to: most are alone in theirs. */
export function allPlays(): Play[] {
  const told = new Set(stories.flat());
  const alone = [...transcripts.keys()].filter((id) => !told.has(id));
  return [
    ...stories.map((entries) => ({ name: entries[0] ?? "", entries })),
    ...alone.map((id) => ({ name: id, entries: [id] })),
  ];
}

/** Why a case cannot be played here; undefined if it can. */
export function obstacle(id: string): string | undefined {
  const transcript = transcripts.get(id);
  if (!transcript) return undefined;
  const { network } = directed(transcript);
  if (network && !isIsolated) return "it needs a network namespace, which cannot be had here";
  if (!expectedOf(transcript)) return "nothing was recorded for this release";
  return undefined;
}

/** What the program under test should do. */
function expectedOf(transcript: Transcript): Outcome | undefined {
  return programUnderTest ? transcript.release : transcript.head;
}

/** Runs cases of one play; `report` is called with each, to be run in order. */
export async function perform(
  entries: readonly string[],
  report: (id: string, run: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const first = transcripts.get(entries[0] ?? "");
  if (!first) throw new Error(`No such case: "${entries[0]}"`);
  await using stage = new Stage(directed(first));
  for (const entry of entries) {
    const transcript = transcripts.get(entry);
    if (transcript) await report(entry, () => stage.play(directed(transcript)));
    else await stage.prepare([entry]);
  }
}

/** A world that is made when the first case needs it, and what has been done in it. */
class Stage implements AsyncDisposable {
  readonly #first: ReturnType<typeof directed>;
  readonly #performed = new Set<string>();
  #world: Promise<World> | undefined;

  constructor(first: ReturnType<typeof directed>) {
    this.#first = first;
  }

  /** Does what the lines say that have not been done yet. */
  async prepare(lines: readonly string[]): Promise<void> {
    const world = await this.#open();
    let joined = 0;
    for (const line of lines) {
      const isSetup = !line.startsWith("wait");
      if (isSetup && this.#performed.has(line)) continue;
      await world.perform(line);
      if (isSetup) this.#performed.add(line);
      if (/^serf agent .*-join=/.test(line)) joined++;
    }
    const hasDefaultAgent = lines.some((line) =>
      /^serf agent -node=\S+ -bind=127.0.0.1\b/.test(line)
    );
    if (joined > 0 && hasDefaultAgent) await world.perform(`wait for all ${joined + 1} agents`);
  }

  /** Plays a case. @throws {Error} if the program did something else than expected. */
  async play(transcript: Transcript): Promise<void> {
    const recorded = expectedOf(transcript);
    if (!recorded) return;
    const world = await this.#open();
    await this.prepare(transcript.setup);
    const difference = programUnderTest ? undefined : differences.get(transcript.id);
    const expected: Outcome = { ...recorded, ...difference?.ours };
    const outcome = await play(transcript, world, expected);
    this.#performed.add(transcript.command.join(" "));
    compare(transcript, expected, outcome);
    if (difference) checkDifference(transcript, recorded, outcome);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#world)?.[Symbol.asyncDispose]();
  }

  #open(): Promise<World> {
    const { files, network = [], syslog } = this.#first;
    return this.#world ??= World.open({ cast, files, network, ...syslog ? { syslog } : {} });
  }
}

/** A difference that is no more must leave the list. */
function checkDifference(transcript: Transcript, recorded: Outcome, outcome: Outcome): void {
  try {
    compare(transcript, recorded, outcome);
  } catch {
    return;
  }
  throw new Error(`"${transcript.id}" is listed in differences.json, but there is none`);
}

function compare(transcript: Transcript, expected: Outcome, outcome: Outcome): void {
  const rules = rulesOf(transcript);
  const problems: string[] = [];
  for (const field of ["stdout", "stderr", "members", "file", "mode"] as const) {
    const text = expected[field];
    if (text === undefined) continue;
    const problem = compareText(text, outcome[field] ?? "", rules);
    if (problem) problems.push(`${field}: ${problem}`);
  }
  if (outcome.exit !== expected.exit) {
    problems.push(`exit status: expected ${expected.exit}, was ${outcome.exit ?? "killed"}`);
  }
  const missing = missingMetric(expected.distinct_lines ?? [], outcome.distinct_lines ?? []);
  if (missing !== undefined) {
    problems.push(`no metric like ${missing} among\n${outcome.distinct_lines?.join("\n")}`);
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));

  if (expected.syslog) compareSyslog(expected.syslog, outcome.syslog ?? []);
  if (expected.invocations) {
    deepStrictEqual(
      outcome.invocations?.map(comparable),
      expected.invocations.map(comparable),
    );
  }
}

function compareSyslog(expected: readonly string[], actual: readonly string[]): void {
  const isSame = expected.length === actual.length &&
    expected.every((datagram, at) => matches(datagram, actual[at] ?? ""));
  if (!isSame) deepStrictEqual(actual, expected);
}

/**
 * A handler run in a form that can be compared: tags have no order, and where a
 * line of the dump began with a blank the record lost it.
 */
function comparable({ env, stdin_od_c }: Invocation) {
  const text = stdin_od_c.join(" ").replace(/ /g, "");
  const lines = text.split("\\n").map((line) => {
    const [tags = "", ...fields] = line.split("\\t").reverse();
    return [...fields.reverse(), tags.split(",").sort().join()].join("\\t");
  });
  return { env: [...env].sort(), stdin: lines.sort() };
}
