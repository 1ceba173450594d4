/**
 * The commands of the agent's client protocol: their names, and what goes with
 * each, as TypeScript sees it and as it travels (rpc.md sections 5 to 7).
 *
 * Fields stand in the order of their declaration, which matters where a peer
 * sends a record as an array; written records are maps with sorted keys.
 */

import type { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import {
  type Codec,
  counter,
  extra,
  extraFlag,
  flag,
  float,
  int32,
  int64,
  list,
  optional,
  payload,
  record,
  type RecordCodec,
  type Sequence,
  sequence,
  text,
  textMap,
  uint16,
  uint8,
} from "./codec.ts";

/** The only version of the protocol there is. */
export const protocolVersion = 1;

/** A name that stands in a request header. */
export type CommandName =
  | "handshake"
  | "auth"
  | "event"
  | "force-leave"
  | "join"
  | "members"
  | "members-filtered"
  | "tags"
  | "stream"
  | "monitor"
  | "stop"
  | "leave"
  | "query"
  | "respond"
  | "install-key"
  | "use-key"
  | "remove-key"
  | "list-keys"
  | "stats"
  | "get-coordinate";

/** Starts a request. */
export interface RequestHeader {
  readonly command: string;
  readonly seq: Sequence;
}

/** Starts a response; an empty `error` is success. */
export interface ResponseHeader {
  readonly error: string;
  readonly seq: Sequence;
}

/** Opens a connection: the version that the client speaks. */
export interface HandshakeRequest {
  readonly version: number;
}

/** Shows a token. */
export interface AuthRequest {
  readonly authKey: string;
}

/** Fires a user event. */
export interface EventRequest {
  readonly name: string;
  readonly payload: Uint8Array | undefined;
  readonly coalesce: boolean;
}

/** Declares a failed member to have left. */
export interface ForceLeaveRequest {
  readonly node: string;
  readonly prune: boolean;
}

/** Joins a cluster through any of several addresses. */
export interface JoinRequest {
  readonly existing: readonly string[];
  readonly replay: boolean;
}

/** How many nodes a join contacted. */
export interface JoinResponse {
  readonly num: number;
}

/** Lists members whose tags, status and name match expressions. */
export interface MembersFilteredRequest {
  readonly tags: ReadonlyMap<string, string>;
  readonly status: string;
  readonly name: string;
}

/** A list of members. */
export interface MembersResponse {
  readonly members: readonly MemberRecord[];
}

/** Changes the agent's tags: first removals, then additions. */
export interface TagsRequest {
  readonly tags: ReadonlyMap<string, string>;
  readonly deleteTags: readonly string[] | undefined;
}

/** Subscribes to events. */
export interface StreamRequest {
  readonly type: string;
}

/** Subscribes to log lines. */
export interface MonitorRequest {
  readonly logLevel: string;
}

/** Ends the subscriptions made under a sequence number. */
export interface StopRequest {
  readonly stop: Sequence;
}

/** Asks the cluster a question. */
export interface QueryRequest {
  readonly filterNodes: readonly string[] | undefined;
  readonly filterTags: ReadonlyMap<string, string>;
  readonly requestAck: boolean;
  /** 0 to 255. */
  readonly relayFactor: number;
  /** 0 for the agent's default. */
  readonly timeoutNanos: number;
  readonly name: string;
  readonly payload: Uint8Array | undefined;
  /** Whether to listen until the timeout even if everybody has answered. */
  readonly untilTimeout?: boolean | undefined;
}

/** Answers a query that came over a stream of this connection. */
export interface RespondRequest {
  readonly id: number;
  readonly payload: Uint8Array | undefined;
}

/** Names a key, in base64. */
export interface KeyRequest {
  readonly key: string;
}

/** Asks where a node is. */
export interface CoordinateRequest {
  readonly node: string;
}

/** Where a node is, if `ok`. */
export interface CoordinateResponse {
  readonly coord: CoordinateRecord;
  readonly ok: boolean;
}

/** A member as clients see it. */
export interface MemberRecord {
  readonly name: string;
  /** 4 raw bytes, or 16 for IPv6 and for IPv4 mapped into it. */
  readonly addr: Uint8Array | undefined;
  readonly port: number;
  readonly tags: ReadonlyMap<string, string>;
  /** `alive`, `leaving`, `left` or `failed`. */
  readonly status: string;
  readonly protocolMin: number;
  readonly protocolMax: number;
  readonly protocolCur: number;
  readonly delegateMin: number;
  readonly delegateMax: number;
  readonly delegateCur: number;
}

/** Something happened to members; `event` is `member-join` and the like. */
export interface MemberEventRecord {
  readonly event: string;
  readonly members: readonly MemberRecord[];
}

/** A user event. */
export interface UserEventRecord {
  readonly event: "user";
  readonly ltime: number;
  readonly name: string;
  readonly payload: Uint8Array | undefined;
  readonly coalesce: boolean;
}

/** A query; `id` is what `respond` wants, and means nothing on another connection. */
export interface QueryEventRecord {
  readonly event: "query";
  readonly id: number;
  readonly ltime: number;
  readonly name: string;
  readonly payload: Uint8Array | undefined;
}

/** What a stream delivers; the members' kind is the one with `members`. */
export type EventRecord = MemberEventRecord | UserEventRecord | QueryEventRecord;

/** A log entry, which may hold several lines. */
export interface LogRecord {
  readonly log: string;
}

/** What comes back for a query. */
export interface QueryRecord {
  /** `ack`, `response` or, once and last, `done`. */
  readonly type: string;
  readonly from: string;
  readonly payload: Uint8Array | undefined;
}

/** How a key operation went. */
export interface KeyRecord {
  /** What nodes had to say: mostly errors. */
  readonly messages: ReadonlyMap<string, string>;
  /** How many nodes hold a key; only when keys were listed. */
  readonly keys: ReadonlyMap<string, number> | undefined;
  readonly numNodes: number;
  readonly numErr: number;
  readonly numResp: number;
  /** How many nodes write in a key; the reference does not tell. */
  readonly primaryKeys?: ReadonlyMap<string, number> | undefined;
}

/** A network coordinate, in seconds. */
export interface CoordinateRecord {
  /** `undefined` if the node is unknown. */
  readonly vec: readonly number[] | undefined;
  readonly error: number;
  readonly adjustment: number;
  readonly height: number;
}

/** Facts about an agent: section to key to text. */
export type StatsResponse = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Coding of {@linkcode RequestHeader}. */
export const requestHeader: RecordCodec<RequestHeader> = record({
  command: ["Command", text],
  seq: ["Seq", sequence],
});

/** Coding of {@linkcode ResponseHeader}. */
export const responseHeader: Codec<ResponseHeader> = record({
  seq: ["Seq", sequence],
  error: ["Error", text],
});

/** Coding of {@linkcode HandshakeRequest}. */
export const handshakeRequest: Codec<HandshakeRequest> = record({ version: ["Version", int32] });

/** Coding of {@linkcode AuthRequest}. */
export const authRequest: Codec<AuthRequest> = record({ authKey: ["AuthKey", text] });

/** Coding of {@linkcode EventRequest}. */
export const eventRequest: Codec<EventRequest> = record({
  name: ["Name", text],
  payload: ["Payload", payload],
  coalesce: ["Coalesce", flag],
});

/** Coding of {@linkcode ForceLeaveRequest}. */
export const forceLeaveRequest: Codec<ForceLeaveRequest> = record({
  node: ["Node", text],
  prune: ["Prune", flag],
});

/** Coding of {@linkcode JoinRequest}. */
export const joinRequest: Codec<JoinRequest> = record({
  existing: ["Existing", list(text)],
  replay: ["Replay", flag],
});

/** Coding of {@linkcode JoinResponse}. */
export const joinResponse: Codec<JoinResponse> = record({ num: ["Num", int32] });

/** Coding of {@linkcode MembersFilteredRequest}. */
export const membersFilteredRequest: Codec<MembersFilteredRequest> = record({
  tags: ["Tags", textMap(text)],
  status: ["Status", text],
  name: ["Name", text],
});

/** Coding of {@linkcode MemberRecord}. */
export const memberRecord: Codec<MemberRecord> = record({
  name: ["Name", text],
  addr: ["Addr", payload],
  port: ["Port", uint16],
  tags: ["Tags", textMap(text)],
  status: ["Status", text],
  protocolMin: ["ProtocolMin", uint8],
  protocolMax: ["ProtocolMax", uint8],
  protocolCur: ["ProtocolCur", uint8],
  delegateMin: ["DelegateMin", uint8],
  delegateMax: ["DelegateMax", uint8],
  delegateCur: ["DelegateCur", uint8],
});

/** Coding of {@linkcode MembersResponse}. */
export const membersResponse: Codec<MembersResponse> = record({
  members: ["Members", list(memberRecord)],
});

/** Writes the beginning of a {@linkcode MembersResponse}: so many records follow. */
export function writeMembersHead(writer: MsgpackWriter, count: number): void {
  writer.writeMapLength(1);
  writer.writeText("Members");
  writer.writeArrayLength(count);
}

/** Coding of {@linkcode TagsRequest}. */
export const tagsRequest: Codec<TagsRequest> = record({
  tags: ["Tags", textMap(text)],
  deleteTags: ["DeleteTags", optional(list(text))],
});

/** Coding of {@linkcode StreamRequest}. */
export const streamRequest: Codec<StreamRequest> = record({ type: ["Type", text] });

/** Coding of {@linkcode MonitorRequest}. */
export const monitorRequest: Codec<MonitorRequest> = record({ logLevel: ["LogLevel", text] });

/** Coding of {@linkcode StopRequest}. */
export const stopRequest: Codec<StopRequest> = record({ stop: ["Stop", sequence] });

/** Coding of {@linkcode QueryRequest}. */
export const queryRequest: Codec<QueryRequest> = record({
  filterNodes: ["FilterNodes", optional(list(text))],
  filterTags: ["FilterTags", textMap(text)],
  requestAck: ["RequestAck", flag],
  relayFactor: ["RelayFactor", uint8],
  timeoutNanos: ["Timeout", int64],
  name: ["Name", text],
  payload: ["Payload", payload],
  untilTimeout: ["Wait", extraFlag],
});

/** Coding of {@linkcode RespondRequest}. */
export const respondRequest: Codec<RespondRequest> = record({
  id: ["ID", counter],
  payload: ["Payload", payload],
});

/** Coding of {@linkcode KeyRequest}. */
export const keyRequest: Codec<KeyRequest> = record({ key: ["Key", text] });

/** Coding of {@linkcode KeyRecord}. */
export const keyRecord: Codec<KeyRecord> = record({
  messages: ["Messages", textMap(text)],
  keys: ["Keys", optional(textMap(int32))],
  numNodes: ["NumNodes", int32],
  numErr: ["NumErr", int32],
  numResp: ["NumResp", int32],
  primaryKeys: ["PrimaryKeys", extra(textMap(int32))],
});

/** Coding of {@linkcode CoordinateRequest}. */
export const coordinateRequest: Codec<CoordinateRequest> = record({ node: ["Node", text] });

/** Coding of {@linkcode CoordinateRecord}. */
export const coordinateRecord: Codec<CoordinateRecord> = record({
  vec: ["Vec", optional(list(float))],
  error: ["Error", float],
  adjustment: ["Adjustment", float],
  height: ["Height", float],
});

/** Coding of {@linkcode CoordinateResponse}. */
export const coordinateResponse: Codec<CoordinateResponse> = record({
  coord: ["Coord", coordinateRecord],
  ok: ["Ok", flag],
});

/** Coding of {@linkcode StatsResponse}. */
export const statsResponse: Codec<StatsResponse> = textMap(textMap(text));

/** Coding of {@linkcode LogRecord}. */
export const logRecord: Codec<LogRecord> = record({ log: ["Log", text] });

/** Coding of {@linkcode QueryRecord}. */
export const queryRecord: Codec<QueryRecord> = record({
  type: ["Type", text],
  from: ["From", text],
  payload: ["Payload", payload],
});

const memberEvent: Codec<MemberEventRecord> = record({
  event: ["Event", text],
  members: ["Members", list(memberRecord)],
});

const userEvent = record({
  event: ["Event", text],
  ltime: ["LTime", counter],
  name: ["Name", text],
  payload: ["Payload", payload],
  coalesce: ["Coalesce", flag],
});

const queryEvent = record({
  event: ["Event", text],
  id: ["ID", counter],
  ltime: ["LTime", counter],
  name: ["Name", text],
  payload: ["Payload", payload],
});

/** The fields of all three kinds, since which kind it is shows only in one of them. */
const anyEvent = record({
  event: ["Event", text],
  id: ["ID", counter],
  ltime: ["LTime", counter],
  name: ["Name", text],
  payload: ["Payload", payload],
  coalesce: ["Coalesce", flag],
  members: ["Members", list(memberRecord)],
});

/** Writes the beginning of a {@linkcode MemberEventRecord}: so many members' records follow. */
export function writeMemberEventHead(writer: MsgpackWriter, event: string, count: number): void {
  writer.writeMapLength(2);
  writer.writeText("Event");
  writer.writeText(event);
  writer.writeText("Members");
  writer.writeArrayLength(count);
}

/** Coding of {@linkcode EventRecord}. */
export const eventRecord: Codec<EventRecord> = {
  zero: memberEvent.zero,
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
