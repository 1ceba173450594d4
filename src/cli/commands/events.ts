/** `serf events`: what happened, from the agent's history, and what happens now. */

import { agentFlags, attempt, connectToAgent, orUnknown } from "../agent_connection.ts";
import { defineCommand, UsageMistake } from "../command.ts";
import type { AgentConnection } from "../context.ts";
import { switchFlag, textFlag } from "../flags.ts";
import { parseGoDuration } from "../../go/duration.ts";
import { parseCursor } from "../../history/cursor.ts";
import { historyLine, type ToldRecord } from "../output/history_line.ts";
import { outputFormats, requireOutputFormat } from "../output/output_format.ts";
import type { Terminal } from "../terminal.ts";

const unlessOurs = orUnknown(
  "Error reading the history: this agent keeps none (HashiCorp's does not): " +
    '"serf monitor" follows what happens from now on',
);

const kinds = [
  "member-join",
  "member-leave",
  "member-failed",
  "member-update",
  "member-reap",
  "user",
  "query",
];

export const events = defineCommand({
  name: "events",
  example: "serf events -since=1h -type=member-failed,member-leave",
  about: [
    "Shows what the agent kept of what happened: events of members, user events and queries, in " +
    "the order in which it heard of them. A line between dashes says where records are missing, " +
    "and why.",
    "Each record has a cursor, which -format=json shows: -since with that cursor goes on behind " +
    "the record, also after a restart of an agent with -history.",
  ],
  flags: {
    since: textFlag(
      "since=cursor",
      "Begin behind a cursor, or with what is not older than a duration such as 1h.",
    ),
    follow: switchFlag("follow", "Go on with what happens, until interrupted."),
    type: textFlag("type=user,query", "Only records of these kinds.", { offers: kinds }),
    member: textFlag(
      "member=<regexp>",
      "Only records about a member whose name matches (RE2, the whole name), or asked by it.",
    ),
    name: textFlag("name=<regexp>", "Only user events and queries whose name matches."),
    format: textFlag("format=text", "How to print: 'text', or 'json' for one object a line.", {
      initial: "text",
      offers: outputFormats,
    }),
    ...agentFlags,
  },
  async run({ since, follow, type, member, name, format: formatName, ...flags }, _args, context) {
    const { terminal } = context;
    const format = requireOutputFormat(formatName);
    requirePlace(since);
    const isWanted = await filterOf({ type, member, name });
    const reading = { cursor: since };
    const print = (json: string) => {
      const record: ToldRecord = JSON.parse(json);
      if (record.kind !== "gap" && !isWanted(record)) return;
      terminal.print(format === "json" ? json : historyLine(record));
    };
    const read = async () => {
      using agent = await connectToAgent(flags, context);
      return await readOn(agent, reading, { follow, print });
    };
    const code = follow
      ? await Promise.race([terminal.interrupted().then(() => 0), read()])
      : await read();
    if (format === "text") tellCursor(reading.cursor, terminal);
    return code;
  },
});

/** Prints page after page; one page is asked for when the one before is printed. */
async function readOn(
  agent: AgentConnection,
  reading: { cursor: string },
  { follow, print }: { readonly follow: boolean; readonly print: (json: string) => void },
): Promise<number> {
  for (let wait = false;;) {
    const page = await attempt(
      "Error reading the history",
      agent.history(reading.cursor, { wait }).catch(unlessOurs),
    );
    for (const record of page.records) print(record);
    reading.cursor = page.cursor;
    if (page.records.length > 0) continue;
    if (!follow) return 0;
    wait = true;
  }
}

function requirePlace(since: string): void {
  if (since === "" || parseCursor(since)) return;
  try {
    parseGoDuration(since);
  } catch {
    throw new UsageMistake(`-since wants a cursor or a duration such as 1h, not '${since}'.`);
  }
}

function tellCursor(cursor: string, terminal: Terminal): void {
  if (parseCursor(cursor)) terminal.warn(`To go on from here: -since=${cursor}`);
}

/** Returns whether a record is wanted. */
async function filterOf(
  { type, member, name }: Readonly<Record<"type" | "member" | "name", string>>,
): Promise<(record: ToldRecord) => boolean> {
  const types = type === "" ? [] : type.split(",");
  const isMember = await matcherOf("member", member);
  const isName = await matcherOf("name", name);
  return (record) => {
    if (types.length > 0 && !types.includes(record.kind)) return false;
    if (isMember && !namesOf(record).some(isMember)) return false;
    return !isName || typeof record.name === "string" && isName(record.name);
  };
}

function namesOf({ members, from }: ToldRecord): readonly string[] {
  const names = Array.isArray(members) ? members.map(({ name }) => String(name)) : [];
  return typeof from === "string" ? [...names, from] : names;
}

/** The engine takes longer to load than the rest: only where there is an expression. */
async function matcherOf(
  flag: string,
  expression: string,
): Promise<((text: string) => boolean) | undefined> {
  if (expression === "") return undefined;
  const { compileRe2, Re2Error } = await import("../../go/re2.ts");
  try {
    const { test } = compileRe2(`^(?:${expression})$`);
    return test;
  } catch (error) {
    if (!(error instanceof Re2Error)) throw error;
    throw new UsageMistake(`-${flag}: Failed to compile regex: ${error.message}.`);
  }
}
