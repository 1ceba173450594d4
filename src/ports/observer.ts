/**
 * What the core sees, said once, as facts.
 *
 * The log, the metrics, traces and evidence are all made from facts; nothing is worded where it
 * happens. A fact belongs to whoever gets it and never changes. `at` is the time on the local
 * clock. Who listens runs inside the core's turn: it takes notes, and calls nothing of the core.
 */

import type { Address } from "./address.ts";
import type { Milliseconds } from "./clock.ts";

/** What the membership layer sees. */
export type MembershipFact =
  /** A ping went to a member. */
  | {
    readonly type: "probe-sent";
    readonly at: Milliseconds;
    readonly member: string;
    /** How badly this node itself does; 0 is healthy. */
    readonly health: number;
  }
  /** No answer came in time, so others were asked to ping the member. */
  | {
    readonly type: "probe-relayed";
    readonly at: Milliseconds;
    readonly member: string;
    readonly helpers: readonly string[];
  }
  /** A helper had no answer from the member either. */
  | {
    readonly type: "probe-nack";
    readonly at: Milliseconds;
    readonly member: string;
    /** The helper's address, if known. */
    readonly from: Address | undefined;
  }
  /** The member's host says that nobody listens at its address any more. */
  | {
    readonly type: "probe-refused";
    readonly at: Milliseconds;
    readonly member: string;
  }
  /** An answer came. */
  | {
    readonly type: "probe-answered";
    readonly at: Milliseconds;
    readonly member: string;
    /** `stream` if no datagram came, but the member answered over a stream. */
    readonly path: "direct" | "relayed" | "stream";
    /** Who sent it: the member or a helper, if known. */
    readonly from: Address | undefined;
    /** How long the probe took. */
    readonly took: Milliseconds;
  }
  /** No answer came at all. */
  | {
    readonly type: "probe-failed";
    readonly at: Milliseconds;
    readonly member: string;
    readonly took: Milliseconds;
    readonly nacks: number;
    /** How many helpers can send one. */
    readonly nacksExpected: number;
  }
  /** This node did not run for a while, so that silence proves nothing. */
  | {
    readonly type: "probe-void";
    readonly at: Milliseconds;
    readonly member: string;
    readonly took: Milliseconds;
  }
  /** A member is suspected from now on. */
  | {
    readonly type: "suspected";
    readonly at: Milliseconds;
    readonly member: string;
    readonly incarnation: number;
    /** The accuser, which may be this node. */
    readonly by: string;
  }
  /** Another member agreed, which shortens the suspicion. */
  | {
    readonly type: "suspicion-confirmed";
    readonly at: Milliseconds;
    readonly member: string;
    readonly by: string;
    /** How many agreed by now, the first accuser not counted. */
    readonly confirmations: number;
    /** How long the suspicion still lasts. */
    readonly remaining: Milliseconds;
  }
  /** A suspected member said that it is alive. */
  | {
    readonly type: "suspicion-refuted";
    readonly at: Milliseconds;
    readonly member: string;
    readonly incarnation: number;
  }
  /** The time to refute is over. */
  | {
    readonly type: "suspicion-expired";
    readonly at: Milliseconds;
    readonly member: string;
    readonly confirmations: number;
    /** With as many the suspicion would have been as short as possible. */
    readonly expected: number;
  }
  /** A member is taken for failed from now on. */
  | {
    readonly type: "declared-failed";
    readonly at: Milliseconds;
    readonly member: string;
    readonly incarnation: number;
    /** Whose word it is; this node's if its own suspicion expired. */
    readonly by: string;
  }
  /** This node did not run for a while. */
  | {
    readonly type: "stalled";
    readonly at: Milliseconds;
    /** For about how long. */
    readonly took: Milliseconds;
  }
  /** Somebody doubted this node, which outbids that. */
  | {
    readonly type: "refuting";
    readonly at: Milliseconds;
    readonly claim: "suspect" | "dead";
    readonly by: string;
  }
  /** Somebody claims what is not so about this node, which outbids that. */
  | {
    readonly type: "refuting-alive";
    readonly at: Milliseconds;
    readonly member: string;
    readonly address: Address;
    readonly incarnation: number;
  }
  /** A member is here, for the first time or again. */
  | {
    readonly type: "member-alive";
    readonly at: Milliseconds;
    readonly member: string;
    readonly address: Address;
    readonly incarnation: number;
  }
  /** A member said goodbye. */
  | {
    readonly type: "member-gone";
    readonly at: Milliseconds;
    readonly member: string;
    readonly incarnation: number;
  }
  /** A member changed its metadata. */
  | {
    readonly type: "member-changed";
    readonly at: Milliseconds;
    readonly member: string;
    readonly incarnation: number;
  }
  /** This node does itself better or worse; 0 is healthy. */
  | {
    readonly type: "health-changed";
    readonly at: Milliseconds;
    readonly score: number;
  }
  /** A name is claimed from another address than the one known. */
  | {
    readonly type: "name-contested";
    readonly at: Milliseconds;
    readonly member: string;
    readonly mine: Address;
    readonly theirs: Address;
    /** How the member stands here. */
    readonly state: string;
  }
  /** A claim about a member was not believed. */
  | {
    readonly type: "claim-refused";
    readonly at: Milliseconds;
    readonly member: string;
    readonly detail: string;
  }
  /** A claim about a member is of another count of incarnations. */
  | {
    readonly type: "incarnation-refused";
    readonly at: Milliseconds;
    readonly member: string;
    readonly claimed: number;
    readonly known: number;
  }
  /** A packet or a stream was refused, in whole or in part: for its key, label, form or load. */
  | {
    readonly type: "message-refused";
    readonly at: Milliseconds;
    readonly over: "packet" | "stream";
    readonly from: Address;
    /** A short stable code. */
    readonly reason: string;
    readonly detail: string;
  }
  /** A stream was ended, or could not be read or accepted. */
  | {
    readonly type: "stream-ended";
    readonly at: Milliseconds;
    /** Empty if it is nobody's fault. */
    readonly host: string;
    /** A short stable code. */
    readonly reason: string;
    readonly detail: string;
  }
  /** A packet or stream came from outside the allowed networks. */
  | {
    readonly type: "network-refused";
    readonly at: Milliseconds;
    readonly from: Address;
  }
  /** A ping was meant for a node of another name: somebody has an old address. */
  | {
    readonly type: "ping-misdirected";
    readonly at: Milliseconds;
    readonly from: Address;
    readonly meant: string;
  }
  /** A periodic exchange of everything begins. */
  | {
    readonly type: "exchange-begun";
    readonly at: Milliseconds;
    readonly member: string;
    readonly address: Address;
  }
  /** An exchange that this node asked for is over; `error` says why it failed. */
  | {
    readonly type: "exchange-done";
    readonly at: Milliseconds;
    readonly address: Address;
    /** The member, where this node chose one. A join knows only the address. */
    readonly member: string | undefined;
    readonly error: string | undefined;
  }
  /** What another node sent in an exchange that it asked for was not taken in. */
  | {
    readonly type: "merge-refused";
    readonly at: Milliseconds;
    readonly from: Address;
    readonly error: string;
  };

