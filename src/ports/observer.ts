/**
 * What the core sees, said once, as facts.
 *
 * The log, the metrics, traces and evidence are all made from facts; nothing is worded where it
 * happens. A fact belongs to whoever gets it and never changes. `at` is the time on the local
 * clock. Who listens runs inside the core's turn: it takes notes, and calls nothing of the core.
 */

import type { Address } from "./address.ts";
import type { Milliseconds } from "./clock.ts";

/** What fact types share. */
interface Observed<Type extends string> {
  readonly type: Type;
  readonly at: Milliseconds;
}

/** What fact types about one member share. */
interface AboutMember<Type extends string> extends Observed<Type> {
  readonly member: string;
}

/** A ping went to a member. */
export interface ProbeSent extends AboutMember<"probe-sent"> {
  /** How badly this node itself does; 0 is healthy. */
  readonly health: number;
}

/** No answer came in time, so others were asked to ping the member. */
export interface ProbeRelayed extends AboutMember<"probe-relayed"> {
  readonly helpers: readonly string[];
}

/** A helper had no answer from the member either. */
export interface ProbeNack extends AboutMember<"probe-nack"> {
  /** The helper's address, if known. */
  readonly from: Address | undefined;
}

/** The member's host says that nobody listens at its address any more. */
export type ProbeRefused = AboutMember<"probe-refused">;

/** An answer came. */
export interface ProbeAnswered extends AboutMember<"probe-answered"> {
  /** `stream` if no datagram came, but the member answered over a stream. */
  readonly path: "direct" | "relayed" | "stream";
  /** Who sent it: the member or a helper, if known. */
  readonly from: Address | undefined;
  /** How long the probe took. */
  readonly took: Milliseconds;
}

/** No answer came at all. */
export interface ProbeFailed extends AboutMember<"probe-failed"> {
  readonly took: Milliseconds;
  readonly nacks: number;
  /** How many helpers can send one. */
  readonly nacksExpected: number;
}

/** This node did not run for a while, so that silence proves nothing. */
export interface ProbeVoid extends AboutMember<"probe-void"> {
  readonly took: Milliseconds;
}

/** A member is suspected from now on. */
export interface Suspected extends AboutMember<"suspected"> {
  readonly incarnation: number;
  /** The accuser, which may be this node. */
  readonly by: string;
}

/** Another member agreed, which shortens the suspicion. */
export interface SuspicionConfirmed extends AboutMember<"suspicion-confirmed"> {
  readonly by: string;
  /** How many agreed by now, the first accuser not counted. */
  readonly confirmations: number;
  /** How long the suspicion still lasts. */
  readonly remaining: Milliseconds;
}

/** A suspected member said that it is alive. */
export interface SuspicionRefuted extends AboutMember<"suspicion-refuted"> {
  readonly incarnation: number;
}

/** The time to refute is over. */
export interface SuspicionExpired extends AboutMember<"suspicion-expired"> {
  readonly confirmations: number;
  /** With as many the suspicion would have been as short as possible. */
  readonly expected: number;
}

/** A member is taken for failed from now on. */
export interface DeclaredFailed extends AboutMember<"declared-failed"> {
  readonly incarnation: number;
  /** Whose word it is; this node's if its own suspicion expired. */
  readonly by: string;
}

/** Somebody doubted this node, which outbids that. */
export interface Refuting extends Observed<"refuting"> {
  readonly claim: "suspect" | "dead";
  readonly by: string;
}

/** Somebody claims what is not so about this node, which outbids that. */
export interface RefutingAlive extends AboutMember<"refuting-alive"> {
  readonly address: Address;
  readonly incarnation: number;
}

/** A member is here, for the first time or again. */
export interface MemberAlive extends AboutMember<"member-alive"> {
  readonly address: Address;
  readonly incarnation: number;
}

/** A member said goodbye. */
export interface MemberGone extends AboutMember<"member-gone"> {
  readonly incarnation: number;
}

/** A member changed its metadata. */
export interface MemberChanged extends AboutMember<"member-changed"> {
  readonly incarnation: number;
}

/** This node does itself better or worse; 0 is healthy. */
export interface HealthChanged extends Observed<"health-changed"> {
  readonly score: number;
}

