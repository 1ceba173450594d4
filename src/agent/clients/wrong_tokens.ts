/**
 * Slows down those who guess the RPC token: refusals of a host that guesses come
 * later and later, one each second.
 *
 * Only refusals wait. Whoever shows the right token gets in at once, also from a
 * host where somebody guesses.
 */

import { parseIp, unmapIp } from "../../ports/address.ts";
import type { Clock, Milliseconds } from "../../ports/clock.ts";

/** So many wrong tokens of a host are refused at once, as people mistype. */
export const freeMistakes = 8;
/** Beyond that each one makes the host's next refusal later by this; and as much is forgiven with time. */
const mistakePrice: Milliseconds = 1000;
/** No refusal waits longer. */
export const longestRefusal: Milliseconds = 30_000;
/** Of so many hosts wrong tokens are remembered; the one that was wrong longest ago is forgotten first. */
export const rememberedHosts = 1024;

/** Wrong tokens by host. */
export class WrongTokens {
  readonly #clock: Clock;
  /** When each host will have paid for its mistakes, the latest mistake last. */
  readonly #paidAt = new Map<string, Milliseconds>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a wrong token; returns how long its refusal is to wait. */
  count(host: string): Milliseconds {
    const now = this.#clock.now();
    const longest = freeMistakes * mistakePrice + longestRefusal;
    const debt = Math.min(Math.max(0, (this.#paidAt.get(host) ?? 0) - now) + mistakePrice, longest);
    this.#paidAt.delete(host);
    this.#paidAt.set(host, now + debt);
    for (const oldest of this.#paidAt.keys()) {
      if (this.#paidAt.size <= rememberedHosts) break;
      this.#paidAt.delete(oldest);
    }
    return Math.max(0, debt - freeMistakes * mistakePrice);
  }
}

/** Names the host behind an address: an IPv6 network of the usual size counts as one. */
export function hostOf(address: Deno.Addr): string {
  if (!("hostname" in address)) return address.transport;
  const ip = parseIp(address.hostname);
  return ip ? unmapIp(ip).subarray(0, 8).join() : address.hostname;
}
