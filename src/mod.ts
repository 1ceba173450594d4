/**
 * Serf as a library: cluster membership, failure detection, events and queries. For Deno, run
 * with `--unstable-net` or with `"unstable": ["net"]` in `deno.json`.
 *
 * @example
 * ```ts
 * import { Serf } from "@serf/serf";
 *
 * await using serf = await Serf.start({ name: "web-1", bind: { host: "127.0.0.1", port: 0 } });
 * console.log(serf.members().length);
 * ```
 *
 * @module
 */

export {
  type ForceLeaveOptions,
  type JoinOptions,
  Serf,
  type UserEventOptions,
} from "./host/serf.ts";
export type { HistoryOptions, SerfOptions } from "./host/serf_options.ts";
export type { HistoryItem } from "./host/history/history_item.ts";
export type { ReadHistoryOptions, SerfHistory } from "./host/history/serf_history.ts";
export {
  type BroadcastOptions,
  maxDatagramMessage,
  Memberlist,
  type MemberlistOptions,
  type SendOptions,
  type TellOptions,
} from "./host/memberlist.ts";
export type { MemberlistEvent } from "./host/message_delegate.ts";
export type { NodeOptions } from "./host/node_options.ts";
export {
  JoinError,
  RequestError,
  SendError,
  SerfError,
  StartError,
  StoppedError,
  TimeoutError,
} from "./host/errors.ts";
export { maxWaitingEvents } from "./host/event_delivery.ts";
export type { Loop } from "./host/event_stream.ts";
export type { WaitOptions } from "./host/waiting.ts";
export type { Query, QueryAnswer } from "./host/query.ts";

export type { Coordinate } from "./coordinate/coordinate.ts";
export { distance } from "./coordinate/coordinate.ts";
export type { AllowList } from "./memberlist/allow_list.ts";
export type { MemberlistConfig, ProfileName, ProfileSettings } from "./memberlist/config.ts";
export type { Member, MemberState, ProtocolVersions } from "./memberlist/member.ts";
export type { Address } from "./ports/address.ts";
export type { Milliseconds } from "./ports/clock.ts";
export type { Log, LogFields } from "./ports/log.ts";
export type { Meter } from "./ports/meter.ts";
export { EvidenceBook, type MemberEvidence } from "./memberlist/evidence.ts";
export type { Fact, MembershipFact, Observer, SerfFact } from "./ports/observer.ts";
export type { Result } from "./ports/result.ts";
export type { SerfConfig, SerfDefaults } from "./serf/config.ts";
export type {
  MemberEvent,
  MemberEventType,
  QueryEvent,
  SerfEvent,
  UserEvent,
} from "./serf/event.ts";
export type { KeyOperation, KeyOptions, KeyReport } from "./serf/queries/key_manager.ts";
export type { LamportTime } from "./serf/lamport_clock.ts";
export type { MemberStatus, SerfMember, Tags } from "./serf/member.ts";
export type { QueryOptions } from "./serf/queries/queries.ts";
export type { TagExpressions } from "./serf/queries/query_filter.ts";
export type { QueryListener } from "./serf/queries/running_query.ts";
export type { SerfState } from "./serf/serf_core.ts";
