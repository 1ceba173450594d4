/** What happens in a cluster, as an application sees it. */

import type { Milliseconds } from "../ports/clock.ts";
import type { Result } from "../ports/result.ts";
import type { LamportTime } from "./lamport_clock.ts";
import type { SerfMember } from "./member.ts";

/** The five things that can happen to members. */
export type MemberEventType =
  | "member-join"
  | "member-leave"
  | "member-failed"
  | "member-update"
  | "member-reap";

/** Something happened to one or more members. */
export interface MemberEvent {
  /** What happened. */
  readonly type: MemberEventType;
  /** To whom; at least one member. */
  readonly members: readonly SerfMember[];
}

/** A user event, fired anywhere in the cluster. */
export interface UserEvent {
  /** Tells the kinds of events apart. */
  readonly type: "user";
  /** When it was fired, in logical time. */
  readonly ltime: LamportTime;
  /** Its name, chosen by the sender. */
  readonly name: string;
  /** `undefined` if the sender gave none, which is not the same as an empty one. */
  readonly payload: Uint8Array | undefined;
  /** Whether events of this name may be merged when they come close together. */
  readonly coalesce: boolean;
}

/** A query that awaits this member's answer. */
export interface QueryEvent {
  /** Tells the kinds of events apart. */
  readonly type: "query";
  /** When it was asked, in logical time. */
  readonly ltime: LamportTime;
  /** Random, 31 bits: together with the time it tells queries apart. */
  readonly id: number;
  /** What is asked. */
  readonly name: string;
  /** What the question is about; `undefined` if the sender gave nothing. */
  readonly payload: Uint8Array | undefined;
  /** The member that asked. */
  readonly source: string;
  /** On the local clock: later answers are refused. */
  readonly deadline: Milliseconds;
  /**
   * Answers the query, once.
   *
   * Fails with `response exceeds limit of N bytes`, `response already sent` or
   * `response is past the deadline` (rpc.md section 6.4).
   */
  respond(payload: Uint8Array): Result<void>;
}

/** Anything that an application receives. */
export type SerfEvent = MemberEvent | UserEvent | QueryEvent;
