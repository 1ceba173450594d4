/**
 * Two nodes of one name: the cluster decides by vote who may keep it
 * (gossip.md section 26).
 *
 * Each of the two asks everybody where they see the name. Whoever finds itself
 * in the minority goes.
 *
 * A vote counts if it comes from the address of another member that is alive, and
 * only half of all those can end a node. A name alone proves nothing: it is
 * gossiped, like all that a forger needs for an answer. Relays are not asked for.
 */

import { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { encodeText } from "../../bytes/text.ts";
import type { Member } from "../../memberlist/member.ts";
import { type Address, addressFromBytes, formatAddress, sameAddress } from "../../ports/address.ts";
import type { Clock, Milliseconds } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Result } from "../../ports/result.ts";
import { WireError } from "../../wire/wire_error.ts";
import { readConflictResponse } from "./conflict_message.ts";
import type { SerfMember } from "../member.ts";
import { serfMessageType } from "../message_type.ts";
import type { QueryHandlers } from "./queries.ts";
import type { RunningQuery } from "./running_query.ts";

/** A contested name is logged once in this time, however often it is claimed. */
export const conflictLogInterval: Milliseconds = 10_000;
/** So many contested names are logged in that time. */
export const maxLoggedNames = 128;

/** What resolving works with. */
export interface NameConflictOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** This node as others see it. */
  readonly self: () => Pick<Member, "name" | "address">;
  readonly member: (name: string) => Pick<SerfMember, "status" | "address"> | undefined;
  /** How many other members are alive. */
  readonly voterCount: () => number;
  /** Whether the cluster is asked at all. */
  readonly isEnabled: boolean;
  readonly ask: (
    name: string,
    payload: Uint8Array,
    handlers: QueryHandlers,
  ) => Result<RunningQuery>;
  /** Runs if the vote was lost. */
  readonly lost: (reason: string) => void;
}

/** Notices contested names and resolves the own one. */
export class NameConflict {
  readonly #options: NameConflictOptions;
  readonly #logged = new Set<string>();
  #loggedSince: Milliseconds = -Infinity;
  #isVoting = false;

  constructor(options: NameConflictOptions) {
    this.#options = options;
  }

  /** Hears that `rival` claims the name of `existing` from another address. */
  notice(existing: Pick<Member, "name" | "address">, rival: Pick<Member, "address">): void {
    const { isEnabled } = this.#options;
    const isOwn = existing.name === this.#options.self().name;
    if (this.#isWorthLogging(existing.name)) this.#tell(existing, rival, isOwn);
    if (isOwn && isEnabled) this.#vote();
  }

  #tell(
    { name, address }: Pick<Member, "name" | "address">,
    rival: Pick<Member, "address">,
    isOwn: boolean,
  ): void {
    const { log, isEnabled } = this.#options;
    const where = formatAddress(rival.address);
    if (isOwn) {
      log.error(
        `Node name conflicts with another node at ${where}. ` +
          `Names must be unique! (Resolution enabled: ${isEnabled})`,
      );
    } else {
      const here = formatAddress(address);
      log.warn(`Name conflict for '${name}' both ${here} and ${where} are claiming`);
    }
  }

  /** Claims come as fast as the rival sends them. */
  #isWorthLogging(name: string): boolean {
    const now = this.#options.clock.now();
    if (now - this.#loggedSince >= conflictLogInterval) {
      this.#logged.clear();
      this.#loggedSince = now;
    }
    if (this.#logged.has(name) || this.#logged.size >= maxLoggedNames) return false;
    this.#logged.add(name);
    return true;
  }

  #vote(): void {
    // The rival is heard again and again; one vote at a time is enough.
    if (this.#isVoting) return;
    this.#isVoting = true;
    let responses = 0;
    let matching = 0;
    const asked = this.#options.ask("_serf_conflict", encodeText(this.#options.self().name), {
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
    this.#options.log.error(`Failed to start name resolution query: ${asked.error.message}`);
  }

  /** Parity: the reference counts whatever answers come, also from no members. */
  #isVoter(name: string, source: Address | undefined): boolean {
    const { member, self } = this.#options;
    const voter = name === self().name ? undefined : member(name);
    return voter?.status === "alive" && voter.address.host === source?.host;
  }

  #decide(matching: number, responses: number): void {
    const { log, lost, voterCount } = this.#options;
    // Not inherited: without any answer the reference ends itself, although
    // nobody spoke against it.
    if (responses === 0) return log.warn("nobody answered in name conflict resolution, staying");

    const majority = Math.floor(responses / 2) + 1;
    const count = `[${matching} / ${responses}]`;
    if (matching >= majority) return log.info(`majority in name conflict resolution ${count}`);
    if (2 * (responses - matching) < voterCount()) {
      return log.warn(`too few answered in name conflict resolution, staying ${count}`);
    }
    log.warn(`minority in name conflict resolution, quiting ${count}`);
    lost("the name belongs to another node");
  }

  /** Whether an answer sees the name here; `undefined` if it cannot be read. */
  #read(payload: Uint8Array): boolean | undefined {
    const { log } = this.#options;
    if (payload[0] !== serfMessageType.conflictResponse) {
      log.error(`Invalid conflict query response type: ${payload[0] ?? "none"}`);
      return undefined;
    }
    try {
      const seen = readConflictResponse(new MsgpackReader(payload, 1));
      if (!seen) return false;
      return sameAddress(addressFromBytes(seen.ip, seen.port), this.#options.self().address);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      log.error(`Failed to decode conflict query response: ${error.message}`);
      return undefined;
    }
  }
}
