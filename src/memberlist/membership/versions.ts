/** The six version numbers that members advertise ↔ the bytes that carry them. */

import { protocolVersion } from "../../wire/message_type.ts";
import type { MemberlistConfig } from "../config.ts";
import type { ProtocolVersions } from "../member.ts";

/** What a member is taken to speak until it says so. */
export const unknownVersions: ProtocolVersions = {
  protocolMin: 0,
  protocolMax: 0,
  protocolCurrent: 0,
  delegateMin: 0,
  delegateMax: 0,
  delegateCurrent: 0,
};

export function ownVersions(config: MemberlistConfig): ProtocolVersions {
  return {
    protocolMin: protocolVersion.min,
    protocolMax: protocolVersion.max,
    protocolCurrent: protocolVersion.spoken,
    delegateMin: config.delegateMin,
    delegateMax: config.delegateMax,
    delegateCurrent: config.delegateCurrent,
  };
}

/**
 * Returns the versions in six bytes of the wire, or `current` if they are the same.
 *
 * Handing back `current` keeps the versions of a whole cluster one object.
 */
export function readVersions(bytes: Uint8Array, current: ProtocolVersions): ProtocolVersions {
  if (hasVersions(bytes, current)) return current;
  return {
    protocolMin: bytes[0]!,
    protocolMax: bytes[1]!,
    protocolCurrent: bytes[2]!,
    delegateMin: bytes[3]!,
    delegateMax: bytes[4]!,
    delegateCurrent: bytes[5]!,
  };
}

/** Whether six bytes of the wire say the same as `versions`. */
export function hasVersions(bytes: Uint8Array, versions: ProtocolVersions): boolean {
  return bytes[0] === versions.protocolMin && bytes[1] === versions.protocolMax &&
    bytes[2] === versions.protocolCurrent && bytes[3] === versions.delegateMin &&
    bytes[4] === versions.delegateMax && bytes[5] === versions.delegateCurrent;
}

let latest: ProtocolVersions | undefined;
let latestBytes = new Uint8Array(6);

/**
 * Returns versions as the six bytes of the wire, to be read only.
 *
 * Most members of a cluster share one object for theirs, and so these bytes.
 */
export function writeVersions(versions: ProtocolVersions): Uint8Array {
  if (versions !== latest) {
    latest = versions;
    latestBytes = Uint8Array.of(
      versions.protocolMin,
      versions.protocolMax,
      versions.protocolCurrent,
      versions.delegateMin,
      versions.delegateMax,
      versions.delegateCurrent,
    );
  }
  return latestBytes;
}
