/**
 * What a node tells about a member from its own evidence alone: how the member stands, when it was
 * heard, and what happened to it, with times that people can read.
 */

import { EvidenceBook } from "../memberlist/evidence.ts";
import { type Address, formatAddress } from "../ports/address.ts";
import type { Milliseconds } from "../ports/clock.ts";
import type { MembershipFact } from "../ports/observer.ts";
import type { SerfMember } from "../serf/member.ts";

/** What one node knows about one member. Times are such as `2026-12-01T17:00:00.000Z`. */
export interface MemberAccount {
  readonly member: string;
  /** Who tells it. */
  readonly witness: string;
  /** When it is told. */
  readonly now: string;
  /** `alive`, `leaving`, `left` or `failed`; undefined if it is no member any more. */
  readonly status?: string | undefined;
  readonly address?: string | undefined;
  /** Where its last packet with its name came from. */
  readonly seenFrom?: string | undefined;
  /** When a packet came from it last. */
  readonly packetAt?: string | undefined;
  /** When a stream with it worked last. */
  readonly streamAt?: string | undefined;
  /** When it answered a probe last. */
  readonly answeredAt?: string | undefined;
  /** Facts, oldest first, with `time` in place of `at`. */
  readonly story: readonly StoryItem[];
}

/** One fact of a story. */
export interface StoryItem {
  readonly time: string;
  readonly type: string;
  readonly [detail: string]: unknown;
}

/** Keeps evidence of what its node sees, and gives accounts of it. */
export class Witness {
  /** What the node has to be started with. */
  readonly observer = new EvidenceBook();
  readonly #wallTime: () => Milliseconds;

  /** @param wallTime the time of day. */
  constructor(wallTime: () => Milliseconds = Date.now) {
    this.#wallTime = wallTime;
  }

  /**
   * Returns what is known about a name.
   *
   * @param self the node that tells it.
   * @param member the member of that name, if there is one.
   * @param now the time of the node's clock, which is the runtime's monotonic one.
   * @returns `undefined` if nothing is known.
   */
  account(
    name: string,
    self: string,
    member: SerfMember | undefined,
    now: Milliseconds = performance.now(),
  ): MemberAccount | undefined {
    const shift = this.#wallTime() - now;
    const timeOf = (at: Milliseconds) => new Date(at + shift).toISOString();
    const known = (at: Milliseconds | undefined) => at === undefined ? undefined : timeOf(at);
    const evidence = this.observer.about(name);
    if (!member && !evidence) return undefined;
    const story = name === self ? this.observer.own : evidence?.story ?? [];
    const address = evidence?.address ?? member?.address;
    return {
      member: name,
      witness: self,
      now: timeOf(now),
      status: member?.status,
      address: address && formatAddress(address),
      seenFrom: evidence?.seenFrom && formatAddress(evidence.seenFrom),
      packetAt: known(evidence?.packetAt),
      streamAt: known(evidence?.streamAt),
      answeredAt: known(evidence?.answeredAt),
      story: story.map((fact) => describeFact(fact, timeOf(fact.at))),
    };
  }
}

function describeFact({ at: _at, type, ...details }: MembershipFact, time: string): StoryItem {
  const told = Object.entries(details)
    .map(([name, value]) => [name, isAddress(value) ? formatAddress(value) : value]);
  return { time, type, ...Object.fromEntries(told) };
}

function isAddress(value: unknown): value is Address {
  return typeof value === "object" && value !== null && "host" in value && "port" in value;
}
