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

/** Of so many silent members the names are printed. */
const mostNamed = 10;

/** The `query` command. */
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
    node: listFlag({
      name: "node",
      hint: "=NAME",
      about: "Only this node is to answer. May be given several times.",
      offers: "nodes",
    }),
    tag: listFlag({
      name: "tag",
      hint: " <key>=<regexp>",
      about: "Only nodes whose tag of that name matches are to answer. The expression is RE2 and " +
        "may match any part of the value. May be given several times; all must match.",
    }),
    timeout: durationFlag({
      name: "timeout",
      hint: "=15s",
      about: "How long to wait for answers. By default it depends on the size of the cluster.",
      initial: 0,
    }),
    wait: switchFlag({
      name: "wait",
      hint: "",
      about: "Listen for the whole time, even if everybody has answered.",
      initial: false,
    }),
    noAck: switchFlag({
      name: "no-ack",
      hint: "",
      about: "Ask for no acknowledgements, only for answers.",
      initial: false,
    }),
    relayFactor: integerFlag({
      name: "relay-factor",
      hint: "=0",
      about: "Send answers also through this many other nodes, in case the direct way is lost.",
      initial: 0,
    }),
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
    const ask = async () => {
      using agent = await connectToAgent(flags, context);
      await checkNames(agent, flags.node, context.terminal);
      const bytes = payload === undefined ? undefined : encodeText(payload);
      const answers = await attempt("Error sending query", agent.query(name, bytes, options));
      await warnOfBadExpressions(filterTags, context.terminal);
      const silent = (heard: ReadonlySet<string>) => silentMembers(agent, options, heard);
      const gather = format === "json"
        ? gatherJson(answers, silent, context.terminal)
        : printAnswers(name, answers, silent, flags.noAck, context.terminal);
      await attempt("Error sending query", gather);
      return 0;
    };
    const interrupted = context.terminal.interrupted().then(() => 1);
    return await Promise.race([interrupted, ask()]);
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

/** Whom of the members meant nothing was heard of, sorted. */
type SilentMembers = (heard: ReadonlySet<string>) => Promise<readonly string[]>;

async function silentMembers(
  agent: AgentConnection,
  { filterNodes = [], filterTags = new Map() }: QueryOptions,
  heard: ReadonlySet<string>,
): Promise<readonly string[]> {
  // Members are listed by expressions that match the whole value, queries by any part of it.
  const tags = new Map(
    [...filterTags].map(([tag, expression]) => [tag, `(?s:.*)(?:${expression})(?s:.*)`]),
  );
  // With an expression that is none, nobody was meant.
  const meant = await agent.membersFiltered({ status: "alive", tags }).catch(() => []);
  return meant.map(({ name }) => name)
    .filter((name) => !heard.has(name) && (filterNodes.length === 0 || filterNodes.includes(name)))
    .sort(compareBytes);
}

async function printAnswers(
  name: string,
  answers: RecordStream<QueryRecord>,
  silent: SilentMembers,
  noAck: boolean,
  terminal: Terminal,
): Promise<void> {
  let acks = 0;
  let responses = 0;
  const heard = new Set<string>();
  terminal.print(`Query '${name}' dispatched`);
  for await (const { type, from, payload } of answers) {
    heard.add(from);
    if (type === "ack") {
      acks++;
      terminal.print(`Ack from '${from}'`);
    } else if (type === "response") {
      responses++;
      const text = decodeText(payload ?? new Uint8Array());
      terminal.print(`Response from '${from}': ${text.replace(/\n$/, "")}`);
    }
  }
  if (!noAck) terminal.print(`Total Acks: ${acks}`);
  terminal.print(`Total Responses: ${responses}`);
  const missing = await silent(heard);
  if (missing.length === 0) return;
  const more = missing.length - mostNamed;
  const names = missing.slice(0, mostNamed).map(visible).join(", ");
  // Not among the results, which scripts read.
  terminal.warn(`Nothing came from: ${names}${more > 0 ? ` and ${more} more` : ""}`);
}

async function gatherJson(
  answers: RecordStream<QueryRecord>,
  silent: SilentMembers,
  terminal: Terminal,
): Promise<void> {
  const acks: string[] = [];
  const responses = new Map<string, string>();
  for await (const { type, from, payload } of answers) {
    if (type === "ack") acks.push(from);
    else if (type === "response") responses.set(from, decodeText(payload ?? new Uint8Array()));
  }
  const missing = await silent(new Set([...acks, ...responses.keys()]));
  terminal.print(formatJson({
    Acks: acks.length === 0 ? undefined : acks,
    Responses: responses,
    ...(missing.length > 0 && { Missing: missing }),
  }));
}
