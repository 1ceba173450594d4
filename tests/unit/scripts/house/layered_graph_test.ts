import assert from "node:assert/strict";
import { type Arrow, layOut, reduceArrows } from "../../../../scripts/house/layered_graph.ts";

const gap = { across: 10, down: 20 };
const boxes = ["top", "left", "right", "bottom"].map((name) => ({ name, width: 40, height: 30 }));
const arrows: Arrow[] = [
  ["top", "left"],
  ["top", "right"],
  ["left", "bottom"],
  ["right", "bottom"],
  ["top", "bottom"],
];

Deno.test("reduceArrows() leaves out what follows from others", () => {
  assert.deepEqual(reduceArrows(arrows), arrows.slice(0, 4));
});

Deno.test("layOut() puts each box below all that point at it, and none over another", () => {
  const { height, places, width } = layOut(boxes, arrows, gap);
  const y = Object.fromEntries([...places].map(([name, place]) => [name, place.y]));
  assert.deepEqual(y, { top: 0, left: 50, right: 50, bottom: 100 });
  assert.deepEqual([width, height], [90, 130]);
  assert.equal(Math.abs(places.get("left")!.x - places.get("right")!.x) >= 50, true);
});

Deno.test("layOut() leads a long arrow between the boxes of the layers that it passes", () => {
  const long: Arrow[] = [["top", "left"], ["left", "bottom"], ["right", "bottom"], [
    "top",
    "other",
  ]];
  const all = [...boxes, { name: "other", width: 40, height: 30 }];
  const deep: Arrow[] = [...long, ["left", "deep"], ["deep", "deeper"], ["right", "deeper"]];
  const deepBoxes = [
    ...all,
    ...["deep", "deeper"].map((name) => ({ name, width: 40, height: 30 })),
  ];
  const { places, routes } = layOut(deepBoxes, deep, gap);
  for (const route of routes) {
    for (const [n, point] of route.slice(1).entries()) {
      const before = route[n]!;
      assert.equal(point.y > before.y, true);
      for (const [name, place] of places) {
        const isInside = before.x === point.x && point.x > place.x && point.x < place.x + 40 &&
          before.y < place.y + 30 && point.y > place.y;
        assert.equal(isInside, false, `an arrow passes ${name}`);
      }
    }
  }
});

Deno.test("layOut() lays out nothing", () => {
  assert.deepEqual(layOut([], [], gap), { width: 0, height: 0, places: new Map(), routes: [] });
});
