/** Whom to join: from what the caller names to addresses, and to one error if nobody answered. */

import { type Address, formatAddress } from "../ports/address.ts";
import { JoinError, joinErrorText } from "./errors.ts";
import { type LookUp, lookUpHost, resolveJoinAddress } from "./transport/resolver.ts";

/** An address that could not be joined, and why. */
interface Failure {
  readonly address: Address;
  readonly error: Error;
}

/** What became of a list of names. */
export interface JoinTargets {
  readonly targets: readonly Address[];
  /** One for each entry that stands for no address. */
  readonly errors: readonly Error[];
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
  failures: readonly Failure[],
): JoinError {
  const failed = failures.map(({ address, error }) =>
    new Error(`failed to join ${formatAddress(address)}: ${error.message}`, { cause: error })
  );
  const errors = [...unresolved, ...failed];
  return new JoinError(joinErrorText(errors), errors);
}
