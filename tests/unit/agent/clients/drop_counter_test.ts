import assert from "node:assert/strict";
import { DropCounter } from "../../../../src/agent/clients/drop_counter.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";

function parts() {
  const clock = new SimClock();
  const warnings: number[] = [];
  const drops: DropCounter = new DropCounter(clock, (dropped) => {
    assert.equal(drops.isWarning, true);
    warnings.push(dropped);
  });
  return { clock, warnings, drops };
}

Deno.test("DropCounter warns at once, and then once a second with the number", () => {
  const { clock, warnings, drops } = parts();
  for (let i = 0; i < 100; i++) drops.count();
  assert.deepEqual(warnings, [1]);
  clock.advance(999);
  assert.deepEqual(warnings, [1]);
  clock.advance(1);
  assert.deepEqual(warnings, [1, 99]);
});

Deno.test("DropCounter is quiet, and its timer gone, once nothing is dropped any more", () => {
  const { clock, warnings, drops } = parts();
  drops.count();
  clock.advance(10_000);
  assert.deepEqual(warnings, [1]);
  assert.equal(clock.pending, 0);
  drops.count();
  assert.deepEqual(warnings, [1, 1]);
});

Deno.test("DropCounter.stop() tells what was not told yet", () => {
  const { clock, warnings, drops } = parts();
  for (let i = 0; i < 3; i++) drops.count();
  drops.stop();
  assert.deepEqual(warnings, [1, 2]);
  drops.stop();
  clock.advance(5000);
  assert.deepEqual(warnings, [1, 2]);
});

Deno.test("DropCounter.isWarning holds only while it warns, even if warning fails", () => {
  const drops = new DropCounter(new SimClock(), () => {
    throw new Error("no log");
  });
  assert.throws(() => drops.count(), /no log/);
  assert.equal(drops.isWarning, false);
});
