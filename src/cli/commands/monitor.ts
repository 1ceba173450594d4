/** `serf monitor`: follows an agent's log and events (cli.md section 7.10). */

import { printableLine } from "../../ports/bounded_log.ts";
import type { EventRecord } from "../../rpc/commands.ts";
import type { RecordStream } from "../../rpc/record_stream.ts";
import { RpcError } from "../../rpc/rpc_error.ts";
import { agentFlags, attempt, connectToAgent } from "../agent_connection.ts";
import { defineCommand } from "../command.ts";
import type { AgentConnection } from "../context.ts";
import { formatEvent } from "../output/event_notation.ts";
import { eventLine, logLine } from "../output/event_line.ts";
import { textFlag } from "../flags.ts";
import { type OutputFormat, outputFormats, requireOutputFormat } from "../output/output_format.ts";
import type { Terminal } from "../terminal.ts";

/** The `monitor` command. */
export const monitor = defineCommand({
  name: "monitor",
  usage: "[options]",
  example: "serf monitor -log-level=debug",
  about: [
    "Shows the latest lines of an agent's log, then follows the log and the events that reach " +
    "the agent until interrupted. The level is independent of the agent's own: an agent that " +
    "logs at info can be watched at debug.",
  ],
  flags: {
    logLevel: textFlag({
      name: "log-level",
      hint: "=info",
      about: "Least level of the lines to show: trace, debug, info, warn or err.",
      offers: ["trace", "debug", "info", "warn", "err"],
      initial: "INFO",
    }),
    format: textFlag({
      name: "format",
      hint: "=text",
      about: "How to print: 'text', or 'json' for one object a line.",
      offers: outputFormats,
      initial: "text",
    }),
    ...agentFlags,
  },
  async run({ logLevel, format: formatName, ...flags }, _args, context) {
    const { terminal } = context;
    const format = requireOutputFormat(formatName);
    const interrupted = terminal.interrupted().then(() => 0);
    const watch = async () => {
      using agent = await connectToAgent(flags, context);
      return await follow(agent, logLevel, format, terminal);
    };
    return await Promise.race([interrupted, watch()]);
  },
});

/** Prints events and log lines until the connection ends; returns the exit code. */
async function follow(
  agent: AgentConnection,
  logLevel: string,
  format: OutputFormat,
  terminal: Terminal,
): Promise<number> {
  const events = await attempt("Error starting stream", agent.stream("*"));
  // Events may come while the agent still answers the next request.
  const eventsEnd = printAll(events, (event: EventRecord) => {
    terminal.print(format === "json" ? eventLine(event, new Date()) : formatEvent(event));
  });
  const lines = await attempt("Error starting monitor", agent.monitor(logLevel));
  await Promise.all([
    eventsEnd,
    printAll(lines, (line) => {
      terminal.print(format === "json" ? logLine(line) : printableLine(line, Infinity));
    }),
  ]);

  const tell = format === "json" ? terminal.warn : terminal.print;
  tell("\nRemote side ended the monitor! This usually means that the");
  tell("remote side has exited or crashed.");
  return 1;
}

/** Takes records until there are no more; how the connection ended does not matter here. */
async function printAll<T>(records: RecordStream<T>, print: (record: T) => void): Promise<void> {
  try {
    for await (const record of records) print(record);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
  }
}
