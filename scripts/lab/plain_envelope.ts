import { emptyBytes } from "../../src/bytes/empty_bytes.ts";
import type { Envelope } from "../../src/wire/envelope.ts";

/** An envelope with nothing around the message: plain traffic, so that tests can read it. */
export const plainEnvelope: Envelope = {
  label: emptyBytes,
  skipInboundLabelCheck: false,
  keys: [],
  verifyIncoming: true,
  verifyOutgoing: true,
  compression: false,
  protocolVersion: 2,
};
