/** Refuses a merge that no common protocol version can serve (gossip.md section 9.6). */

import { done, failure, type Result } from "../ports/result.ts";
import type { NodeState } from "../wire/full_state.ts";
import type { Member } from "./member.ts";

/** The versions that everybody alive understands. */
interface Window {
  min: number;
  max: number;
}

/**
 * Judges whether the members of both sides can understand each other.
 *
 * The window comes from all members alive; every member's current version, also
 * that of the dead, must lie in it. A stale dead entry with odd versions can
 * therefore block a join, here as with every peer.
 */
export function checkVersions(
  remote: readonly NodeState[],
  local: readonly Member[],
): Result<void> {
  const protocol: Window = { min: 0, max: 255 };
  const delegate: Window = { min: 0, max: 255 };
  for (const { state, versions } of remote) {
    if (state !== "alive" || versions.length < 5) continue;
    narrow(protocol, versions[0]!, versions[1]!);
    narrow(delegate, versions[3]!, versions[4]!);
  }
  for (const { state, versions } of local) {
    if (state !== "alive") continue;
    narrow(protocol, versions.protocolMin, versions.protocolMax);
    narrow(delegate, versions.delegateMin, versions.delegateMax);
  }

  for (const { name, versions } of remote) {
    const problem = judge(name, versions[2] ?? 0, versions[5] ?? 0, protocol, delegate);
    if (problem !== undefined) return failure(problem);
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
