/** Plays a case in its world: runs the command, takes the steps, and notes what happened. */

import { compareText, missingMetric, type Rules } from "./comparison.ts";
import { type Program, sleep, until } from "./program.ts";
import { type Action, parseStep } from "./script.ts";
import type { Invocation, Outcome, Transcript } from "./transcript.ts";
import { runningLine, type World } from "./world.ts";

/**
 * How long a program may take to end, or to print what was recorded.
 *
 * The limit is generous on purpose: it ends a broken case, and never decides on
 * a slow machine. One that ends by a time limit of its own gets more than that.
 */
const patience = 60_000;
/** Some metrics come every 30 s only, and are shown once their interval is over. */
const metricsPatience = 120_000;
/** How long to look for handler runs too many. */
const aftermath = 400;
/** From the moment at which a client was accepted until its requests are surely served. */
const subscribing = 500;
/** Printed by a command because of the signal that ends it. */
const farewell = "Test interrupted\n";

/** How the texts of a case are compared. */
export function rulesOf(transcript: Transcript): Rules {
  return {
    order: transcript.order,
    racyLines: transcript.racyLines,
    isTable: transcript.group === "members",
    hasFreeFields: transcript.group === "monitor",
  };
}

/** Plays a case; `expected` tells how long to wait for what. */
export async function play(
  transcript: Transcript,
  world: World,
  expected: Outcome,
): Promise<Outcome> {
  if (expected.invocations) return await watchHandler(transcript, world, expected.invocations);
  if (expected.distinct_lines) {
    return await watchMetrics(transcript, world, expected.distinct_lines);
  }
  const performance = new Performance(transcript, world, expected);
  return await performance.play();
}

/** One run of a case's command. */
class Performance {
  readonly #transcript: Transcript;
  readonly #world: World;
  readonly #expected: Outcome;
  readonly #program: Program;
  readonly #background: Program[] = [];
  readonly #clientsBefore: number;
  #signalCount = 0;
  #members: string | undefined;

  constructor(transcript: Transcript, world: World, expected: Outcome) {
    this.#transcript = transcript;
    this.#world = world;
    this.#expected = expected;
    this.#clientsBefore = world.acceptedClients;
    this.#program = world.start(transcript.command.slice(1), transcript.env);
  }

