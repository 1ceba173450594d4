/**
 * Two nodes of one name: the cluster decides by vote which may keep it (gossip.md section 26).
 *
 * Each of the two asks everybody where they see the name; the one in the minority goes. A vote
 * counts if it comes from the address of another member that is alive, and only half of all those
 * can end a node: a name alone is gossiped, and proves nothing. Relays are not asked for.
 */

import { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { encodeText } from "../../bytes/text.ts";
import type { Member } from "../../memberlist/member.ts";
import { type Address, addressFromBytes, formatAddress, sameAddress } from "../../ports/address.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import type { SerfFact } from "../../ports/observer.ts";
import { WireError } from "../../wire/wire_error.ts";
import type { MemberBook } from "../members/member_book.ts";
import { serfMessageType } from "../message_type.ts";
import type { SerfNode } from "../node.ts";
import { readConflictResponse } from "./conflict_message.ts";
import type { Queries } from "./queries.ts";

/** A contested name is logged once in this time, however often it is claimed. */
export const conflictLogInterval: Milliseconds = 10_000;
/** The most contested names that are logged in that time. */
export const maxLoggedNames = 128;

type NameVerdict = Extract<SerfFact, { readonly type: "name-vote" }>["verdict"];

/** Notices contested names and resolves the own one. */
export class NameConflict {
  readonly #node: SerfNode;
  readonly #book: Pick<MemberBook, "aliveOthers" | "member" | "self">;
  readonly #ask: Queries["ask"];
  readonly #lost: (reason: string) => void;
  readonly #logged = new Set<string>();
  #loggedSince: Milliseconds = -Infinity;
  #isVoting = false;

  /** @param lost runs if this node loses the vote. */
  constructor(
    node: SerfNode,
    book: Pick<MemberBook, "aliveOthers" | "member" | "self">,
    ask: Queries["ask"],
    lost: (reason: string) => void,
  ) {
    this.#node = node;
    this.#book = book;
    this.#ask = ask;
    this.#lost = lost;
  }

  /** Notes that `rival` claims the name of `existing` from another address. */
  notice(existing: Pick<Member, "name" | "address">, rival: Pick<Member, "address">): void {
    const { config: { name, nameConflictResolution: isEnabled }, log } = this.#node;
    const isOwn = existing.name === name;
    if (this.#isWorthLogging(existing.name)) {
      const there = formatAddress(rival.address);
      if (isOwn) {
        log.error(
          `Node name conflicts with another node at ${there}. ` +
            `Names must be unique! (Resolution enabled: ${isEnabled})`,
        );
      } else {
        const here = formatAddress(existing.address);
        log.warn(`Name conflict for '${existing.name}' both ${here} and ${there} are claiming`);
      }
    }
    if (isOwn && isEnabled) this.#vote();
  }

  /** Claims come as fast as the rival sends them. */
  #isWorthLogging(name: string): boolean {
    const now = this.#node.clock.now();
    if (now - this.#loggedSince >= conflictLogInterval) {
      this.#logged.clear();
      this.#loggedSince = now;
    }
    if (this.#logged.has(name) || this.#logged.size >= maxLoggedNames) return false;
    this.#logged.add(name);
    return true;
  }

  #vote(): void {
    // The rival claims it again and again; one vote at a time is enough.
    if (this.#isVoting) return;
    this.#isVoting = true;
    let responses = 0;
    let matching = 0;
    const asked = this.#ask("_serf_conflict", encodeText(this.#node.config.name), {}, {
      onAck() {},
      accepts: (from, source) => this.#isVoter(from, source),
      onResponse: (_, payload) => {
        const verdict = this.#read(payload);
        if (verdict === undefined) return;
        responses++;
        if (verdict) matching++;
      },
      onDone: () => {
        this.#isVoting = false;
        this.#decide(matching, responses);
      },
    });
    if (asked.ok) return;
    this.#isVoting = false;
    this.#node.log.error(`Failed to start name resolution query: ${asked.error.message}`);
  }

  /** Parity: the reference counts whatever answers come, also from no members. */
  #isVoter(name: string, source: Address | undefined): boolean {
    const voter = name === this.#node.config.name ? undefined : this.#book.member(name);
    return voter?.status === "alive" && voter.address.host === source?.host;
  }

  #decide(matching: number, responses: number): void {
    const { clock, observer } = this.#node;
    const verdict = this.#judge(matching, responses);
    observer?.note({ type: "name-vote", at: clock.now(), verdict, matching, responses });
    if (verdict === "lost") this.#lost("the name belongs to another node");
  }

  #judge(matching: number, responses: number): NameVerdict {
    // Not inherited: without any answer the reference ends itself, although
    // nobody spoke against it.
    if (responses === 0) return "nobody-answered";
    const majority = Math.floor(responses / 2) + 1;
    if (matching >= majority) return "kept";
    const isEnough = 2 * (responses - matching) >= this.#book.aliveOthers().length;
    return isEnough ? "lost" : "too-few-answered";
  }

  /** Whether an answer sees the name here; `undefined` if it cannot be read. */
  #read(payload: Uint8Array): boolean | undefined {
    const { log } = this.#node;
    if (payload[0] !== serfMessageType.conflictResponse) {
      log.error(`Invalid conflict query response type: ${payload[0] ?? "none"}`);
      return undefined;
    }
    try {
      const seen = readConflictResponse(new MsgpackReader(payload, 1));
      if (!seen) return false;
      return sameAddress(addressFromBytes(seen.ip, seen.port), this.#book.self.address);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      log.error(`Failed to decode conflict query response: ${error.message}`);
      return undefined;
    }
  }
}
