/**
 * The log of an agent as what it is: lines of several parts that work side by
 * side. Only the order within one part is the program's own; how the parts lie
 * between each other depends on who was quicker.
 */

/** A log line as recorded, or as printed; what follows the level is captured. */
const logLine = /^(?: {4})?(?:<TIME>|\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d) \[\w+\] (.*)$/;
/** Starts the part of the output that a signal brought about. */
const signalLine = "==> Caught signal: ";
const memberEvent = /\] agent: Received event: (member-\w+)$/;

/** What all other strands are measured by: whatever is no log line. */
const steady = "output";
/** Member events come once it was quiet for a second, whatever else happens meanwhile. */
const memberEvents = "member events";
/** Handlers run beside everything else, and end when they end. */
const handlers = "handlers";

/** The lines of each strand, in order. */
export type Strands = ReadonlyMap<string, readonly string[]>;

/** Whether a text holds log lines. */
export function hasLogLines(lines: readonly string[]): boolean {
  return lines.some((line) => logLine.test(line));
}

/**
 * Sorts lines into strands.
 *
 * Status lines stand in every strand, to tell what came before and after them;
 * not so among member events and handlers, which wait for nothing.
 */
export function toStrands(lines: readonly string[]): Strands {
  const strands = new Map<string, string[]>([[steady, []]]);
  const put = (strand: string, line: string) => {
    const known = strands.get(strand);
    if (known) known.push(line);
    else strands.set(strand, [...marks, line]);
  };
  const marks: string[] = [];
  let latest = steady;
  for (const line of lines) {
    const text = logLine.exec(line)?.[1];
    if (text !== undefined) latest = strandOf(text);
    else if (line === "" || /^(==>| {4}|Event Info:$)/.test(line)) latest = steady;
    if (!line.startsWith("==> ")) {
      put(latest, line);
      continue;
    }
    marks.push(line);
    for (const [name, strand] of strands) if (!isFree(name)) strand.push(line);
  }
  return new Map([...strands].map(([name, strand]) => {
    return [name, isFree(name) ? strand.filter((line) => !line.startsWith("==> ")) : strand];
  }));
}

/**
 * Leaves out what depends on the moment at which the agent was told to end.
 *
 * Events that are due then may be delivered or not, and so may what handlers
 * made of them. If the record has no event of a kind before that, the agent was
 * told sooner than a second after its cause.
 */
export function withoutHaste(
  recorded: readonly string[],
  lines: readonly string[],
  isUnfinished: boolean,
): string[] {
  const beforeTheEnd = isUnfinished ? recorded : untilLastSignal(recorded);
  const kinds = new Set(beforeTheEnd.map(kindOfMemberEvent));
  const kept = isUnfinished ? lines.length : untilLastSignal(lines).length;
  return lines.filter((line, at) => {
    const kind = kindOfMemberEvent(line);
    if (kind !== undefined) return kinds.has(kind) && at < kept;
    return at < kept || !isOfHandler(line);
  });
}

function untilLastSignal(lines: readonly string[]): readonly string[] {
  const at = lines.findLastIndex((line) => line.startsWith(signalLine));
  return at < 0 ? lines : lines.slice(0, at);
}

function kindOfMemberEvent(line: string): string | undefined {
  return memberEvent.exec(line)?.[1];
}

function isOfHandler(line: string): boolean {
  const text = logLine.exec(line)?.[1];
  return text !== undefined && strandOf(text) === handlers;
}

function isFree(strand: string): boolean {
  return strand === memberEvents || strand === handlers;
}

/** The part of the agent that says something. */
function strandOf(text: string): string {
  const event = /^agent: Received event: (member|user|query)/.exec(text)?.[1];
  // User events may be gathered for a second, too, and queries overtake them.
  if (event !== undefined) return event === "member" ? memberEvents : event;
  if (/^agent: (Script '|Event '|Error invoking|Failed to respond)/.test(text)) return handlers;
  return /^([\w.]+): /.exec(text)?.[1] ?? "no component";
}
