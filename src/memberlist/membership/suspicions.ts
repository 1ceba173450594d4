/** The countdowns of all members that are suspected, by name. */

import type { Foundation } from "../foundation.ts";
import type { Member } from "../member.ts";
import { minSuspicion } from "../scaling.ts";
import type { Roster } from "./roster.ts";
import { Suspicion } from "./suspicion.ts";

export class Suspicions {
  readonly #parts: Foundation & { readonly roster: Roster };
  readonly #expired: (member: Member) => void;
  readonly #byName = new Map<string, Suspicion>();
  #isStopped = false;

  /** @param expired runs when the countdown of a member is over that is still suspected. */
  constructor(
    parts: Foundation & { readonly roster: Roster },
    expired: (member: Member) => void,
  ) {
    this.#parts = parts;
    this.#expired = expired;
  }

  get(name: string): Suspicion | undefined {
    return this.#byName.get(name);
  }

  /** Starts the countdown of a member that became suspect just now. */
  start(member: Member, accuser: string): void {
    const { clock, config, observer, roster } = this.#parts;
    const min = minSuspicion(config.suspicionMult, roster.size, config.probeInterval);
    // A cluster too small to hold that many other witnesses needs none.
    const expected = config.suspicionMult - 2;
    const confirmations = roster.size - 2 < expected ? 0 : expected;
    const terms = { min, max: config.suspicionMaxTimeoutMult * min, confirmations };
    const since = member.stateChangedAt;
    const suspicion = new Suspicion(clock, accuser, terms, (confirmed) => {
      if (this.#isStopped) return;
      if (member.state !== "suspect" || member.stateChangedAt !== since) return;
      observer?.note({
        type: "suspicion-expired",
        at: clock.now(),
        member: member.name,
        confirmations: confirmed,
        expected: confirmations,
      });
      this.#expired(member);
    });
    this.#byName.set(member.name, suspicion);
  }

  end(name: string): void {
    this.#byName.get(name)?.cancel();
    this.#byName.delete(name);
  }

  stop(): void {
    this.#isStopped = true;
    for (const suspicion of this.#byName.values()) suspicion.cancel();
    this.#byName.clear();
  }
}
