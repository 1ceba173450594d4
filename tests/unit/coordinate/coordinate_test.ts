import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  applyForce,
  type Coordinate,
  dimensions,
  distance,
  freshCoordinate,
  isCompatible,
  isValid,
  maxError,
  minHeight,
  rawDistance,
} from "../../../src/coordinate/coordinate.ts";

function at(x: number, y: number, overrides: Partial<Coordinate> = {}): Coordinate {
  return { ...freshCoordinate(), vec: [x, y, 0, 0, 0, 0, 0, 0], height: 0, ...overrides };
}

const never = () => {
  throw new Error("no chance is needed");
};

Deno.test("freshCoordinate() is at the origin and knows nothing", () => {
  const fresh = freshCoordinate();
  deepStrictEqual(fresh.vec, [0, 0, 0, 0, 0, 0, 0, 0]);
  strictEqual(fresh.vec.length, dimensions);
  strictEqual(fresh.error, maxError);
  strictEqual(fresh.adjustment, 0);
  strictEqual(fresh.height, minHeight);
});

Deno.test("isValid() refuses whatever is no finite number, in every place", () => {
  ok(isValid(freshCoordinate()));
  for (const odd of [NaN, Infinity, -Infinity]) {
    strictEqual(isValid(at(0, odd)), false);
    strictEqual(isValid(at(0, 0, { error: odd })), false);
    strictEqual(isValid(at(0, 0, { adjustment: odd })), false);
    strictEqual(isValid(at(0, 0, { height: odd })), false);
  }
});

Deno.test("isCompatible() wants the same number of dimensions", () => {
  ok(isCompatible(at(1, 2), at(3, 4)));
  strictEqual(isCompatible(at(1, 2), at(1, 2, { vec: [1, 2] })), false);
});

Deno.test("distance() adds heights and adjustments, and is the same both ways", () => {
  const a = at(3, 0, { height: 1, adjustment: 0.5 });
  const b = at(0, 4, { height: 2, adjustment: -0.25 });
  strictEqual(rawDistance(a, b), 8);
  strictEqual(distance(a, b), 8.25);
  strictEqual(distance(b, a), 8.25);
});

Deno.test("distance() leaves adjustments out that would make it nothing or less", () => {
  strictEqual(distance(at(3, 0, { adjustment: -3 }), at(0, 4, { adjustment: -2 })), 5);
});

Deno.test("distance() cuts to whole nanoseconds, towards zero", () => {
  strictEqual(distance(at(0, 0), at(1.9999e-9, 0)), 1e-9);
  strictEqual(distance(at(0, 0), at(0.9999e-9, 0)), 0);
});

Deno.test("applyForce() pushes away and pulls nearer along the line between the two", () => {
  deepStrictEqual(applyForce(at(1, 0), 1, at(0, 0), never).vec, at(2, 0).vec);
  deepStrictEqual(applyForce(at(1, 0), -1, at(0, 0), never).vec, at(0, 0).vec);
});

Deno.test("applyForce() lets the height share the push, but never below the least", () => {
  const pushed = applyForce(at(1, 0, { height: 0.5 }), 1, at(0, 0, { height: 0.25 }), never);
  strictEqual(pushed.height, 0.75 + 0.5);
  strictEqual(applyForce(at(1, 0, { height: 0.5 }), -1, at(0, 0), never).height, minHeight);
});

Deno.test("applyForce() takes a way by chance if the two are in one place", () => {
  const draws = [1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5];
  const pushed = applyForce(at(1, 1, { height: 0.5 }), 2, at(1, 1), () => draws.shift()!);
  deepStrictEqual(pushed.vec, at(3, 1).vec);
  // There is no length to share a push by.
  strictEqual(pushed.height, 0.5);
});

Deno.test("applyForce() needs no luck: without a way by chance it takes the first axis", () => {
  deepStrictEqual(applyForce(at(1, 1), 2, at(1, 1), () => 0.5).vec, at(3, 1).vec);
});

Deno.test("applyForce() changes nothing in place", () => {
  const before = at(1, 0);
  applyForce(before, 1, at(0, 0), never);
  deepStrictEqual(before, at(1, 0));
});
