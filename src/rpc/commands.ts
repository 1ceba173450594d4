/**
 * The commands of the client protocol: one entry each in `rpcCommands`, and the
 * records that they carry (rpc.md sections 5 to 7).
 *
 * Fields stand in the order of their declaration, which matters where a peer
 * sends a record as an array; written records are maps with sorted keys.
 */

import {
  type Codec,
  flag,
  float,
  list,
  optional,
  text,
  uint16,
  uint8,
} from "../bytes/msgpack_codec.ts";
import { struct, type ValueOf } from "../bytes/msgpack_struct.ts";
import type { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { counter, extra, int32, int64, nothing, payload, sequence, textMap } from "./codec.ts";

/** The only version of the protocol. */
export const protocolVersion = 1;

/** Starts a request. */
export const requestHeader = struct({ command: ["Command", text], seq: ["Seq", sequence] });
export type RequestHeader = ValueOf<typeof requestHeader>;

/** Starts a response; an empty `error` is success. */
export const responseHeader = struct({ seq: ["Seq", sequence], error: ["Error", text] });

// Requests that commands carry, and what answers carry but an error. What each command
// does stands in rpc.md.

export const handshakeRequest = struct({ version: ["Version", int32] });
export const authRequest = struct({ authKey: ["AuthKey", text] });
export const eventRequest = struct({
  name: ["Name", text],
  payload: ["Payload", payload],
  coalesce: ["Coalesce", flag],
});
export const forceLeaveRequest = struct({ node: ["Node", text], prune: ["Prune", flag] });
export const joinRequest = struct({ existing: ["Existing", list(text)], replay: ["Replay", flag] });
/** `num` is the number of nodes contacted. */
export const joinResponse = struct({ num: ["Num", int32] });
export const membersFilteredRequest = struct({
  tags: ["Tags", textMap(text)],
  status: ["Status", text],
  name: ["Name", text],
});

/** A member as clients see it. */
export const memberRecord = struct({
  name: ["Name", text],
  /** 4 raw bytes, or 16 for IPv6 and for IPv4 mapped into it. */
  addr: ["Addr", payload],
  port: ["Port", uint16],
  tags: ["Tags", textMap(text)],
  /** `alive`, `leaving`, `left` or `failed`. */
  status: ["Status", text],
  protocolMin: ["ProtocolMin", uint8],
  protocolMax: ["ProtocolMax", uint8],
  protocolCur: ["ProtocolCur", uint8],
  delegateMin: ["DelegateMin", uint8],
  delegateMax: ["DelegateMax", uint8],
  delegateCur: ["DelegateCur", uint8],
});
export type MemberRecord = ValueOf<typeof memberRecord>;

/** A list of members. */
export const membersResponse = struct({ members: ["Members", list(memberRecord)] });

/** Writes the beginning of a `membersResponse`; `count` members' records follow. */
export function writeMembersHead(writer: MsgpackWriter, count: number): void {
  writer.writeMapLength(1);
  writer.writeText("Members");
  writer.writeArrayLength(count);
}

/** Removals come first, then additions. */
export const tagsRequest = struct({
  tags: ["Tags", textMap(text)],
  deleteTags: ["DeleteTags", optional(list(text))],
});
/** `type` is a list of event filters. */
export const streamRequest = struct({ type: ["Type", text] });
export const monitorRequest = struct({ logLevel: ["LogLevel", text] });
/** Ends what was subscribed to under a sequence number. */
export const stopRequest = struct({ stop: ["Stop", sequence] });
export const queryRequest = struct({
  /** Only these nodes answer; all if there are none. */
  filterNodes: ["FilterNodes", optional(list(text))],
  /** Only nodes whose tags match these RE2 expressions answer. */
  filterTags: ["FilterTags", textMap(text)],
  /** Whether nodes acknowledge the query before they answer. */
  requestAck: ["RequestAck", flag],
  /** Through how many other nodes answers are relayed. */
  relayFactor: ["RelayFactor", uint8],
  /** 0 for the agent's default. */
  timeoutNanos: ["Timeout", int64],
  name: ["Name", text],
  payload: ["Payload", payload],
  /** Whether to listen until the timeout even if everybody has answered. */
  untilTimeout: ["Wait", extra(flag)],
});
/** `id` is that of the query's event on this connection. */
export const respondRequest = struct({ id: ["ID", counter], payload: ["Payload", payload] });
/** The key is in base64. */
export const keyRequest = struct({ key: ["Key", text] });

/** How a key operation went. */
export const keyRecord = struct({
  /** What nodes had to say: mostly errors. */
  messages: ["Messages", textMap(text)],
  /** How many nodes hold a key; only when keys were listed. */
  keys: ["Keys", optional(textMap(int32))],
  numNodes: ["NumNodes", int32],
  numErr: ["NumErr", int32],
  numResp: ["NumResp", int32],
  /** How many nodes write in a key; the reference does not tell. */
  primaryKeys: ["PrimaryKeys", extra(textMap(int32))],
});
export type KeyRecord = ValueOf<typeof keyRecord>;

export const coordinateRequest = struct({ node: ["Node", text] });

/** A network coordinate, in seconds. */
export const coordinateRecord = struct({
  /** `undefined` if the node is unknown. */
  vec: ["Vec", optional(list(float))],
  error: ["Error", float],
  adjustment: ["Adjustment", float],
  height: ["Height", float],
});
export type CoordinateRecord = ValueOf<typeof coordinateRecord>;

/** Where a node is, if `ok`. */
export const coordinateResponse = struct({ coord: ["Coord", coordinateRecord], ok: ["Ok", flag] });

/** Facts about an agent: section to key to text. */
export const statsResponse = textMap(textMap(text));
export type StatsResponse = ValueOf<typeof statsResponse>;

/** What was measured under one name in ten seconds. */
const metricRecord = struct({
  /** When the interval began, such as `2026-11-23 04:47:30 +0000 UTC`. */
  time: ["Time", text],
  /** `gauge`, `counter` or `sample`; a gauge counts its latest value alone. */
  type: ["Type", text],
  name: ["Name", text],
  count: ["Count", counter],
  sum: ["Sum", float],
  min: ["Min", float],
  max: ["Max", float],
  stddev: ["Stddev", float],
  /** When it was last measured; empty for a gauge. */
  lastUpdated: ["LastUpdated", text],
});
export type MetricRecord = ValueOf<typeof metricRecord>;

/** The last minute in metrics. */
export const metricsResponse = struct({ metrics: ["Metrics", list(metricRecord)] });

export const historyRequest = struct({
  /** A cursor, or an age such as `1h`; empty for all that is kept. */
  since: ["Since", text],
  /** Whether to wait some seconds for a record if there is none yet. */
  wait: ["Wait", flag],
});

/** What follows a place in the history. */
export const historyResponse = struct({
  /** Records and gaps, each an object in JSON; none at the end of the history. */
  records: ["Records", list(text)],
  /** Where to go on. */
  cursor: ["Cursor", text],
});
export type HistoryPage = ValueOf<typeof historyResponse>;
/** What came of a reload; settings have their names in files. */
export const reloadRecord = struct({
  /** What is in force from now on. */
  changed: ["Changed", list(text)],
  /** What changed as well, but waits for a restart. */
  waiting: ["Waiting", list(text)],
  /** What is odd but stops nothing. */
  warnings: ["Warnings", list(text)],
  /** Why something, or everything, stays as it was. */
  problems: ["Problems", list(text)],
});
export type ReloadRecord = ValueOf<typeof reloadRecord>;

export const whyRequest = struct({ node: ["Node", text] });
/** What the agent saw of a member: an object in JSON, or empty if it knows nobody of that name. */
export const whyResponse = struct({ account: ["Account", text] });

/** A log entry, which may hold several lines. */
export const logRecord = struct({ log: ["Log", text] });

/** What comes back for a query. */
export const queryRecord = struct({
  /** `ack`, `response` or, once and last, `done`. */
  type: ["Type", text],
  from: ["From", text],
  payload: ["Payload", payload],
});
export type QueryRecord = ValueOf<typeof queryRecord>;

const event = ["Event", text] as const;
const members = ["Members", list(memberRecord)] as const;
const coalesce = ["Coalesce", flag] as const;
/** What `respond` wants; it means nothing on another connection. */
const id = ["ID", counter] as const;
const ltimed = {
  ltime: ["LTime", counter],
  name: ["Name", text],
  payload: ["Payload", payload],
} as const;

const memberEvent = struct({ event, members });
const userEvent = struct({ event, ...ltimed, coalesce });
const queryEvent = struct({ event, id, ...ltimed });
/** The fields of all three kinds: which kind it is shows only in one of them. */
const anyEvent = struct({ event, id, ...ltimed, coalesce, members });

/** What a stream delivers; member events (`member-join` and the like) are those with `members`. */
export type EventRecord =
  | ValueOf<typeof memberEvent>
  | ValueOf<typeof userEvent> & { readonly event: "user" }
  | ValueOf<typeof queryEvent> & { readonly event: "query" };

/** Coding of {@linkcode EventRecord}. */
export const eventRecord: Codec<EventRecord> = {
  zero: () => memberEvent.zero(),
  read(reader) {
    const { event, id, ltime, name, payload, coalesce, members } = anyEvent.read(reader);
    if (event === "user") return { event, ltime, name, payload, coalesce };
    if (event === "query") return { event, id, ltime, name, payload };
    return { event, members };
  },
  write(writer, value) {
    if ("members" in value) memberEvent.write(writer, value);
    else if (value.event === "user") userEvent.write(writer, value);
    else queryEvent.write(writer, value);
  },
};

/** Writes the beginning of a member event; `count` members' records follow. */
export function writeMemberEventHead(writer: MsgpackWriter, event: string, count: number): void {
  writer.writeMapLength(2);
  writer.writeText("Event");
  writer.writeText(event);
  writer.writeText("Members");
  writer.writeArrayLength(count);
}

/** What travels for one command; `nothing` where there is no body. */
export interface Command<Q, A> {
  readonly request: Codec<Q>;
  readonly response: Codec<A>;
  /** Whether the answer has to wait for the cluster, not for the agent alone. */
  readonly isSlow?: boolean;
}

const commands = {
  "handshake": { request: handshakeRequest, response: nothing },
  "auth": { request: authRequest, response: nothing },
  "event": { request: eventRequest, response: nothing },
  "force-leave": { request: forceLeaveRequest, response: nothing, isSlow: true },
  "join": { request: joinRequest, response: joinResponse, isSlow: true },
  "members": { request: nothing, response: membersResponse },
  "members-filtered": { request: membersFilteredRequest, response: membersResponse },
  "tags": { request: tagsRequest, response: nothing, isSlow: true },
  "stream": { request: streamRequest, response: nothing },
  "monitor": { request: monitorRequest, response: nothing },
  "stop": { request: stopRequest, response: nothing },
  "leave": { request: nothing, response: nothing, isSlow: true },
  "query": { request: queryRequest, response: nothing },
  "respond": { request: respondRequest, response: nothing },
  "install-key": { request: keyRequest, response: keyRecord, isSlow: true },
  "use-key": { request: keyRequest, response: keyRecord, isSlow: true },
  "remove-key": { request: keyRequest, response: keyRecord, isSlow: true },
  "list-keys": { request: nothing, response: keyRecord, isSlow: true },
  "stats": { request: nothing, response: statsResponse },
  "facts": { request: nothing, response: statsResponse },
  "metrics": { request: nothing, response: metricsResponse },
  "history": { request: historyRequest, response: historyResponse },
  "reload": { request: nothing, response: reloadRecord, isSlow: true },
  "why": { request: whyRequest, response: whyResponse },
  "get-coordinate": { request: coordinateRequest, response: coordinateResponse },
} as const;

/** A name that stands in a request header. */
export type CommandName = keyof typeof commands;

/** Whether a header, which a client wrote, names a command. */
export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

/** What a client sends with a command. */
export type RequestOf<N extends CommandName> = ValueOf<typeof commands[N]["request"]>;

/** What an agent answers besides an error. */
export type ResponseOf<N extends CommandName> = ValueOf<typeof commands[N]["response"]>;

/** All commands. */
export const rpcCommands: {
  readonly [N in CommandName]: Command<RequestOf<N>, ResponseOf<N>>;
} = commands;
