import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { SimClock } from "../../../src/sim/sim_clock.ts";
import { keptLines, Trace } from "../../../src/sim/trace.ts";

const here = { host: "10.0.0.1", port: 7946 };
const there = { host: "10.0.0.2", port: 7946 };

function build() {
  const clock = new SimClock();
  const heard: string[] = [];
  const trace = new Trace(clock, (line) => heard.push(line));
  return { clock, trace, heard };
}

Deno.test("Trace.add() prints time and place, and hands every line out at once", () => {
  const { clock, trace, heard } = build();
  clock.advance(1234.5);
  trace.add("node-1", "crash");
  trace.logOf("node-2").named("serf").warn("odd");
  trace.addEvent("node-3", {
    type: "user",
    ltime: 4,
    name: "deploy",
    payload: undefined,
    coalesce: false,
  });
  deepStrictEqual(heard, [
    "    1.234 node-1    crash",
    "    1.234 node-2    warn serf: odd",
    "    1.234 node-3    event deploy (time 4)",
  ]);
  deepStrictEqual(trace.lines, heard);
});

Deno.test("Trace.lines are the last ones, whatever came before", () => {
  const { trace, heard } = build();
  for (let i = 0; i < 5 * keptLines; i++) trace.add("node-1", `line ${i}`);
  deepStrictEqual(trace.lines, heard.slice(-keptLines));
});

Deno.test("Trace.hash tells histories apart by lines, packets and times", () => {
  const hashOf = (body: (world: ReturnType<typeof build>) => void) => {
    const world = build();
    body(world);
    return world.trace.hash;
  };
  const line = hashOf(({ trace }) => trace.add("node-1", "crash"));
  const packet = hashOf(({ trace }) => trace.addPacket(here, there, Uint8Array.of(1, 2)));
  strictEqual(line, hashOf(({ trace }) => trace.add("node-1", "crash")));
  strictEqual(line.length, 16);
  notStrictEqual(line, hashOf(({ trace }) => trace.add("node-2", "crash")));
  notStrictEqual(packet, hashOf(({ trace }) => trace.addPacket(there, here, Uint8Array.of(1, 2))));
  notStrictEqual(packet, hashOf(({ trace }) => trace.addPacket(here, there, Uint8Array.of(7, 2))));
  notStrictEqual(
    packet,
    hashOf(({ clock, trace }) => {
      clock.advance(1);
      trace.addPacket(here, there, Uint8Array.of(1, 2));
    }),
  );
});

Deno.test("Trace.observerOf() adds the facts that no log line tells", () => {
  const { trace, heard } = build();
  const observer = trace.observerOf("node-1");
  observer.note({ type: "suspicion-refuted", at: 0, member: "node-2", incarnation: 3 });
  observer.note({ type: "probe-sent", at: 0, member: "node-2", health: 0 });
  deepStrictEqual(heard, [
    '    0.000 node-1    suspicion-refuted member="node-2" incarnation=3',
  ]);
});
