import { strictEqual } from "node:assert/strict";
import { type Envelope, outgoingKey } from "../../../src/wire/envelope.ts";

const primary = new Uint8Array(16).fill(1);
const second = new Uint8Array(32).fill(2);

function envelope(overrides: Partial<Envelope>): Envelope {
  return {
    label: new Uint8Array(0),
    skipInboundLabelCheck: false,
    keys: [primary, second],
    verifyIncoming: true,
    verifyOutgoing: true,
    compression: false,
    protocolVersion: 2,
    ...overrides,
  };
}

Deno.test("outgoingKey() is the primary key, not just any", () => {
  strictEqual(outgoingKey(envelope({})), primary);
  strictEqual(outgoingKey(envelope({ keys: [second, primary] })), second);
});

Deno.test("outgoingKey() is none without keys, or while outgoing traffic stays plain", () => {
  strictEqual(outgoingKey(envelope({ keys: [] })), undefined);
  strictEqual(outgoingKey(envelope({ verifyOutgoing: false })), undefined);
  // What comes in is another matter.
  strictEqual(outgoingKey(envelope({ verifyIncoming: false })), primary);
});
