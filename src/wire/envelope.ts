/** What surrounds messages on the way: the settings that both directions obey. */

import type { LabelRule } from "./label.ts";

export interface Envelope extends LabelRule {
  /** The primary key first; none for no encryption. Each has 16, 24 or 32 bytes. */
  readonly keys: readonly Uint8Array[];
  /** Whether to refuse what is not encrypted, if there are keys. */
  readonly verifyIncoming: boolean;
  /** Whether to encrypt what goes out, if there are keys. */
  readonly verifyOutgoing: boolean;
  /** Whether to compress what goes out. What comes in is always decompressed. */
  readonly compression: boolean;
  /** The membership protocol version spoken: 1 pads encrypted messages, others do not. */
  readonly protocolVersion: number;
}

/** Returns the key to encrypt with; `undefined` if messages go out in clear. */
export function outgoingKey(envelope: Envelope): Uint8Array | undefined {
  return envelope.verifyOutgoing ? envelope.keys[0] : undefined;
}
