/**
 * `serf members -watch`: the list of members, again whenever it changes.
 *
 * Events say when to look, the agent's list says what there is. What has no event (a member that
 * is leaving) shows at the next regular look.
 */

import { formatJson } from "../../go/json_writer.ts";
import type { EventRecord, MemberRecord } from "../../rpc/commands.ts";
import type { RecordStream } from "../../rpc/record_stream.ts";
import { attempt } from "../agent_connection.ts";
import type { AgentConnection } from "../context.ts";
import { describeMember, formatMembers, memberRow, sortMembers } from "../output/member_table.ts";
import type { OutputFormat } from "../output/output_format.ts";
import { visible } from "../output/table.ts";
import type { Terminal } from "../terminal.ts";

/** Without events the list is looked at this often, in milliseconds. */
const regularPause = 5000;
/** What happens within this time of an event is shown with it. */
const settlingPause = 100;
/** Which events may change the list. */
const memberEvents = "member-join,member-leave,member-failed,member-update,member-reap";

/** What is to be shown, and where. */
interface WatchOptions {
  readonly terminal: Terminal;
  readonly format: OutputFormat;
  readonly detailed: boolean;
}

/** Shows what `list` gives until it fails, which it does once the connection is lost. */
export async function watchMembers(
  agent: AgentConnection,
  list: () => Promise<readonly MemberRecord[]>,
  options: WatchOptions,
): Promise<never> {
  const events = await attempt("Error starting stream", agent.stream(memberEvents));
  const bell = new Bell();
  void ringAtEach(events, bell);
  const show = options.terminal.rows() !== undefined && options.format === "text"
    ? drawer(options)
    : changePrinter(options);
  for (;;) {
    show(sortMembers(await list()));
    await bell.wait(regularPause);
    await pause(settlingPause);
  }
}

/** Rings at each event, and when the stream ends: the next look then tells why. */
async function ringAtEach(events: RecordStream<EventRecord>, bell: Bell): Promise<void> {
  try {
    for await (const _event of events) bell.ring();
  } catch {
    // The connection is lost, which the next look tells.
  }
  bell.ring();
}

/** Wakes one sleeper; a ring that nobody waits for is kept. */
class Bell {
  #hasRung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#hasRung = true;
    this.#wake?.();
  }

  /** Resolves at the next ring, or after `limit` milliseconds. */
  async wait(limit: number): Promise<void> {
    if (!this.#hasRung) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = setTimeout(resolve, limit);
      await promise;
      clearTimeout(timer);
      this.#wake = undefined;
    }
    this.#hasRung = false;
  }
}

/** Returns what draws the list over the one before, if anything is different. */
function drawer({ terminal, detailed }: WatchOptions) {
  let before: string | undefined;
  return (members: readonly MemberRecord[]): void => {
    const frame = drawFrame(formatMembers(members, detailed).split("\n"), terminal.rows() ?? 24);
    if (frame === before) return;
    // Clears what stood there at first, and when the size of the terminal changes.
    terminal.print(before === undefined ? `\x1b[2J${frame}` : frame);
    before = frame;
  };
}

/**
 * Returns the bytes that draw lines from the top of a screen.
 *
 * Nothing is erased before it is overwritten, and terminals that can show the whole at once
 * (mode 2026), so that nothing flickers. Lines that are too long are cut (mode 7).
 */
export function drawFrame(lines: readonly string[], rows: number): string {
  // The cursor stands on the last row.
  const room = Math.max(1, rows - 1);
  const hidden = lines.length - room;
  const shown = hidden > 0 ? [...lines.slice(0, room - 1), `and ${hidden + 1} more`] : lines;
  const drawn = shown.map((line) => `${line}\x1b[K`).join("\r\n");
  return `\x1b[?2026h\x1b[?7l\x1b[H${drawn}\x1b[J\x1b[?7h\x1b[?2026l`;
}

type Change = "present" | "added" | "changed" | "removed";

/** Returns what prints each member at first, and then what is different. */
function changePrinter({ terminal, format, detailed }: WatchOptions) {
  let before: ReadonlyMap<string, MemberRecord> | undefined;
  const print = (change: Change, member: MemberRecord) => {
    const time = new Date().toISOString();
    const json = { time, change, member: describeMember(member) };
    const fields = [time, change, ...memberRow(member, detailed)];
    terminal.print(format === "json" ? oneLine(formatJson(json)) : fields.map(visible).join("  "));
  };
  return (members: readonly MemberRecord[]): void => {
    const known = before;
    for (const member of members) {
      const earlier = known?.get(member.name);
      if (!known) print("present", member);
      else if (!earlier) print("added", member);
      else if (keyOf(earlier) !== keyOf(member)) print("changed", member);
    }
    before = new Map(members.map((member) => [member.name, member]));
    for (const [name, member] of known ?? []) if (!before.has(name)) print("removed", member);
  };
}

function keyOf(member: MemberRecord): string {
  return formatJson(describeMember(member));
}

/** In JSON only the layout has line ends. */
function oneLine(json: string): string {
  return json.replace(/\n */g, "");
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
