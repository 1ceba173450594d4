import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { MemberlistConfig } from "../../../src/memberlist/config.ts";
import { Gossiper } from "../../../src/memberlist/gossiper.ts";
import { aliveClaim, MemberlistParts } from "../../support/memberlist_parts.ts";

function build(names: readonly string[], overrides: Partial<MemberlistConfig> = {}) {
  const parts = new MemberlistParts(overrides);
  parts.addMembers(...names);
  const { config, roster, sender } = parts;
  const gossiper = new Gossiper(parts, config, roster, sender);
  return { ...parts, parts, gossiper };
}

/** Something to tell that is about none of the members under test. */
function news(incarnation = 1) {
  return aliveClaim("z", incarnation, { ip: Uint8Array.of(10, 9, 9, 9) });
}

Deno.test("Gossiper tells news until it has done its duty, and then is silent", () => {
  const { clock, gossiper, membership, transport } = build(["b", "c", "d"]);
  gossiper.start();
  clock.advance(10_000);
  deepStrictEqual(transport.take(), []);

  membership.alive(news());
  clock.advance(60_000);
  const told = transport.take();
  // The reference's count for up to nine members.
  strictEqual(told.length, 4);
  ok(told.every((packet) => packet.endsWith(": alive z 1")), told.join("\n"));
  clock.advance(60_000);
  deepStrictEqual(transport.take(), []);
  gossiper.stop();
});

Deno.test("Gossiper never tells itself, nor those who left", () => {
  const { clock, gossiper, membership, parts, transport } = build(["b", "c"]);
  membership.dead({ node: "c", incarnation: 1, from: "c" });
  parts.forget();
  gossiper.start();
  for (let i = 1; i <= 10; i++) {
    membership.alive(news(i));
    clock.advance(5000);
  }
  const receivers = new Set(transport.take().map((packet) => packet.split(": ")[0]));
  // 10.9.9.9 is the member that the news is about.
  ok(receivers.has("10.0.0.98:7946"));
  receivers.delete("10.9.9.9:7946");
  deepStrictEqual(receivers, new Set(["10.0.0.98:7946"]));
  gossiper.stop();
});

Deno.test("Gossiper tells the dead for a while, so that they hear of it and can refute", () => {
  const { clock, gossiper, membership, parts, transport } = build(["b"], {
    gossipToTheDeadTime: 10_000,
  });
  membership.dead({ node: "b", incarnation: 1, from: "c" });
  gossiper.start();
  clock.advance(9000);
  ok(transport.take().every((packet) => packet === "10.0.0.98:7946: dead b 1 from c"));
  parts.forget();
  clock.advance(2000);
  transport.take();
  membership.announce(Uint8Array.of(1));
  clock.advance(10_000);
  deepStrictEqual(transport.take(), []);
  gossiper.stop();
});

Deno.test("Gossiper carries the layer above's broadcasts", () => {
  const { clock, delegate, gossiper, transport } = build(["b", "c", "d", "e"]);
  gossiper.start();
  delegate.broadcasts = [Uint8Array.of(0xab)];
  clock.advance(1000);
  strictEqual(transport.take().filter((packet) => packet.endsWith("user ab")).length, 1);
  gossiper.stop();
});

Deno.test("Gossiper.stop() ends the rounds", () => {
  const { clock, gossiper, membership, transport } = build(["b", "c"]);
  gossiper.start();
  gossiper.stop();
  membership.alive(news());
  clock.advance(60_000);
  deepStrictEqual([transport.take(), clock.pending], [[], 0]);
});
