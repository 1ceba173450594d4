/**
 * The `monitor` command: the latest log entries and then new ones, to one client
 * (rpc.md section 6.2).
 *
 * The warning about entries dropped for this client is itself an entry. It is
 * kept from this client, or each warning would bring about the next.
 */

import type { Sequence } from "../../rpc/codec.ts";
import { logRecord } from "../../rpc/commands.ts";
import type { LogEntry, LogLevelName } from "../agent_control.ts";
import type { ConnectedClient } from "./connected_client.ts";
import { type ClientView, recordLimit, Subscription } from "./subscription.ts";

const levels: readonly LogLevelName[] = ["TRACE", "DEBUG", "INFO", "WARN", "ERR"];

/**
 * Reads a level in upper or lower case.
 *
 * @throws {Error} `Unknown log level: LOUD`.
 */
export function readMonitorLevel(text: string): LogLevelName {
  const upper = text.toUpperCase();
  const level = levels.find((level) => level === upper);
  if (level === undefined) throw new Error(`Unknown log level: ${upper}`);
  return level;
}

/** Streams the log from `least` on; entries without a known level pass always. */
export function streamLog(
  client: ClientView & Pick<ConnectedClient, "agent" | "sendRecord">,
  sequence: Sequence,
  least: LogLevelName,
): Subscription<LogEntry> {
  const passes = ({ level }: LogEntry) =>
    level === undefined || levels.indexOf(level) >= levels.indexOf(least);
  const subscription: Subscription<LogEntry> = new Subscription<LogEntry>(client, {
    // The past fills one half at most; the other is for what happens meanwhile.
    limit: 2 * recordLimit,
    droppedName: "logs",
    nameOf: () => "log",
    send: ({ text }) => client.sendRecord(sequence, logRecord, { log: text }),
    follow(push) {
      const feed = client.agent.logFeed;
      for (const entry of feed.recent()) if (passes(entry)) push(entry);
      return feed.onEntry((entry) => {
        if (passes(entry) && !subscription.isWarning) push(entry);
      });
    },
  });
  return subscription;
}
