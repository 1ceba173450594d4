/** What the log and the meter say about the facts of the Serf layer. */

import type { Meter } from "../ports/meter.ts";
import type { LogEntry, Narration } from "../ports/narrator.ts";
import type { SerfFact } from "../ports/observer.ts";

/** The words and the measurements. */
export const serfNarration: Narration<SerfFact> = { entryOf, measure };

type StatusChanged = Extract<SerfFact, { readonly type: "status-changed" }>;
type EventDropped = Extract<SerfFact, { readonly type: "event-dropped" }>;

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
      return { level: "warn", message: dropLine(fact) };
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

function dropLine({ ltime, name, now, why }: EventDropped): string {
  switch (why) {
    case "too-old":
      return `received old event ${name} from time ${ltime} (current: ${now})`;
    case "too-far-ahead":
      return `dropped event ${name} from time ${ltime}, too far ahead (current: ${now})`;
    case "no-room":
      return `dropped event ${name}: too many are remembered already`;
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
    case "event-dropped":
      if (fact.why === "too-old") meter.count("serf.events_late", 1);
      return;
    default:
      return;
  }
}
