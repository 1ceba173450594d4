/** Whom to join: from what the caller names to addresses, and to one error if nobody answered. */

import { type Address, formatAddress } from "../ports/address.ts";
import type { JoinFailure, JoinOutcome } from "../serf/members/joining.ts";
import { JoinError, joinErrorText } from "./errors.ts";
import { type LookUp, lookUpHost, resolveJoinAddress } from "./transport/resolver.ts";
import { unlessAborted } from "./waiting.ts";

/** What became of a list of names. */
export interface JoinTargets {
  readonly targets: readonly Address[];
  /** One for each entry that stands for no address. */
  readonly errors: readonly Error[];
}

/**
 * Joins a cluster through any of the entries.
 *
 * @param join tries addresses in order.
 * @returns how many addresses answered, at least 1; 0 only for an empty list.
 * @throws {JoinError} if none did, or the node may not join.
 */
export async function joinThrough(
  entries: readonly (string | Address)[],
  { ownPort, signal }: { readonly ownPort: number; readonly signal: AbortSignal | undefined },
  join: (targets: readonly Address[]) => Promise<JoinOutcome>,
): Promise<number> {
  signal?.throwIfAborted();
  const { errors, targets } = await unlessAborted(resolveJoinTargets(entries, ownPort), signal);
  const outcome = await join(targets);
  if (outcome.refused) throw new JoinError(outcome.refused.message, []);
  if (outcome.contacted > 0 || entries.length === 0) return outcome.contacted;
  throw joinedNobody(errors, outcome.errors);
}

/** Resolves all entries of a join, in order. */
export async function resolveJoinTargets(
  entries: readonly (string | Address)[],
  ownPort: number,
  lookUp: LookUp = lookUpHost,
): Promise<JoinTargets> {
  const targets: Address[] = [];
  const errors: Error[] = [];
  for (const entry of entries) {
    try {
      const text = typeof entry === "string" ? entry : formatAddress(entry);
      targets.push(...await resolveJoinAddress(text, ownPort, lookUp));
    } catch (error) {
      errors.push(error instanceof Error ? error : new Error(String(error)));
    }
  }
  return { targets, errors };
}

/** Returns the error for a join that reached nobody. */
export function joinedNobody(
  unresolved: readonly Error[],
  failures: readonly JoinFailure[],
): JoinError {
  const failed = failures.map(({ address, error }) =>
    new Error(`failed to join ${formatAddress(address)}: ${error.message}`, { cause: error })
  );
  const errors = [...unresolved, ...failed];
  return new JoinError(joinErrorText(errors), errors);
}
