/**
 * `serf health`: one word and an exit status, for scripts, containers and service files.
 *
 * It asks only what every agent answers, HashiCorp's too. Nothing that the agent or the network
 * does wrong is an error here: it is an answer.
 */

import { formatJson } from "../../go/json_writer.ts";
import { RpcError } from "../../rpc/rpc_error.ts";
import { agentFlags, connectToAgent } from "../agent_connection.ts";
import { CommandFailure, defineCommand, UsageMistake } from "../command.ts";
import type { AgentConnection, Context } from "../context.ts";
import { durationFlag } from "../duration_flag.ts";
import { type FlagValues, integerFlag, listFlag, optional } from "../flags.ts";
import { listMembers } from "../matching_members.ts";
import { formatFlag, requireOutputFormat } from "../output/output_format.ts";
import { parseTagArguments } from "../tag_arguments.ts";

/** How long to wait before an agent is asked again, in milliseconds. */
const pauseBetween = 500;
/**
 * From this score on an agent is in doubt about itself: it misses answers which it should get.
 * A score of 1 comes and goes with a single lost packet.
 */
const doubtfulScore = 2;

/** What there is to say, and in which order it is looked for: the first that holds. */
type Word =
  | "unreachable"
  | "refused"
  | "leaving"
  | "alone"
  | "incomplete"
  | "degraded"
  | "healthy";

/** What is asked of a cluster. */
interface Wish {
  /** How many alive members there must be, this one included. */
  readonly members: number;
  /** Only members with these tags count. */
  readonly tags: ReadonlyMap<string, string>;
}

/** An answer, with the numbers behind it where the agent told them. */
interface Verdict {
  readonly word: Word;
  readonly reason: string;
  readonly facts?: {
    readonly node: string;
    readonly members: number;
    readonly failed: number;
    readonly health_score: number;
  };
}

export const health = defineCommand({
  name: "health",
  example: "serf health -wait=30s -members=3 -tag role=web",
  about: [
    "Tells in one word whether an agent and its cluster are well. The exit status is 0 only for " +
    "'healthy'. What is behind the word stands on standard error.",
    "Members that failed do not count against an agent that still knows enough others. To learn " +
    "whether the agent itself lives, and nothing of its cluster, ask for -members=1: only so is " +
    "it fit to restart an agent that is not well.",
  ],
  flags: {
    wait: durationFlag(
      "wait=0",
      "Ask again until it is healthy, for at most this long, for instance 30s.",
    ),
    members: optional(integerFlag(
      "members=2",
      "How many members must be alive, this one included. With -tag the default is 1.",
    )),
    tag: listFlag(
      "tag <key>=<regexp>",
      "Count only members whose tag of that name matches, from end to end. May be given several " +
        "times; all must match.",
    ),
    format: formatFlag,
    ...agentFlags,
  },
  notes: [
    {
      heading: "Words",
      paragraphs: [
        "healthy: the agent answers, and there are as many members as asked for.",
        "degraded: there are, but the agent misses answers that it should get (a health score of " +
        `${doubtfulScore} or more): it or its network is overloaded.`,
        "incomplete: fewer members are alive than asked for.",
        "alone: the agent knows no other member that is alive.",
        "leaving: the agent leaves its cluster.",
        "refused: the agent does not answer this client, for instance without its token.",
        "unreachable: no agent answers.",
      ],
    },
  ],
  async run({ wait, members, tag, format: formatName, ...flags }, _args, context) {
    const isJson = requireOutputFormat(formatName) === "json";
    const tags = parseTagArguments(tag);
    const wish = { members: members ?? (tags.size > 0 ? 1 : 2), tags };
    if (wish.members < 1) throw new UsageMistake("-members must be at least 1.");
    if (wait < 0) throw new UsageMistake("-wait must not be negative.");

    const verdict = await waitUntilHealthy(() => ask(flags, wish, context), wait);
    const isHealthy = verdict.word === "healthy";
    if (isJson) context.terminal.print(describe(verdict, wish));
    else {
      context.terminal.print(verdict.word);
      if (!isHealthy) context.terminal.warn(verdict.reason);
    }
    return isHealthy ? 0 : 1;
  },
});

/** Asks until all is well or the time is over, and returns the last answer. */
async function waitUntilHealthy(ask: () => Promise<Verdict>, wait: number): Promise<Verdict> {
  if (wait === 0) return await ask();
  const end = performance.now() + wait;
  const over = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => over.resolve(undefined), wait);
  let last: Verdict = { word: "unreachable", reason: "The agent did not answer in time" };
  try {
    for (;;) {
      const answer = await Promise.race([ask(), over.promise]);
      if (!answer) return last;
      last = answer;
      const left = end - performance.now();
      // An agent that refuses would count further tries as guesses.
      if (answer.word === "healthy" || answer.word === "refused" || left <= 0) return answer;
      await pause(Math.min(pauseBetween, left));
    }
  } finally {
    clearTimeout(timer);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Connects anew, since the agent may have been started meanwhile, and asks once. */
async function ask(
  flags: FlagValues<typeof agentFlags>,
  wish: Wish,
  context: Context,
): Promise<Verdict> {
  try {
    using agent = await connectToAgent(flags, context);
    return await judge(agent, wish);
  } catch (error) {
    // What the user's own files lack has no cause in the network.
    const cause = error instanceof CommandFailure ? error.cause : error;
    if (!(error instanceof Error) || !(cause instanceof RpcError)) throw error;
    if (cause.message.startsWith("Failed to compile regex: ")) {
      throw new CommandFailure(`Error: ${cause.message}`);
    }
    return { word: cause.kind === "refused" ? "refused" : "unreachable", reason: error.message };
  }
}

async function judge(agent: AgentConnection, { members, tags }: Wish): Promise<Verdict> {
  const [stats, counted] = await Promise.all([
    agent.stats(),
    listMembers(agent, { name: "", status: "alive", tags }),
  ]);
  const node = stats.get("agent")?.get("name") ?? "";
  const [self] = await listMembers(agent, { name: literal(node), status: "", tags: new Map() });
  const number = (key: string) => Number(stats.get("serf")?.get(key) ?? 0);
  const [failed, score] = [number("failed"), number("health_score")];
  const present = number("members") - failed - number("left");

  const facts = { node, members: counted.length, failed, health_score: score };
  const tell = (word: Word, reason = ""): Verdict => ({ word, reason, facts });
  if (self && self.status !== "alive") {
    return tell("leaving", `The agent leaves the cluster: its status is ${self.status}`);
  }
  if (counted.length < members) {
    const word = present <= 1 ? "alone" : "incomplete";
    const alive = `${counted.length} of ${members} members ${describeTags(tags)}are alive`;
    return tell(word, failed > 0 ? `${alive}; ${failed} failed` : alive);
  }
  // An agent without others gets no answers by which to judge itself.
  if (score >= doubtfulScore && present > 1) {
    return tell("degraded", `The agent misses answers of others: its health score is ${score}`);
  }
  return tell("healthy");
}

/** An RE2 expression that matches a name and nothing else. */
function literal(name: string): string {
  return name.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

function describeTags(tags: ReadonlyMap<string, string>): string {
  if (tags.size === 0) return "";
  return `with ${[...tags].map(([key, value]) => `${key}=${value}`).join(", ")} `;
}

function describe({ word, reason, facts }: Verdict, wish: Wish): string {
  return formatJson({
    status: word,
    healthy: word === "healthy",
    ...reason !== "" && { reason },
    wanted: wish.members,
    ...facts,
  });
}
