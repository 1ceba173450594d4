/** What every part of a node's membership layer stands on. */

import type { MembershipFact, Observer } from "../ports/observer.ts";
import type { Ports } from "../ports/ports.ts";
import type { Envelope } from "../wire/envelope.ts";
import type { MemberlistSettings } from "./config.ts";

/** The world, the settings, and how messages are wrapped. */
export interface Foundation extends Omit<Ports, "observer"> {
  readonly config: MemberlistSettings;
  readonly envelope: Envelope;
  /** Takes what happens; the log and the meter listen behind it. */
  readonly observer: Observer<MembershipFact> | undefined;
}