/** What the Serf layer sees. */
export type SerfFact =
  /** Serf says how a member stands, with its tags and intents considered. */
  | {
    readonly type: "status-changed";
    readonly at: Milliseconds;
    readonly member: string;
    readonly status: "joined" | "updated" | "left" | "forced-left" | "failed" | "reaped" | "pruned";
    /** The host of its address. */
    readonly host: string;
  }
  /** A member that failed is back so soon that its failure was none. */
  | {
    readonly type: "flapped";
    readonly at: Milliseconds;
    readonly member: string;
  }
  /** A queue of broadcasts is long. */
  | {
    readonly type: "queue-long";
    readonly at: Milliseconds;
    readonly queue: string;
    readonly depth: number;
  }
  /** A queue of broadcasts was too long, and lost those that were sent most. */
  | {
    readonly type: "queue-cut";
    readonly at: Milliseconds;
    readonly queue: string;
    readonly depth: number;
    readonly limit: number;
    /** A storm is cut at once, when twice the limit wait. */
    readonly during: "check" | "storm";
  }
  /** A user event was fired here. */
  | {
    readonly type: "event-fired";
    readonly at: Milliseconds;
    readonly name: string;
    readonly ltime: number;
    /** Of name and payload on the wire. */
    readonly bytes: number;
  }
  /** A user event is handed on, whether it was fired here or came. */
  | {
    readonly type: "event-delivered";
    readonly at: Milliseconds;
    readonly name: string;
    readonly ltime: number;
  }
  /** A user event was dropped. */
  | {
    readonly type: "event-dropped";
    readonly at: Milliseconds;
    readonly why: "too-old" | "too-far-ahead" | "no-room";
    readonly name: string;
    readonly ltime: number;
    /** The Lamport time of this node. */
    readonly now: number;
  }
  /** A query is new here, whether it was asked here or came. */
  | {
    readonly type: "query-taken";
    readonly at: Milliseconds;
    readonly name: string;
    readonly ltime: number;
    /** Who asks. */
    readonly by: string;
  }
  /** A query was dropped. */
  | {
    readonly type: "query-dropped";
    readonly at: Milliseconds;
    readonly why: "too-old" | "too-far-ahead";
    readonly name: string;
    readonly ltime: number;
    /** The Lamport time of this node. */
    readonly now: number;
  }
  /** The cluster was asked whose the own name is. */
  | {
    readonly type: "name-vote";
    readonly at: Milliseconds;
    readonly verdict: "nobody-answered" | "kept" | "too-few-answered" | "lost";
    /** How many see the name here, and how many answered. */
    readonly matching: number;
    readonly responses: number;
  };

/** Anything that the core sees. */
export type Fact = MembershipFact | SerfFact;

/** Takes facts. */
export interface Observer<F = Fact> {
  /** Takes note of a fact. */
  note(fact: F): void;
  /**
   * Takes note that something readable came from an address. There is no fact for it, because it
   * happens for every packet.
   *
   * @param member the name that the sender gives itself, where a message holds one.
   */
  heard?(at: Milliseconds, from: Address, over: "packet" | "stream", member?: string): void;
}
