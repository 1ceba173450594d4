import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { fanout } from "../../../../src/memberlist/dissemination/fanout_graph.ts";

Deno.test("fanout() reaches every member in few steps, wherever news begins", () => {
  for (const size of [2, 3, 4, 5, 9, 10, 20, 40, 100, 1000]) {
    const steps = Math.ceil(Math.log(size) / Math.log(3) - 1e-9);
    for (let origin = 0; origin < Math.min(size, 50); origin++) {
      const heard = new Set([origin]);
      let wave = [origin];
      for (let step = 0; step < steps; step++) {
        wave = wave.flatMap((place) => fanout(place, size, 3))
          .filter((place) => !heard.has(place));
        for (const place of wave) heard.add(place);
      }
      strictEqual(heard.size, size, `size ${size}, origin ${origin}`);
    }
  }
});

Deno.test("fanout() lets each member be told equally often, never by itself", () => {
  for (const size of [20, 21, 50, 100]) {
    const told = new Array<number>(size).fill(0);
    for (let place = 0; place < size; place++) {
      const places = fanout(place, size, 3);
      ok(!places.includes(place));
      for (const other of places) told[other]!++;
    }
    ok(told.every((count) => count >= 2 && count <= 3), String(told));
  }
});

Deno.test("fanout() are all others if they are few, and nobody if one is alone", () => {
  deepStrictEqual(fanout(0, 1, 3), []);
  deepStrictEqual(fanout(0, 2, 3), [1]);
  deepStrictEqual(fanout(1, 3, 3).sort(), [0, 2]);
});

Deno.test("fanout() go on where others stopped, so that still all are told equally often", () => {
  for (const skip of [3, 6, 9]) {
    const size = 20;
    const told = new Array<number>(size).fill(0);
    for (let place = 0; place < size; place++) {
      for (const other of fanout(place, size, 3, skip)) told[other]!++;
    }
    ok(told.every((count) => count >= 2 && count <= 3), String(told));
  }
  const places = [0, 3, 6].flatMap((skip) => fanout(7, 20, 3, skip));
  strictEqual(new Set(places).size, places.length);
});
