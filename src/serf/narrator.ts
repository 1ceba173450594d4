/** What the log and the meter say about the facts of the Serf layer. */

import type { Meter } from "../ports/meter.ts";
import type { LogEntry, Narration } from "../ports/narrator.ts";
import type { SerfFact } from "../ports/observer.ts";

/** The words and the measurements. */
export const serfNarration: Narration<SerfFact> = { entryOf, measure };

type StatusChanged = Extract<SerfFact, { readonly type: "status-changed" }>;
type Dropped = Extract<SerfFact, { readonly type: "event-dropped" | "query-dropped" }>;
type NameVote = Extract<SerfFact, { readonly type: "name-vote" }>;

function entryOf(fact: SerfFact): LogEntry | undefined {
  switch (fact.type) {
    case "status-changed":
      return { level: "info", message: statusLine(fact) };
    case "queue-long":
      return { level: "warn", message: `${fact.queue} queue depth: ${fact.depth}` };
    case "queue-cut": {
      // A storm is cut again and again; the next check tells of it once.
      if (fact.during === "storm") return undefined;
      const excess = `${fact.queue} queue depth ${fact.depth} exceeds limit ${fact.limit}`;
      return { level: "warn", message: `${excess}, dropping messages` };
    }
    case "event-dropped":
    case "query-dropped":
      return { level: "warn", message: dropLine(fact) };
    case "name-vote":
      return { level: fact.verdict === "kept" ? "info" : "warn", message: voteLine(fact) };
    default:
      return undefined;
  }
}

function statusLine({ host, member, status }: StatusChanged): string {
  switch (status) {
    case "joined":
      return `EventMemberJoin: ${member} ${host}`;
    case "updated":
      return `EventMemberUpdate: ${member}`;
    case "left":
      return `EventMemberLeave: ${member} ${host}`;
    case "forced-left":
      return `EventMemberLeave (forced): ${member} ${host}`;
    case "failed":
      return `EventMemberFailed: ${member} ${host}`;
    case "reaped":
      return `EventMemberReap: ${member}`;
    case "pruned":
      return `EventMemberReap (forced): ${member} ${host}`;
  }
}

function dropLine({ ltime, name, now, type, why }: Dropped): string {
  const what = type === "event-dropped" ? "event" : "query";
  switch (why) {
    case "too-old":
      return `received old ${what} ${name} from time ${ltime} (current: ${now})`;
    case "too-far-ahead":
      return `dropped ${what} ${name} from time ${ltime}, too far ahead (current: ${now})`;
    case "no-room":
      return `dropped ${what} ${name}: too many are remembered already`;
  }
}

function voteLine({ matching, responses, verdict }: NameVote): string {
  const count = `[${matching} / ${responses}]`;
  switch (verdict) {
    case "nobody-answered":
      return "nobody answered in name conflict resolution, staying";
    case "kept":
      return `majority in name conflict resolution ${count}`;
    case "too-few-answered":
      return `too few answered in name conflict resolution, staying ${count}`;
    case "lost":
      return `minority in name conflict resolution, quiting ${count}`;
  }
}

function countStatus({ status }: StatusChanged, meter: Meter): void {
  switch (status) {
    case "joined":
      return meter.count("serf.member.join", 1);
    case "updated":
      return meter.count("serf.member.update", 1);
    case "left":
    case "failed":
      return meter.count(`serf.member.${status}`, 1);
    default:
      return;
  }
}

function measure(fact: SerfFact, meter: Meter): void {
  switch (fact.type) {
    case "status-changed":
      return countStatus(fact, meter);
    case "flapped":
      return meter.count("serf.member.flap", 1);
    case "event-delivered":
      meter.count("serf.events", 1);
      return meter.count(`serf.events.${fact.name}`, 1);
    case "query-taken":
      meter.count("serf.queries", 1);
      return meter.count(`serf.queries.${fact.name}`, 1);
    case "event-dropped":
      if (fact.why === "too-old") meter.count("serf.events_late", 1);
      return;
    default:
      return;
  }
}