  async play(): Promise<Outcome> {
    try {
      const actions = this.#transcript.steps.flatMap(parseStep);
      if (actions.length > 0) await (this.#isAgent ? this.#hears(runningLine) : this.#connects());
      for (const [at, action] of actions.entries()) {
        if (this.#program.hasEnded) break;
        await this.#take(action, actions[at + 1]);
      }
      return await this.#end();
    } finally {
      await Promise.all([this.#program, ...this.#background].map((program) => program.kill()));
    }
  }

  get #isAgent(): boolean {
    return this.#transcript.command[1] === "agent";
  }

  async #take(action: Action, next: Action | undefined): Promise<void> {
    switch (action.kind) {
      case "wait":
        // A recorded pause before a signal let something happen: wait for that instead.
        if (next?.kind === "signal" && this.#textBeforeSignal() !== undefined) return;
        return await sleep(action.delay);
      case "line":
        return await this.#hears(action.text);
      case "write":
        return await this.#world.write(action.file, action.text);
      case "signal":
        await this.#awaitTextBeforeSignal();
        this.#signalCount++;
        return this.#program.signal(action.signal);
      case "serf":
        return await this.#runSerf(action.args, action.inBackground);
      case "end":
        return;
    }
  }

  /** Waits until an agent serves the command; those that talk to no agent need not wait long. */
  async #connects(): Promise<void> {
    if (!this.#world.hasAgents) return;
    await until(() => this.#world.acceptedClients > this.#clientsBefore, patience);
    await sleep(subscribing);
  }

  async #hears(text: string): Promise<void> {
    await until(() => this.#program.stdout.includes(text) || this.#program.hasEnded, patience);
  }

  async #runSerf(args: readonly string[], inBackground: boolean): Promise<void> {
    const program = this.#world.start(args);
    this.#background.push(program);
    if (inBackground) return;
    await program.exit(patience);
    if (args[0] === "members") this.#members = program.stdout;
  }

  /** What the record shows before the next signal; undefined where it does not tell. */
  #textBeforeSignal(): string | undefined {
    const text = this.#expected.stdout ?? "";
    if (!this.#isAgent) return text.replace(farewell, "");
    const parts = text.split(/^(?===> Caught signal)/m);
    const isKnown = parts.length > this.#signalCount + 1;
    return isKnown ? parts.slice(0, this.#signalCount + 1).join("") : undefined;
  }

  async #awaitTextBeforeSignal(): Promise<void> {
    const text = this.#textBeforeSignal();
    if (text === undefined) return;
    const rules = { ...rulesOf(this.#transcript), isUnfinished: true };
    await until(() => {
      const printed = this.#world.normalise(this.#program.stdout);
      return compareText(text, printed, rules) === undefined || this.#program.hasEnded;
    }, patience);
  }

  async #end(): Promise<Outcome> {
    const exit = await this.#program.exit(patience);
    return {
      ...exit === undefined ? {} : { exit },
      stdout: this.#world.normalise(this.#program.stdout),
      stderr: withoutHints(this.#world.normalise(this.#program.stderr)),
      ...this.#members === undefined ? {} : { members: this.#members },
      ...this.#expected.syslog === undefined ? {} : { syslog: [...this.#world.syslog] },
      ...this.#expected.file === undefined ? {} : await this.#readFile(),
    };
  }

  /** Reads the file that the agent keeps. */
  async #readFile(): Promise<{ file: string; mode: string }> {
    const command = this.#world.expand(this.#transcript.command.join(" "));
    const path = /-(?:snapshot|tags-file)=(\S+)/.exec(command)?.[1] ?? "";
    const { mode } = await Deno.stat(path);
    return {
      file: await Deno.readTextFile(path),
      mode: `0o${((mode ?? 0) & 0o777).toString(8)}`,
    };
  }
}

/** What to try is for people, and this program's own. */
function withoutHints(stderr: string): string {
  return stderr.replace(/^Hint: .*\n/gm, "");
}

/** Listens to the metrics of a setup's agents until everything recorded was heard. */
async function watchMetrics(
  transcript: Transcript,
  world: World,
  expected: readonly string[],
): Promise<Outcome> {
  const dumping = transcript.steps.length > 0;
  const heard = async () => {
    if (!dumping) {
      return linesOf(
        world.serverOutput(transcript.id.includes("statsite") ? "statsite" : "statsd"),
      );
    }
    return linesOf(await world.dumpMetrics());
  };
  let lines: readonly string[] = [];
  await until(async () => {
    lines = await heard();
    return missingMetric(expected, lines) === undefined;
  }, metricsPatience);
  return { distinct_lines: lines };
}

function linesOf(text: string): string[] {
  return [...new Set(text.split("\n"))].filter((line) => line !== "");
}

/** How many handler runs of a world have been looked at. */
const seenInvocations = new WeakMap<World, number>();

/** Takes the steps of a case without a command, and reads what its handler wrote down. */
async function watchHandler(
  transcript: Transcript,
  world: World,
  expected: readonly Invocation[],
): Promise<Outcome> {
  const isFirst = !seenInvocations.has(world);
  const before = isFirst ? 0 : (await readInvocations(world)).length;
  const commands = transcript.steps.flatMap(parseStep).flatMap((action) => {
    return action.kind === "serf" ? [action.args] : [];
  });
  if (commands.length > 1) await world.sendEvents(commands);
  else for (const args of commands) await world.run(args);
  await until(async () => {
    return (await readInvocations(world)).length >= before + expected.length;
  }, patience);
  await sleep(aftermath);
  const all = await readInvocations(world);
  seenInvocations.set(world, all.length);
  return { invocations: all.slice(before) };
}

async function readInvocations(world: World): Promise<Invocation[]> {
  const text = await Deno.readTextFile(`${world.directory}/invocations`).catch(() => "");
  return world.normalise(text).split("==\n").slice(0, -1).map((record) => {
    const [env = "", stdin = ""] = record.split("--\n");
    return {
      env: env.trimEnd().split("\n"),
      stdin_od_c: stdin.split("\n").filter((line) => line !== "").map((line) => line.trim()),
    };
  });
}
