/**
 * Slows down guesses of the RPC token: refusals of a host that guesses come later and
 * later, one each second.
 *
 * Only refusals wait. The right token is accepted at once, also from such a host.
 */

import { parseIp, unmapIp } from "../../ports/address.ts";
import type { Clock, Milliseconds } from "../../ports/clock.ts";

/** Wrong tokens of a host that are refused at once, as people mistype. */
export const freeMistakes = 8;
/** How much later each one beyond makes the host's next refusal; time forgives as much. */
const mistakePrice: Milliseconds = 1000;
/** The longest that a refusal waits. */
export const longestRefusal: Milliseconds = 30_000;
/** Hosts whose wrong tokens are remembered; the one that was wrong longest ago goes first. */
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
