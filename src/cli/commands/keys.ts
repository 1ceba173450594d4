/** `serf keys`: works on the keyrings of all members (cli.md section 7.7). */

import type { KeyRecord } from "../../rpc/commands.ts";
import { KeyOperationError, RpcError } from "../../rpc/rpc_error.ts";
import { agentFlags, connectToAgent } from "../agent_connection.ts";
import { sortedEntries } from "../../go/byte_order.ts";
import { CommandFailure, defineCommand, UsageMistake } from "../command.ts";
import type { AgentConnection } from "../context.ts";
import { switchFlag, textFlag } from "../flags.ts";
import { formatJson } from "../../go/json_writer.ts";
import { formatFlag, requireOutputFormat } from "../output/output_format.ts";
import { formatTable, visible } from "../output/table.ts";
import type { Terminal } from "../terminal.ts";

/** One of the four things that can be done with keys. */
interface KeyAction {
  readonly start: string;
  readonly success: string;
  readonly failure: string;
  run(agent: AgentConnection): Promise<KeyRecord>;
}

/** The `keys` command. */
export const keys = defineCommand({
  name: "keys",
  usage: "[options]",
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
    install: textFlag({
      name: "install",
      hint: "=<key>",
      about: "Install a key, in base64, on all members. They can then read what is written in it.",
      initial: "",
    }),
    use: textFlag({
      name: "use",
      hint: "=<key>",
      about: "Make a key the primary one. Install it before: a member without it is cut off.",
      initial: "",
    }),
    remove: textFlag({
      name: "remove",
      hint: "=<key>",
      about: "Remove a key, which must not be the primary one.",
      initial: "",
    }),
    list: switchFlag({
      name: "list",
      hint: "",
      about: "List all keys, each with the number of members that have it.",
      initial: false,
    }),
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

    const { terminal } = context;
    const format = requireOutputFormat(formatName);
    using agent = await connectToAgent(flags, context);
    if (format === "json") return await printJson(action, agent, terminal);
    terminal.print(`==> ${action.start}`);
    const record = await attemptOnKeys(action, agent);
    terminal.print(`==> ${action.success}`);
    if (action === listing) terminal.print(`\n${formatKeys(record)}`);
    for (const [node, message] of sortedEntries(record.messages)) {
      terminal.warn(`${visible(node)}: ${visible(message)}`);
    }
    return 0;
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

/** Runs an action and prints what came of it, failures included; returns the exit code. */
async function printJson(
  action: KeyAction,
  agent: AgentConnection,
  terminal: Terminal,
): Promise<number> {
  try {
    terminal.print(formatOutcome(await action.run(agent)));
    return 0;
  } catch (error) {
    if (!(error instanceof KeyOperationError)) {
      if (!(error instanceof RpcError)) throw error;
      throw new CommandFailure(`${action.failure}: ${error.message}`);
    }
    terminal.print(formatOutcome(error.outcome, error.message));
    return 1;
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

/** Runs an action; a failure tells first what the members said, then the whole. */
async function attemptOnKeys(action: KeyAction, agent: AgentConnection): Promise<KeyRecord> {
  try {
    return await action.run(agent);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const messages = error instanceof KeyOperationError ? error.outcome.messages : new Map();
    const table = formatFailures(messages);
    throw new CommandFailure(
      `${table === "" ? "" : `${table}\n`}\n${action.failure}: ${error.message}`,
    );
  }
}

/** Returns one line for each member that had something to say. */
export function formatFailures(messages: ReadonlyMap<string, string>): string {
  return formatTable(
    sortedEntries(messages).map(([node, message]) => ["failed:", node, message]),
  );
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
