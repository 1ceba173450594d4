import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { firstHearers } from "../../../src/memberlist/flood_graph.ts";

Deno.test("firstHearers() reaches every member in few steps, wherever a message begins", () => {
  for (const size of [2, 3, 4, 5, 9, 10, 20, 40, 100, 1000]) {
    for (let seed = 0; seed < 20; seed++) {
      const message = Uint8Array.of(seed, size);
      const heard = new Set([seed % size]);
      let wave = [...heard];
      const steps = Math.ceil(Math.log(size) / Math.log(3) - 1e-9);
      for (let step = 0; step < steps; step++) {
        wave = wave.flatMap((place) => firstHearers(place, size, message, 3))
          .filter((place) => !heard.has(place));
        for (const place of wave) heard.add(place);
      }
      strictEqual(heard.size, size, `size ${size}, seed ${seed}`);
    }
  }
});

Deno.test("firstHearers() lets each member be told equally often, never by itself", () => {
  const message = Uint8Array.of(7);
  const size = 50;
  const told = new Array<number>(size).fill(0);
  for (let place = 0; place < size; place++) {
    const places = firstHearers(place, size, message, 3);
    ok(!places.includes(place));
    for (const other of places) told[other]!++;
  }
  ok(told.every((count) => count >= 2 && count <= 3), String(told));
});

Deno.test("firstHearers() takes other paths for other messages, and none if one is alone", () => {
  const paths = new Set<string>();
  for (let i = 0; i < 50; i++) paths.add(String(firstHearers(3, 40, Uint8Array.of(i), 3)));
  ok(paths.size > 20, String(paths.size));
  deepStrictEqual(firstHearers(0, 1, Uint8Array.of(1), 3), []);
  deepStrictEqual(firstHearers(0, 2, Uint8Array.of(1), 3), [1]);
});
