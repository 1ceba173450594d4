/** `serf keys`: works on the keyrings of all members (cli.md section 7.7). */

import type { KeyRecord } from "../../rpc/commands.ts";
import { KeyOperationError, RpcError } from "../../rpc/rpc_error.ts";
import { agentFlags, connectToAgent } from "../agent_connection.ts";
import { sortedEntries } from "../../go/byte_order.ts";
import { CommandFailure, defineCommand, UsageMistake } from "../command.ts";
import type { AgentConnection } from "../context.ts";
import { switchFlag, textFlag } from "../flags.ts";
import { formatJson } from "../../go/json_writer.ts";
import { formatFlag, type OutputFormat, requireOutputFormat } from "../output/output_format.ts";
import { formatTable, visible } from "../output/table.ts";
import type { Terminal } from "../terminal.ts";

/** One of the four things that can be done with keys. */
interface KeyAction {
  readonly start: string;
  readonly success: string;
  readonly failure: string;
  run(agent: AgentConnection): Promise<KeyRecord>;
}

export const keys = defineCommand({
  name: "keys",
  example: "serf keys -list",
  about: [
    "Changes or lists the encryption keys of all members of the cluster. Repeating an operation " +
    "does no harm.",
    "A member can read traffic in any of its keys, but writes in one only, the primary key. To " +
    "change to another key, install it, make it the primary one with -use, and remove the old " +
    "one. Every key that stays costs time with each message, so remove what is not needed.",
    "The exit code is 0 if all members answered and none reported an error, otherwise 1.",
  ],
  flags: {
    install: textFlag(
      "install=<key>",
      "Install a key, in base64, on all members. They can then read what is written in it.",
    ),
    use: textFlag(
      "use=<key>",
      "Make a key the primary one. Install it before: a member without it is cut off.",
    ),
    remove: textFlag("remove=<key>", "Remove a key, which must not be the primary one."),
    list: switchFlag("list", "List all keys, each with the number of members that have it."),
    format: formatFlag,
    ...agentFlags,
  },
  async run({ install, use, remove, list, format: formatName, ...flags }, _args, context) {
    const wanted: KeyAction[] = [];
    if (install !== "") wanted.push(installing(install));
    if (use !== "") wanted.push(using_(use));
    if (remove !== "") wanted.push(removing(remove));
    if (list) wanted.push(listing);

    const [action] = wanted;
    if (!action) throw new UsageMistake();
    if (wanted.length > 1) {
      throw new CommandFailure("Only one of -install, -use, -remove, or -list allowed");
    }

    const format = requireOutputFormat(formatName);
    using agent = await connectToAgent(flags, context);
    return await perform(action, agent, format, context.terminal);
  },
});

const installing = (key: string): KeyAction => ({
  start: "Installing key on all members...",
  success: "Successfully installed key!",
  failure: "Error installing key",
  run: (agent) => agent.installKey(key),
});

const using_ = (key: string): KeyAction => ({
  start: "Changing primary key on all members...",
  success: "Successfully changed primary key!",
  failure: "Error changing primary key",
  run: (agent) => agent.useKey(key),
});

const removing = (key: string): KeyAction => ({
  start: "Removing key on all members...",
  success: "Successfully removed key!",
  failure: "Error removing key",
  run: (agent) => agent.removeKey(key),
});

const listing: KeyAction = {
  start: "Asking all members for installed keys...",
  success: "Keys gathered, listing cluster keys...",
  failure: "Failed to gather member keys",
  run: (agent) => agent.listKeys(),
};

/** Runs an action and prints what came of it; returns the exit code. */
async function perform(
  action: KeyAction,
  agent: AgentConnection,
  format: OutputFormat,
  terminal: Terminal,
): Promise<number> {
  if (format === "text") terminal.print(`==> ${action.start}`);
  try {
    const record = await action.run(agent);
    if (format === "json") terminal.print(formatOutcome(record));
    else printRecord(action, record, terminal);
    return 0;
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const outcome = error instanceof KeyOperationError ? error.outcome : undefined;
    const summary = `${action.failure}: ${error.message}`;
    if (format === "text") {
      const table = formatFailures(outcome?.messages ?? new Map());
      throw new CommandFailure(`${table === "" ? "" : `${table}\n`}\n${summary}`);
    }
    if (!outcome) throw new CommandFailure(summary);
    terminal.print(formatOutcome(outcome, error.message));
    return 1;
  }
}

function printRecord(action: KeyAction, record: KeyRecord, terminal: Terminal): void {
  terminal.print(`==> ${action.success}`);
  if (action === listing) terminal.print(`\n${formatKeys(record)}`);
  for (const [node, message] of sortedEntries(record.messages)) {
    terminal.warn(`${visible(node)}: ${visible(message)}`);
  }
}

/** Returns an outcome as JSON; `keys` only where they were asked for, `error` only if there is one. */
function formatOutcome(record: KeyRecord, error?: string): string {
  return formatJson({
    nodes: record.numNodes,
    responses: record.numResp,
    errors: record.numErr,
    messages: record.messages,
    ...(record.keys && { keys: record.keys }),
    ...(record.primaryKeys && { primary_keys: record.primaryKeys }),
    ...(error !== undefined && { error }),
  });
}

/** Returns one line for each member that had something to say. */
export function formatFailures(messages: ReadonlyMap<string, string>): string {
  const rows = sortedEntries(messages).map(([node, message]) => ["failed:", node, message]);
  return formatTable(rows);
}

/**
 * Returns one line for each key, with how many of all members have it, and how many write in it.
 *
 * Parity: the reference does not tell the primary key. The word stands behind what it prints.
 */
export function formatKeys({ keys, numNodes, primaryKeys }: KeyRecord): string {
  const rows = sortedEntries(keys ?? new Map<string, number>()).map(([key, count]) => {
    const writers = primaryKeys?.get(key) ?? 0;
    const mark = writers === numNodes ? "primary" : `primary of ${writers}`;
    return [key, `[${count}/${numNodes}]`, ...(writers > 0 ? [mark] : [])];
  });
  return formatTable(rows);
}
