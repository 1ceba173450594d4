import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { SerfSettings } from "../../../src/serf/config.ts";
import { TestNode } from "../../support/test_node.ts";

function build(settings: Partial<SerfSettings> = {}, members = 3) {
  const node = new TestNode({ queueDepthWarning: 4, maxQueueDepth: 6, ...settings });
  node.memberlist.aliveCount = members;
  const { clock, lanes, log, meter } = node;
  const queue = lanes.userEvents;
  const fill = (count: number) => {
    while (queue.length < count) queue.add({ message: Uint8Array.of(1) });
  };
  return { clock, log, meter, queue, lanes, fill };
}

Deno.test("SerfLanes measures regularly and warns from the given depth on", () => {
  const { clock, log, meter, lanes, fill } = build();
  lanes.start();
  fill(3);
  clock.advance(30_000);
  deepStrictEqual(log.lines, []);
  fill(4);
  clock.advance(30_000);
  lanes.stop();
  deepStrictEqual(log.lines, ["warn Event queue depth: 4"]);
  deepStrictEqual(meter.samples.get("serf.queue.Event"), [3, 4]);
  strictEqual(clock.pending, 0);
});

Deno.test("SerfLanes prunes what exceeds the limit", () => {
  const { lanes, queue, fill, log } = build();
  fill(9);
  lanes.check();
  strictEqual(queue.length, 6);
  strictEqual(log.lines.at(-1), "warn Event queue depth 9 exceeds limit 6, dropping messages");
});

Deno.test("SerfLanes lets the limit follow the cluster if asked to", () => {
  strictEqual(build({ minQueueDepth: 10 }, 3).lanes.limit, 10);
  strictEqual(build({ minQueueDepth: 10 }, 50).lanes.limit, 100);
});

Deno.test("SerfLanes.add() prunes between checks, but not before twice the limit", () => {
  const { lanes, queue, fill } = build();
  fill(11);
  lanes.add("userEvents", { message: Uint8Array.of(1) });
  strictEqual(queue.length, 12);
  lanes.add("userEvents", { message: Uint8Array.of(1) });
  strictEqual(queue.length, 6);
});

Deno.test("SerfLanes send intents before queries before user events", () => {
  const { lanes } = build();
  deepStrictEqual(lanes.inOrder, [lanes.intents, lanes.queries, lanes.userEvents]);
});

Deno.test("SerfLanes notes what a storm costs at once, and logs nothing of it", () => {
  const node = new TestNode({ queueDepthWarning: 4, maxQueueDepth: 6 });
  for (let i = 0; i < 13; i++) node.lanes.add("userEvents", { message: Uint8Array.of(i) });
  deepStrictEqual(node.facts, [
    { type: "queue-cut", at: 1000, queue: "Event", depth: 13, limit: 6, during: "storm" },
  ]);
  deepStrictEqual(node.log.lines, []);
});
