/** Refuses a merge that no common protocol version can serve (gossip.md section 9.6). */

import { done, failure, type Result } from "../../ports/result.ts";
import type { NodeState } from "../../wire/full_state.ts";
import type { Member } from "../member.ts";

interface Window {
  min: number;
  max: number;
}

/** What members speak, taken together. */
export interface SpokenVersions {
  /** What everybody alive understands. */
  readonly protocol: Window;
  readonly delegate: Window;
  /** The least and the largest that anybody speaks. */
  readonly protocolCurrent: Window;
  readonly delegateCurrent: Window;
}

/** Takes together what members speak. */
export function spokenBy(members: readonly Member[]): SpokenVersions {
  const protocol: Window = { min: 0, max: 255 };
  const delegate: Window = { min: 0, max: 255 };
  const protocolCurrent: Window = { min: 255, max: 0 };
  const delegateCurrent: Window = { min: 255, max: 0 };
  for (const { state, versions } of members) {
    widen(protocolCurrent, versions.protocolCurrent);
    widen(delegateCurrent, versions.delegateCurrent);
    if (state !== "alive") continue;
    narrow(protocol, versions.protocolMin, versions.protocolMax);
    narrow(delegate, versions.delegateMin, versions.delegateMax);
  }
  return { protocol, delegate, protocolCurrent, delegateCurrent };
}

/**
 * Judges whether the members of both sides can understand each other.
 *
 * The window comes from all members alive; every member's current version, also
 * that of the dead, must lie in it. A stale dead entry with odd versions can
 * therefore block a join, here as with every peer.
 *
 * @param spoken by all of `local`, where that is known.
 */
export function checkVersions(
  remote: readonly NodeState[],
  local: readonly Member[],
  spoken: SpokenVersions = spokenBy(local),
): Result<void> {
  const protocol = { ...spoken.protocol };
  const delegate = { ...spoken.delegate };
  for (const { state, versions } of remote) {
    if (state !== "alive" || versions.length < 5) continue;
    narrow(protocol, versions[0]!, versions[1]!);
    narrow(delegate, versions[3]!, versions[4]!);
  }

  for (const { name, versions } of remote) {
    const problem = judge(name, versions[2] ?? 0, versions[5] ?? 0, protocol, delegate);
    if (problem !== undefined) return failure(problem);
  }
  if (isWithin(spoken.protocolCurrent, protocol) && isWithin(spoken.delegateCurrent, delegate)) {
    return done;
  }
  for (const { name, versions } of local) {
    const { protocolCurrent, delegateCurrent } = versions;
    const problem = judge(name, protocolCurrent, delegateCurrent, protocol, delegate);
    if (problem !== undefined) return failure(problem);
  }
  return done;
}

function narrow(window: Window, min: number, max: number): void {
  window.min = Math.max(window.min, min);
  window.max = Math.min(window.max, max);
}

function widen(window: Window, value: number): void {
  window.min = Math.min(window.min, value);
  window.max = Math.max(window.max, value);
}

function isWithin(inner: Window, outer: Window): boolean {
  return inner.min >= outer.min && inner.max <= outer.max;
}

function judge(
  name: string,
  protocolCurrent: number,
  delegateCurrent: number,
  protocol: Window,
  delegate: Window,
): string | undefined {
  const member = `node '${name}'`;
  if (protocolCurrent < protocol.min || protocolCurrent > protocol.max) {
    return `${member} protocol version (${protocolCurrent}) is incompatible: ` +
      `[${protocol.min}, ${protocol.max}]`;
  }
  if (delegateCurrent < delegate.min || delegateCurrent > delegate.max) {
    return `${member} delegate protocol version (${delegateCurrent}) is incompatible: ` +
      `[${delegate.min}, ${delegate.max}]`;
  }
  return undefined;
}
