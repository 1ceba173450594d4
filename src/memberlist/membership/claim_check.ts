/** Whether a claim that a member is alive can be true, and fits in here (gossip.md section 9.1). */

import { emptyBytes } from "../../bytes/empty_bytes.ts";
import { formatIp } from "../../ports/address.ts";
import type { Alive } from "../../wire/claims.ts";
import { isNameTooLong } from "../../wire/message_body.ts";
import { maxNameLength } from "../../wire/message_type.ts";
import { maxMetaSize } from "../config.ts";
import type { Foundation } from "../foundation.ts";
import { exchangedBytes, maxRosterBytes, type Roster } from "./roster.ts";

/** More members than this are not taken in, whatever others claim. */
export const maxMembers = 131_072;

/** More version numbers than this are not passed on. Six are known. */
export const maxVersions = 64;

/** Judges claims before they are believed; each refusal is counted and logged. */
export class ClaimCheck {
  readonly #parts: Foundation & { readonly roster: Roster };

  constructor(parts: Foundation & { readonly roster: Roster }) {
    this.#parts = parts;
  }

  /** Whether a claim can be true at all; no honest peer sends one that is not. */
  isAcceptable(claim: Alive): boolean {
    const { ip, meta = emptyBytes, node, versions } = claim;
    const [min = 0, max = 0] = versions;
    if (versions.length >= 3 && (min === 0 || max === 0 || min > max)) {
      return this.#ignore(claim, `protocol versions ${min} to ${max} make no sense`);
    }
    if (node === "") return this.#ignore(claim, "it has no name");
    if (isNameTooLong(node)) {
      const start = `${node.slice(0, 64)}…`;
      return this.#ignore({ ...claim, node: start }, `its name exceeds ${maxNameLength} bytes`);
    }
    if (versions.length > maxVersions) {
      return this.#ignore(claim, `it has ${versions.length} versions`);
    }
    if (ip.length !== 4 && ip.length !== 16) {
      return this.#ignore(claim, `its address has ${ip.length} bytes`);
    }
    if (meta.length > maxMetaSize) {
      return this.#ignore(claim, `its metadata exceeds ${maxMetaSize} bytes`);
    }
    return true;
  }

  /** Whether there is room for another member: claims about new ones cost a peer nothing. */
  hasRoom(claim: Alive): boolean {
    if (this.#parts.roster.size < maxMembers) return this.hasBytes(claim, 0);
    return this.#ignore(claim, `there are ${maxMembers} members already`);
  }

  /** Whether the claimed data fits into an exchange in place of `before` bytes. */
  hasBytes(claim: Alive, before: number): boolean {
    const { node: name, ip, meta = emptyBytes } = claim;
    const growth = exchangedBytes({ name, ip, meta }) - before;
    if (growth <= 0 || this.#parts.roster.hasRoom(growth)) return true;
    return this.#ignore(claim, `all members have ${maxRosterBytes} bytes already`);
  }

  /** Whether the claimed address is in an allowed network. */
  isAllowed(claim: Alive): boolean {
    const { allowedNetworks } = this.#parts.config;
    if (!allowedNetworks || allowedNetworks.allows(claim.ip)) return true;
    return this.#ignore(claim, `its address ${formatIp(claim.ip)} is in no allowed network`);
  }

  #ignore({ node: member }: Alive, detail: string): false {
    const { clock, observer } = this.#parts;
    observer?.note({ type: "claim-refused", at: clock.now(), member, detail });
    return false;
  }
}
