import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { BroadcastQueue } from "../../../src/memberlist/broadcasts/broadcast_queue.ts";
import { QueueDepthControl, type QueueDepthSettings } from "../../../src/serf/queue_depth.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";
import { RecordingLog, RecordingMeter } from "../../support/recorders.ts";

function build(overrides: Partial<QueueDepthSettings> = {}, members = 3) {
  const clock = new SimClock();
  const log = new RecordingLog();
  const meter = new RecordingMeter();
  const queue = new BroadcastQueue(4, () => members);
  const control = new QueueDepthControl({
    clock,
    log,
    meter,
    settings: {
      queueCheckInterval: 30_000,
      queueDepthWarning: 4,
      maxQueueDepth: 6,
      minQueueDepth: 0,
      ...overrides,
    },
    queues: { Event: queue },
    memberCount: () => members,
  });
  const fill = (count: number) => {
    while (queue.length < count) queue.add({ message: Uint8Array.of(1) });
  };
  return { clock, log, meter, queue, control, fill };
}

Deno.test("QueueDepthControl measures regularly and warns from the given depth on", () => {
  const { clock, log, meter, control, fill } = build();
  control.start();
  fill(3);
  clock.advance(30_000);
  deepStrictEqual(log.lines, []);
  fill(4);
  clock.advance(30_000);
  control.stop();
  deepStrictEqual(log.lines, ["warn Event queue depth: 4"]);
  deepStrictEqual(meter.samples.get("serf.queue.Event"), [3, 4]);
  strictEqual(clock.pending, 0);
});

Deno.test("QueueDepthControl prunes what exceeds the limit", () => {
  const { control, queue, fill, log } = build();
  fill(9);
  control.check();
  strictEqual(queue.length, 6);
  strictEqual(log.lines.at(-1), "warn Event queue depth 9 exceeds limit 6, dropping messages");
});

Deno.test("QueueDepthControl lets the limit follow the cluster if asked to", () => {
  strictEqual(build({ minQueueDepth: 10 }, 3).control.limit, 10);
  strictEqual(build({ minQueueDepth: 10 }, 50).control.limit, 100);
});

Deno.test("QueueDepthControl.contain() prunes between checks, but not before twice the limit", () => {
  const { control, queue, fill } = build();
  fill(12);
  control.contain(queue);
  strictEqual(queue.length, 12);
  fill(13);
  control.contain(queue);
  strictEqual(queue.length, 6);
});
