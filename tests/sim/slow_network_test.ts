import assert from "node:assert/strict";
import { memberlistConfig } from "../../src/memberlist/config.ts";
import { namesOf, SerfWorld } from "../support/serf_world.ts";

const minute = 60_000;

Deno.test("A network a second slow each way makes nobody fail in the profile made for such", () => {
  const world = new SerfWorld(11);
  world.network.quality.latency = 1000;
  world.network.quality.jitter = 300;
  const names = ["a", "b", "c", "d", "e"];
  const nodes = names.map((name, index) => {
    const advertise = { ip: Uint8Array.of(10, 0, 0, index + 1), port: 7946 };
    return world.start(name, {
      settings: { memberlist: memberlistConfig({ name, advertise }, "wan") },
    });
  });
  for (const node of nodes.slice(1)) assert.equal(world.join(node, nodes[0]!), 1);
  world.clock.advance(10 * minute);
  nodes[3]?.core.userEvent("slowly", undefined, { coalesce: false });
  world.clock.advance(minute);

  for (const node of nodes) {
    assert.deepEqual(namesOf(node, "alive"), names);
    const types = node.events.map(({ type }) => type);
    assert(!types.includes("member-failed"));
    assert.equal(types.filter((type) => type === "user").length, 1);
  }
});
