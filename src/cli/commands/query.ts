/** `serf query`: asks the cluster and gathers the answers (cli.md section 7.11). */

import { decodeText, encodeText } from "../../bytes/text.ts";
import type { QueryRecord } from "../../rpc/commands.ts";
import type { QueryOptions } from "../../rpc/client.ts";
import type { RecordStream } from "../../rpc/record_stream.ts";
import { agentFlags, attempt, connectToAgent } from "../agent_connection.ts";
import { compareBytes } from "../../go/byte_order.ts";
import { CommandFailure, defineCommand, UsageMistake } from "../command.ts";
import type { AgentConnection } from "../context.ts";
import { durationFlag } from "../duration_flag.ts";
import { integerFlag, listFlag, switchFlag } from "../flags.ts";
import { formatJson } from "../../go/json_writer.ts";
import { formatFlag, outputFormat } from "../output/output_format.ts";
import { visible } from "../output/table.ts";
import { parseTagArguments } from "../tag_arguments.ts";
import type { Terminal } from "../terminal.ts";

/** How many silent members are named. */
const mostNamed = 10;

export const query = defineCommand({
  name: "query",
  usage: "[options] name [payload]",
  example: "serf query -tag role=web -timeout=5s load",
  about: [
    "Asks the nodes of the cluster a question and shows their answers as they come. It ends when " +
    "every node that is meant has answered, or said that it will not because nothing there " +
    "handles such a query. HashiCorp's nodes never say so: with them it ends when the time given " +
    "to the query is over. Nodes of which nothing came are named in the end.",
  ],
  flags: {
    format: formatFlag,
    node: listFlag("node=NAME", "Only this node is to answer. May be given several times.", {
      offers: "nodes",
    }),
    tag: listFlag(
      "tag <key>=<regexp>",
      "Only nodes whose tag of that name matches are to answer. The expression is RE2 and " +
        "may match any part of the value. May be given several times; all must match.",
    ),
    timeout: durationFlag(
      "timeout=15s",
      "How long to wait for answers. By default it depends on the size of the cluster.",
    ),
    wait: switchFlag("wait", "Listen for the whole time, even if everybody has answered."),
    noAck: switchFlag("no-ack", "Ask for no acknowledgements, only for answers."),
    relayFactor: integerFlag(
      "relay-factor=0",
      "Send answers also through this many other nodes, in case the direct way is lost.",
    ),
    ...agentFlags,
  },
  async run(flags, args, context) {
    const [name, payload] = args;
    if (name === undefined) throw new UsageMistake("A query name must be specified.");
    if (args.length > 2) {
      throw new UsageMistake(
        "Too many command line arguments. Only a name and payload must be specified.",
      );
    }
    const filterTags = parseTagArguments(flags.tag);
    if (flags.relayFactor < 0 || flags.relayFactor > 255) {
      throw new CommandFailure("Relay factor must be between 0 and 255");
    }

    const options: QueryOptions = {
      filterNodes: flags.node,
      filterTags,
      requestAck: !flags.noAck,
      relayFactor: flags.relayFactor,
      timeout: flags.timeout,
      ...(flags.wait && { untilTimeout: true }),
    };
    const format = outputFormat(flags.format);
    if (!format) throw new CommandFailure(`Invalid format: ${flags.format}`);
    const { terminal } = context;
    const tell = format === "text" ? terminal.print : () => {};
    const ask = async () => {
      using agent = await connectToAgent(flags, context);
      await checkNames(agent, flags.node, terminal);
      const bytes = payload === undefined ? undefined : encodeText(payload);
      const records = await attempt("Error sending query", agent.query(name, bytes, options));
      await warnOfBadExpressions(filterTags, terminal);
      tell(`Query '${name}' dispatched`);
      const answers = await attempt("Error sending query", gather(records, tell));
      if (!flags.noAck) tell(`Total Acks: ${answers.acks.length}`);
      tell(`Total Responses: ${answers.responses.length}`);
      const missing = await silentMembers(agent, options, answers);
      // Who kept silent is not among the results, which scripts read.
      if (format === "json") terminal.print(formatAnswers(answers, missing));
      else if (missing.length > 0) terminal.warn(`Nothing came from: ${nameSome(missing)}`);
      return 0;
    };
    return await Promise.race([terminal.interrupted().then(() => 1), ask()]);
  },
});

/** Says that nobody can answer: nodes keep silent about a filter that they cannot read. */
async function warnOfBadExpressions(
  tags: ReadonlyMap<string, string>,
  terminal: Terminal,
): Promise<void> {
  if (tags.size === 0) return;
  const { findBadExpression } = await import("../output/expressions.ts");
  const problem = await findBadExpression(tags.values());
  if (problem !== undefined) terminal.warn(`Warning: no node will answer: ${visible(problem)}`);
}

/**
 * Parity: the reference asks nobody, waits, and says nothing.
 *
 * @throws {CommandFailure} if no member has any of the names.
 */
async function checkNames(
  agent: AgentConnection,
  names: readonly string[],
  terminal: Terminal,
): Promise<void> {
  if (names.length === 0) return;
  const members = await attempt("Error getting members", agent.members());
  const known = new Set(members.map(({ name }) => name));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  const text = `No member is called ${unknown.map((name) => `'${name}'`).join(" or ")}`;
  if (unknown.length === names.length) throw new CommandFailure(text);
  terminal.warn(`Warning: ${text}`);
}

/** What came back, in order of arrival. */
interface Answers {
  readonly acks: readonly string[];
  readonly responses: readonly (readonly [from: string, text: string])[];
}

/** Takes all answers and tells of each. */
async function gather(
  records: RecordStream<QueryRecord>,
  tell: (line: string) => void,
): Promise<Answers> {
  const acks: string[] = [];
  const responses: [string, string][] = [];
  for await (const { type, from, payload } of records) {
    if (type === "ack") {
      acks.push(from);
      tell(`Ack from '${from}'`);
    } else if (type === "response") {
      const text = decodeText(payload ?? new Uint8Array());
      responses.push([from, text]);
      tell(`Response from '${from}': ${text.replace(/\n$/, "")}`);
    }
  }
  return { acks, responses };
}

/** The members that were asked and of which nothing came, sorted. */
async function silentMembers(
  agent: AgentConnection,
  { filterNodes = [], filterTags = new Map() }: QueryOptions,
  { acks, responses }: Answers,
): Promise<readonly string[]> {
  const heard = new Set([...acks, ...responses.map(([from]) => from)]);
  // Members are listed by expressions that match the whole value, queries by any part of it.
  const tags = new Map(
    [...filterTags].map(([tag, expression]) => [tag, `(?s:.*)(?:${expression})(?s:.*)`]),
  );
  // A bad expression means nobody.
  const meant = await agent.membersFiltered({ status: "alive", tags }).catch(() => []);
  return meant.map(({ name }) => name)
    .filter((name) => !heard.has(name) && (filterNodes.length === 0 || filterNodes.includes(name)))
    .sort(compareBytes);
}

function formatAnswers({ acks, responses }: Answers, missing: readonly string[]): string {
  return formatJson({
    Acks: acks.length === 0 ? undefined : acks,
    Responses: new Map(responses),
    ...(missing.length > 0 && { Missing: missing }),
  });
}

function nameSome(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return names.slice(0, mostNamed).map(visible).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
