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
  readonly #wallTime: (at: Milliseconds) => Milliseconds;

  /** @param wallTime the time of day at a time of the node's clock. */
  constructor(wallTime = wallTimeNow) {
    this.#wallTime = wallTime;
  }

  /**
   * Returns what is known about a name.
   *
   * @param self the node that tells it.
   * @param now the time of the node's clock.
   * @returns `undefined` if nothing is known.
   */
  account(
    name: string,
    self: string,
    members: readonly SerfMember[],
    now: Milliseconds = performance.now(),
  ): MemberAccount | undefined {
    const member = members.find((member) => member.name === name);
    const evidence = this.observer.about(name);
    if (!member && !evidence) return undefined;
    const story = name === self ? this.observer.own : evidence?.story ?? [];
    const address = evidence?.address ?? member?.address;
    return {
      member: name,
      witness: self,
      now: this.#timeText(now),
      status: member?.status,
      address: address && formatAddress(address),
      seenFrom: evidence?.seenFrom && formatAddress(evidence.seenFrom),
      packetAt: this.#known(evidence?.packetAt),
      streamAt: this.#known(evidence?.streamAt),
      answeredAt: this.#known(evidence?.answeredAt),
      story: story.map((fact) => this.#describe(fact)),
    };
  }

  #describe(fact: MembershipFact): StoryItem {
    const { at, type, ...details } = fact;
    const told = Object.entries(details)
      .map(([name, value]) => [name, isAddress(value) ? formatAddress(value) : value]);
    return { time: this.#timeText(at), type, ...Object.fromEntries(told) };
  }

  #known(at: Milliseconds | undefined): string | undefined {
    return at === undefined ? undefined : this.#timeText(at);
  }

  #timeText(at: Milliseconds): string {
    return new Date(this.#wallTime(at)).toISOString();
  }
}

function isAddress(value: unknown): value is Address {
  return typeof value === "object" && value !== null && "host" in value && "port" in value;
}

/** The clock of nodes is the runtime's monotonic one. */
function wallTimeNow(at: Milliseconds): Milliseconds {
  return Date.now() - (performance.now() - at);
}
