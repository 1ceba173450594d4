/**
 * Serf: who is in the cluster, who failed, who left, and events and queries for
 * all of them, as a library for Deno, run with `--unstable-net` or with
 * `"unstable": ["net"]` in `deno.json`.
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
export type { SerfOptions } from "./host/serf_options.ts";
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
export type { ClusterKeys, KeyOptions, KeyReport } from "./host/keys.ts";
export type { Query, QueryAnswer, QueryListener, QueryOptions } from "./host/query.ts";

export type { Coordinate } from "./coordinate/coordinate.ts";
export { distance } from "./coordinate/coordinate.ts";
export type { AllowList } from "./memberlist/allow_list.ts";
export type { MemberlistConfig, ProfileName, ProfileSettings } from "./memberlist/config.ts";
export type { Member, MemberState, ProtocolVersions } from "./memberlist/member.ts";
export type { Address } from "./ports/address.ts";
export type { Milliseconds } from "./ports/clock.ts";
export type { Log, LogFields } from "./ports/log.ts";
export type { Meter } from "./ports/meter.ts";
export type { Result } from "./ports/result.ts";
export type { SerfConfig, SerfDefaults } from "./serf/config.ts";
export type {
  MemberEvent,
  MemberEventType,
  QueryEvent,
  SerfEvent,
  UserEvent,
} from "./serf/event.ts";
export type { LamportTime } from "./serf/lamport_clock.ts";
export type { MemberStatus, SerfMember, Tags } from "./serf/member.ts";
export type { SerfState } from "./serf/serf_core.ts";
