/** User events that no packet can carry: allowed by configuration, and no harm to others. */

import { deepStrictEqual, ok } from "node:assert/strict";
import type { WorldNode } from "../support/serf_world.ts";
import { SerfWorld } from "../support/serf_world.ts";

const settings = { userEventSizeLimit: 9216 };

function eventsOf(node: WorldNode): string[] {
  return node.events.flatMap((event) => event.type === "user" ? [event.name] : []);
}

Deno.test("a user event too long for a packet spreads with full exchanges, and holds up no other", () => {
  const world = new SerfWorld();
  const [a, b, c] = world.startCluster(["a", "b", "c"], settings);
  const packetsBefore = world.network.tally.packetsSent;
  for (let i = 0; i < 20; i++) {
    ok(a!.core.userEvent(`large-${i}`, new Uint8Array(3000), { coalesce: false }).ok);
  }
  ok(a!.core.userEvent("small", undefined, { coalesce: false }).ok);
  ok(a!.log.has("warn serf: A user event of 3"));

  world.clock.advance(2000);
  for (const node of [b!, c!]) ok(eventsOf(node).includes("small"));
  // Nothing is tried again and again that cannot succeed.
  ok(world.network.tally.packetsSent - packetsBefore < 200);

  world.clock.advance(120_000);
  for (const node of [b!, c!]) {
    deepStrictEqual(eventsOf(node).filter((name) => name.startsWith("large")).length, 20);
  }
});
