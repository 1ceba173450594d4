/** Events that come close together, as an application hears them. */

import { deepStrictEqual, ok } from "node:assert/strict";
import { memberlistConfig } from "../../src/memberlist/config.ts";
import type { SerfEvent } from "../../src/serf/event.ts";
import { referenceTicks } from "../../src/sim/reference_ticks.ts";
import { SerfWorld, type WorldNode } from "../support/serf_world.ts";

const settings = {
  coalescePeriod: 3000,
  quiescentPeriod: 1000,
  userCoalescePeriod: 3000,
  userQuiescentPeriod: 1000,
};

/** Takes what a node has heard so far, as `type names`. */
function take(node: WorldNode): string[] {
  return node.events.splice(0).map((event: SerfEvent) => {
    if ("members" in event) {
      return `${event.type} ${event.members.map(({ name }) => name).sort().join(" ")}`;
    }
    return `${event.type} ${event.name}`;
  });
}

Deno.test("members that come together are one event", () => {
  const world = new SerfWorld();
  const listener = world.start("a", { settings });
  world.clock.advance(2000);
  deepStrictEqual(take(listener), ["member-join a"]);
  for (const name of ["b", "c", "d"]) {
    listener.core.join([world.start(name).address], { ignoreOld: true }, () => {});
  }
  world.clock.advance(5000);
  deepStrictEqual(take(listener), ["member-join b c d"]);
});

Deno.test("of user events that may be merged, the latest is heard, and others at once", () => {
  const world = new SerfWorld();
  const node = world.start("a", { settings });
  world.clock.advance(2000);
  take(node);
  for (let i = 0; i < 3; i++) ok(node.core.userEvent("deploy", undefined, { coalesce: true }).ok);
  ok(node.core.userEvent("alarm", undefined, { coalesce: false }).ok);
  deepStrictEqual(take(node), ["user alarm"]);
  world.clock.advance(1000);
  deepStrictEqual(take(node), ["user deploy"]);
});

Deno.test("user events are merged even if a full exchange brings them before gossip does", () => {
  const world = new SerfWorld();
  // As HashiCorp's members gossip: the exchange of the join comes first.
  const memberlist = {
    ...memberlistConfig({ name: "a", advertise: { ip: Uint8Array.of(10, 0, 0, 1), port: 7946 } }),
    gossipTuning: referenceTicks("a"),
  };
  const a = world.start("a", { settings: { ...settings, memberlist } });
  const b = world.start("b", { settings });
  world.clock.advance(2000);
  ok(a.core.userEvent("deploy", undefined, { coalesce: true }).ok);
  ok(a.core.userEvent("alarm", undefined, { coalesce: false }).ok);
  world.join(b, a);
  ok(a.core.userEvent("deploy", undefined, { coalesce: true }).ok);
  world.clock.advance(5000);
  deepStrictEqual(take(b).filter((event) => event.startsWith("user")), [
    "user alarm",
    "user deploy",
  ]);
});

Deno.test("what still waits when a node is stopped is delivered", () => {
  const world = new SerfWorld();
  const node = world.start("a", { settings });
  ok(node.core.userEvent("deploy", undefined, { coalesce: true }).ok);
  deepStrictEqual(take(node), []);
  node.core.stop();
  deepStrictEqual(take(node), ["user deploy", "member-join a"]);
});
