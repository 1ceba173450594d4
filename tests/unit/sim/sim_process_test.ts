import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { SimClock } from "../../../src/sim/sim_clock.ts";
import { maxWaitingPackets, SimProcess } from "../../../src/sim/sim_process.ts";

function build() {
  const clock = new SimClock();
  const process = new SimProcess(clock);
  const turns: string[] = [];
  const note = (what: string) => () => turns.push(`${what}@${clock.now()}`);
  return { clock, process, turns, note };
}

Deno.test("SimProcess takes turns at once, and timers when they are due", () => {
  const { clock, process, turns, note } = build();
  process.after(5, note("timer"));
  process.take(note("turn"));
  clock.advance(10);
  deepStrictEqual(turns, ["turn@0", "timer@5"]);
});

Deno.test("SimProcess.freeze() delays all turns and keeps their order", () => {
  const { clock, process, turns, note } = build();
  process.after(5, note("timer"));
  process.freeze(100);
  process.take(note("first"));
  clock.advance(50);
  process.freeze(100);
  process.takePacket(note("packet"));
  clock.advance(200);
  process.take(note("later"));
  deepStrictEqual(turns, ["first@150", "timer@150", "packet@150", "later@250"]);
});

Deno.test("SimProcess.turnCost spaces the turns of a slow process", () => {
  const { clock, process, turns, note } = build();
  process.turnCost = 10;
  for (const name of ["a", "b", "c"]) process.take(note(name));
  clock.advance(100);
  deepStrictEqual(turns, ["a@0", "b@10", "c@20"]);
});

Deno.test("SimProcess.after() calls off a timer that came due while it was frozen", () => {
  const { clock, process, turns, note } = build();
  const timer = process.after(5, note("timer"));
  process.freeze(100);
  clock.advance(50);
  timer.cancel();
  clock.advance(100);
  deepStrictEqual(turns, []);
});

Deno.test("SimProcess.takePacket() refuses what no buffer would hold", () => {
  const { clock, process, turns, note } = build();
  process.freeze(10);
  for (let i = 0; i < maxWaitingPackets; i++) {
    strictEqual(process.takePacket(note("packet")), true);
  }
  strictEqual(process.takePacket(note("packet")), false);
  clock.advance(20);
  strictEqual(turns.length, maxWaitingPackets);
  strictEqual(process.takePacket(note("packet")), true);
});

Deno.test("SimProcess.kill() ends everything that waits", () => {
  const { clock, process, turns, note } = build();
  process.after(5, note("timer"));
  process.freeze(2);
  process.take(note("turn"));
  process.kill();
  process.take(note("after"));
  clock.advance(100);
  deepStrictEqual(turns, []);
});
