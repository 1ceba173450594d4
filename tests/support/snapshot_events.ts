/** Events as vectors record them, for what hears events: snapshots and coalescers. */

import { addressFromBytes, parseIp } from "../../src/ports/address.ts";
import { done } from "../../src/ports/result.ts";
import type { QueryEvent, SerfEvent, UserEvent } from "../../src/serf/event.ts";
import type { SerfMember } from "../../src/serf/member.ts";

/** Returns a member as Serf shows it. */
export function pictureOf(name: string, ip = "127.0.0.1", port = 7946): SerfMember {
  const bytes = parseIp(ip) ?? new Uint8Array(0);
  return {
    name,
    ip: bytes,
    address: addressFromBytes(bytes, port),
    tags: {},
    status: "alive",
    versions: {
      protocolMin: 1,
      protocolMax: 5,
      protocolCurrent: 2,
      delegateMin: 2,
      delegateMax: 5,
      delegateCurrent: 5,
    },
  };
}

/** Returns a user event. */
export function userEvent(ltime: number, name = "deploy"): UserEvent {
  return { type: "user", ltime, name, payload: undefined, coalesce: false };
}

/** Returns a query that nobody waits for. */
export function queryEvent(ltime: number, name = "load"): QueryEvent {
  return {
    type: "query",
    ltime,
    id: 1,
    name,
    payload: undefined,
    source: "somebody",
    deadline: 0,
    respond: () => done,
  };
}

/** What a vector records of one event. */
export interface RecordedEvent {
  readonly event: SerfEvent["type"];
  readonly ltime?: number;
  readonly name?: string;
  readonly ip?: string;
  readonly port?: number;
}

/** Returns the event that a vector records. */
export function recordedEvent(recorded: RecordedEvent): SerfEvent {
  const { event, ltime = 0, name = "", ip, port } = recorded;
  if (event === "user") return userEvent(ltime);
  if (event === "query") return queryEvent(ltime);
  return { type: event, members: [pictureOf(name, ip, port)] };
}