/** A name is claimed from another address than the one known. */
export interface NameContested extends AboutMember<"name-contested"> {
  readonly mine: Address;
  readonly theirs: Address;
  /** How the member stands here. */
  readonly state: string;
}

/** A claim about a member was not believed. */
export interface ClaimRefused extends AboutMember<"claim-refused"> {
  readonly detail: string;
}

/** A claim about a member is of another count of incarnations. */
export interface IncarnationRefused extends AboutMember<"incarnation-refused"> {
  readonly claimed: number;
  readonly known: number;
}

/** A packet or a stream was refused, in whole or in part: for its key, label, form or load. */
export interface MessageRefused extends Observed<"message-refused"> {
  readonly over: "packet" | "stream";
  readonly from: Address;
  /** A short stable code. */
  readonly reason: string;
  readonly detail: string;
}

/** A packet or stream came from outside the allowed networks. */
export interface NetworkRefused extends Observed<"network-refused"> {
  readonly from: Address;
}

/** A ping was meant for a node of another name: somebody has an old address. */
export interface PingMisdirected extends Observed<"ping-misdirected"> {
  readonly from: Address;
  readonly meant: string;
}

/** A periodic exchange of everything begins. */
export type ExchangeBegun = AboutMember<"exchange-begun"> & { readonly address: Address };

/** An exchange that this node asked for is over; `error` says why it failed. */
export interface ExchangeDone extends Observed<"exchange-done"> {
  readonly address: Address;
  /** The member, where this node chose one. A join knows only the address. */
  readonly member: string | undefined;
  readonly error: string | undefined;
}

/** What another node sent in an exchange that it asked for was not taken in. */
export interface MergeRefused extends Observed<"merge-refused"> {
  readonly from: Address;
  readonly error: string;
}

/** What the membership layer sees. */
export type MembershipFact =
  | ProbeSent
  | ProbeRelayed
  | ProbeNack
  | ProbeRefused
  | ProbeAnswered
  | ProbeFailed
  | ProbeVoid
  | Suspected
  | SuspicionConfirmed
  | SuspicionRefuted
  | SuspicionExpired
  | DeclaredFailed
  | Refuting
  | RefutingAlive
  | MemberAlive
  | MemberGone
  | MemberChanged
  | HealthChanged
  | NameContested
  | ClaimRefused
  | IncarnationRefused
  | MessageRefused
  | NetworkRefused
  | PingMisdirected
  | ExchangeBegun
  | ExchangeDone
  | MergeRefused;

/** Serf says how a member stands, with its tags and intents considered. */
export interface StatusChanged extends AboutMember<"status-changed"> {
  readonly status: "joined" | "updated" | "left" | "forced-left" | "failed" | "reaped" | "pruned";
  /** The host of its address. */
  readonly host: string;
}

/** A member that failed is back so soon that its failure was none. */
export type Flapped = AboutMember<"flapped">;

/** A queue of broadcasts is long. */
export interface QueueLong extends Observed<"queue-long"> {
  readonly queue: string;
  readonly depth: number;
}

/** A queue of broadcasts was too long, and lost those that were sent most. */
export interface QueueCut extends Observed<"queue-cut"> {
  readonly queue: string;
  readonly depth: number;
  readonly limit: number;
}

/** A user event is new here, whether it was fired here or came. */
export interface EventTaken extends Observed<"event-taken"> {
  readonly name: string;
  readonly ltime: number;
}

/** A user event was dropped. */
export interface EventDropped extends Observed<"event-dropped"> {
  readonly why: "too-old" | "too-far-ahead" | "no-room";
  readonly name: string;
  readonly ltime: number;
  /** The Lamport time of this node. */
  readonly now: number;
}

/** What the Serf layer sees. */
export type SerfFact =
  | StatusChanged
  | Flapped
  | QueueLong
  | QueueCut
  | EventTaken
  | EventDropped;

/** Anything that the core sees. */
export type Fact = MembershipFact | SerfFact;

/** Takes facts. */
export interface Observer<F = Fact> {
  /** Takes note of a fact. */
  note(fact: F): void;
  /** Takes note that bytes came from an address: for every packet, so there is no fact for it. */
  heard?(from: Address, over: "packet" | "stream"): void;
}
