import { ok, strictEqual } from "node:assert/strict";
import { treeNeighbours } from "../../../../src/memberlist/dissemination/broadcast_tree.ts";

const messages = Array.from({ length: 20 }, (_, i) => Uint8Array.of(i, i * 7, 3));

Deno.test("treeNeighbours() reach every member in few steps, each told once", () => {
  for (const size of [2, 3, 4, 5, 9, 20, 40, 121, 1000]) {
    const depth = Math.ceil(Math.log(2 * size + 1) / Math.log(3) - 1e-9) - 1;
    for (const message of messages) {
      const root = treeNeighbours(0, size, 3, message).root;
      const told = new Array<number>(size).fill(0);
      let wave = [root];
      for (let step = 0; step < depth; step++) {
        wave = wave.flatMap((place) => treeNeighbours(place, size, 3, message).children);
        for (const place of wave) told[place]!++;
      }
      strictEqual(told[root], 0);
      ok(told.every((times, place) => times === 1 || place === root), `size ${size}: ${told}`);
    }
  }
});

Deno.test("treeNeighbours() know who tells them", () => {
  for (const size of [1, 2, 20, 77]) {
    for (let place = 0; place < size; place++) {
      const { children, parent, root } = treeNeighbours(place, size, 3, messages[1]!);
      strictEqual(parent === undefined, place === root);
      for (const child of children) {
        strictEqual(treeNeighbours(child, size, 3, messages[1]!).parent, place);
      }
    }
  }
});

Deno.test("treeNeighbours() let all members tell equally much over many messages", () => {
  const size = 20;
  const tells = new Array<number>(size).fill(0);
  for (let i = 0; i < 4000; i++) {
    const message = Uint8Array.of(i, i >> 8);
    for (let place = 0; place < size; place++) {
      tells[place]! += treeNeighbours(place, size, 3, message).children.length;
    }
  }
  ok(Math.max(...tells) < 1.3 * Math.min(...tells), String(tells));
});
