/** What every part of a node's membership layer stands on. */

import type { Ports } from "../ports/ports.ts";
import type { Envelope } from "../wire/envelope.ts";
import type { MemberlistSettings } from "./config.ts";

/** The world, the settings, and how messages are wrapped. */
export interface Foundation extends Ports {
  readonly config: MemberlistSettings;
  readonly envelope: Envelope;
}
