import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { complete, itemsPerSlice, type Pause, type Steps } from "../../../src/bytes/steps.ts";
import { forSlices, SlicedWork } from "../../../src/memberlist/sliced_work.ts";
import { type Result, success } from "../../../src/ports/result.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";
import { RecordingLog, RecordingMeter } from "../../support/recorders.ts";

function build() {
  const clock = new SimClock(1000);
  const log = new RecordingLog();
  const meter = new RecordingMeter();
  const work = new SlicedWork({ clock, log, meter });
  const heard: string[] = [];
  function* slices(name: string, count: number): Steps<Result<string>> {
    for (let i = 1; i < count; i++) {
      heard.push(`${name}${i}`);
      yield;
    }
    heard.push(`${name}${count}`);
    return success(name);
  }
  const run = (name: string, count: number) =>
    work.run(slices(name, count), (result) => {
      heard.push(result.ok ? `${result.value} done` : `${name}: ${result.error.message}`);
    });
  return { clock, heard, log, meter, run, work };
}

Deno.test("SlicedWork.run() ends at once what one slice is enough for", () => {
  const { clock, heard, run, work } = build();
  run("a", 1);
  deepStrictEqual(heard, ["a1", "a done"]);
  deepStrictEqual([clock.pending, work.length], [0, 0]);
});

Deno.test("SlicedWork.run() takes a turn for each further slice, and no time", () => {
  const { clock, heard, run } = build();
  run("a", 3);
  deepStrictEqual(heard, ["a1"]);
  clock.step();
  deepStrictEqual(heard, ["a1", "a2"]);
  clock.advance(0);
  deepStrictEqual(heard, ["a1", "a2", "a3", "a done"]);
  deepStrictEqual([clock.turns, clock.now()], [2, 1000]);
});

Deno.test("SlicedWork.run() begins at once, and goes on when all before it has ended", () => {
  const { clock, heard, run, work } = build();
  run("a", 3);
  run("b", 2);
  run("c", 1);
  strictEqual(work.length, 2);
  clock.advance(0);
  deepStrictEqual(heard, ["a1", "b1", "c1", "c done", "a2", "a3", "a done", "b2", "b done"]);
  strictEqual(work.length, 0);
});

Deno.test("SlicedWork.run() may be called from what hears of an end", () => {
  const { clock, heard, run, work } = build();
  work.run(
    function* (): Steps<Result<void>> {
      yield;
      return success(undefined);
    }(),
    () => run("b", 2),
  );
  clock.advance(0);
  deepStrictEqual(heard, ["b1", "b2", "b done"]);
});

Deno.test("SlicedWork.stop() fails what is under way and what comes later", () => {
  const { clock, heard, run, work } = build();
  run("a", 3);
  run("b", 3);
  work.stop();
  run("c", 1);
  clock.advance(0);
  const reason = "node is shut down";
  deepStrictEqual(heard, ["a1", "b1", `a: ${reason}`, `b: ${reason}`, `c: ${reason}`]);
});

Deno.test("SlicedWork drops work of which a later slice is mistaken, and goes on with others", () => {
  const { clock, heard, log, meter, run, work } = build();
  const results: Result<void>[] = [];
  const mistaken = function* (pauses: number): Steps<Result<void>> {
    for (let i = 0; i < pauses; i++) yield;
    throw new TypeError("a mistake");
  };
  work.run(mistaken(1), (result) => results.push(result));
  run("a", 2);
  clock.advance(0);
  deepStrictEqual(heard, ["a1", "a2", "a done"]);
  strictEqual(results.length, 1);
  ok(results[0]?.ok === false && results[0].error.message === "a mistake");
  ok(log.has("error Internal error in long work, which was dropped: TypeError: a mistake"));
  strictEqual(meter.counters.get("memberlist.failures"), 1);
  // Whoever brought it hears of a mistake in the first slice.
  throws(() => work.run(mistaken(0), (result) => results.push(result)), TypeError);
  strictEqual(results.length, 1);
});

Deno.test("forSlices() hands out everything once, in order, and pauses in between", () => {
  for (const length of [0, 1, itemsPerSlice, itemsPerSlice + 1, 3 * itemsPerSlice]) {
    const items = Array.from({ length }, (_, i) => i);
    const slices: (readonly number[])[] = [];
    complete(forSlices(items, (slice) => slices.push(slice)));
    deepStrictEqual(slices.flat(), items);
    ok(slices.every((slice) => slice.length <= itemsPerSlice));
    const pauses = [...forSlices(items, () => {})].length;
    strictEqual(pauses, Math.max(0, Math.ceil(length / itemsPerSlice) - 1));
  }
});

function* pausing(heard: string[], name: string, pauses: readonly Pause[]): Steps<Result<string>> {
  try {
    for (const [i, pause] of pauses.entries()) {
      heard.push(`${name}${i + 1}`);
      yield pause;
    }
    return success(name);
  } finally {
    heard.push(`${name} over`);
  }
}

function forOthers() {
  const built = build();
  const { heard, work } = built;
  const add = (host: string, name: string, pauses: readonly Pause[], isLong = false) =>
    work.run(pausing(heard, name, pauses), () => {}, { host, isLong });
  return { ...built, add };
}

const one: readonly Pause[] = [undefined];

Deno.test("SlicedWork.run() gives each host in turn one piece of long work", () => {
  const { add, clock, heard } = forOthers();
  for (let i = 0; i < 9; i++) add("flood", `f${i} `, one, true);
  add("b", "b", one, true);
  add("c", "c", one, true);
  deepStrictEqual(heard, []);
  for (let i = 0; i < 6; i++) clock.step();
  deepStrictEqual(heard, ["f0 1", "f0  over", "b1", "b over", "c1", "c over"]);
});

Deno.test("SlicedWork.run() lets own work take turns with that for others", () => {
  const { add, clock, heard, run } = forOthers();
  add("flood", "f", new Array(100).fill(undefined), true);
  add("flood", "g", new Array(100).fill("shared"));
  heard.length = 0;
  run("own", 4);
  for (let i = 0; i < 12; i++) clock.step();
  ok(heard.includes("own done"), heard.join());
  deepStrictEqual([heard.includes("f4"), heard.includes("g4")], [true, true]);
});

Deno.test("SlicedWork.run() goes on with all that share something, beside long work", () => {
  const { add, clock, heard } = forOthers();
  add("a", "long", new Array(100).fill(undefined), true);
  add("a", "a", ["shared", "shared"]);
  add("b", "b", ["shared", undefined]);
  for (let i = 0; i < 8; i++) clock.step();
  deepStrictEqual(heard.filter((line) => line.endsWith("over")), ["a over", "b over"]);
});

Deno.test("SlicedWork.run() returns what drops the work, at whichever point", () => {
  for (const isLong of [false, true]) {
    for (let steps = 0; steps < 4; steps++) {
      const { add, clock, heard, work } = forOthers();
      const drop = add("a", "a", [undefined, undefined], isLong);
      add("a", "b", one, true);
      for (let i = 0; i < steps; i++) clock.step();
      drop();
      drop();
      const before = heard.filter((line) => line.startsWith("a"));
      clock.advance(0);
      deepStrictEqual(heard.filter((line) => line.startsWith("a")), before);
      ok(heard.includes("b over"));
      deepStrictEqual([work.length, clock.pending], [0, 0]);
    }
  }
});
