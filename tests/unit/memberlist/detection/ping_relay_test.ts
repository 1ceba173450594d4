import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  maxRelays,
  nackShare,
  PingRelay,
} from "../../../../src/memberlist/detection/ping_relay.ts";
import type { IndirectPing } from "../../../../src/wire/pings.ts";
import { MemberlistParts } from "../../../support/memberlist_parts.ts";

const asker = { name: "a", address: { host: "10.0.0.9", port: 7946 } };

function requestOf(overrides: Partial<IndirectPing> = {}): IndirectPing {
  return {
    seq: 77,
    node: "b",
    targetIp: Uint8Array.of(10, 0, 0, 98),
    targetPort: 7000,
    nack: true,
    sourceIp: undefined,
    sourcePort: 0,
    sourceNode: "",
    ...overrides,
  };
}

function build() {
  const parts = new MemberlistParts();
  return { parts, relay: new PingRelay(parts.config, parts.acks, parts.sender, parts.clock) };
}

Deno.test("PingRelay.relay() pings the target under a number of its own", () => {
  const { parts, relay } = build();
  parts.acks.nextSequence();
  relay.relay(requestOf(), asker);
  deepStrictEqual(parts.transport.take(), ["10.0.0.98:7000: ping b #2"]);
});

Deno.test("PingRelay.relay() passes an ack on under the asker's number, without the payload", () => {
  const { parts, relay } = build();
  relay.relay(requestOf(), asker);
  parts.transport.take();
  parts.acks.receiveAck(1, Uint8Array.of(1, 2, 3));
  parts.clock.advance(5000);
  deepStrictEqual(parts.transport.take(), ["10.0.0.9:7946: ack #77 nil"]);
});

Deno.test("PingRelay.relay() says so when no ack came, if that was wanted", () => {
  const { parts, relay } = build();
  relay.relay(requestOf(), asker);
  relay.relay(requestOf({ nack: false, seq: 78 }), asker);
  parts.transport.take();
  parts.clock.advance(nackShare * 500 - 1);
  deepStrictEqual(parts.transport.take(), []);
  parts.clock.advance(1);
  deepStrictEqual(parts.transport.take(), ["10.0.0.9:7946: nack #77"]);
  parts.clock.advance(500);
  // An ack that comes too late is nobody's any more.
  parts.acks.receiveAck(1, undefined);
  deepStrictEqual(parts.transport.take(), []);
});

Deno.test("PingRelay.relay() takes the own port for that of peers who name none", () => {
  const { parts, relay } = build();
  relay.relay(requestOf({ targetPort: 0 }), asker);
  deepStrictEqual(parts.transport.take(), ["10.0.0.98:7946: ping b #1"]);
});

Deno.test("PingRelay.relay() does only so much at once for others", () => {
  const { parts, relay } = build();
  parts.addMembers("b");
  const request = requestOf({ targetPort: 7946 });
  for (let i = 0; i < maxRelays + 100; i++) relay.relay(request, asker);
  strictEqual(parts.transport.take().length, maxRelays);
  // Each that ends, with an ack or without, makes room for another.
  parts.acks.receiveAck(1, undefined);
  parts.transport.take();
  relay.relay(request, asker);
  relay.relay(request, asker);
  strictEqual(parts.transport.take().length, 1);
  parts.clock.advance(500);
  parts.transport.take();
  relay.relay(request, asker);
  strictEqual(parts.transport.take().length, 1);
});
