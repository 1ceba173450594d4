/**
 * How long a cluster may take, once all is calm, until everybody agrees: the sum
 * of what the protocol's own intervals allow each step.
 */

import type { ProfileSettings } from "../memberlist/config.ts";
import { minSuspicion, pushPullPause, retransmitLimit } from "../memberlist/scaling.ts";
import type { Milliseconds } from "../ports/clock.ts";

/** What the bound depends on, beside the settings of membership. */
export interface AgreementTerms {
  /** How many members there are, running or not. */
  readonly members: number;
  /** How many of them are down for good, and tried in vain. */
  readonly down: number;
  readonly reconnectInterval: Milliseconds;
}

/** The chance that a healthy cluster exceeds the bound, because every draw went against it. */
const acceptedChance = 1e-6;

/** Returns the longest time from calm to agreement. */
export function agreementBound(config: ProfileSettings, terms: AgreementTerms): Milliseconds {
  const { members } = terms;
  const suspicion = config.suspicionMaxTimeoutMult *
    minSuspicion(config.suspicionMult, members, config.probeInterval);
  // A round of probes, and the next in another order; a poor health score stretches the first.
  const detection = (2 * members + config.awarenessMaxMultiplier ** 2) * config.probeInterval;
  const spreading = 2 * retransmitLimit(config.retransmitMult, members) * config.gossipInterval;
  const repair = 2 * pushPullPause(config.pushPullInterval, members);
  return detection + suspicion + spreading + repair + config.tcpTimeout + reunion(terms);
}

/**
 * Two halves that gave each other up: the smaller one tries a failed member every
 * interval, and that may be one which is down.
 */
function reunion({ down, reconnectInterval }: AgreementTerms): Milliseconds {
  const vain = down / (down + 1);
  const rounds = vain === 0 ? 1 : Math.ceil(Math.log(acceptedChance) / Math.log(vain));
  return (rounds + 1) * reconnectInterval;
}
