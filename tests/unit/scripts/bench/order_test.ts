import assert from "node:assert/strict";
import { readOrder } from "../../../../scripts/experiments/bench.ts";
import { measures } from "../../../../scripts/experiments/bench/measures.ts";

Deno.test("readOrder() measures everything unless some is named, always in the same order", () => {
  assert.deepEqual(readOrder([]), { isFull: false, names: [...measures.keys()] });
  assert.deepEqual(readOrder(["--full", "--only=kill,events"]), {
    isFull: true,
    names: ["events", "kill"],
  });
});

Deno.test("readOrder() refuses what it does not know", () => {
  assert.throws(() => readOrder(["--ful"]), /Unknown option '--ful'/);
  assert.throws(() => readOrder(["full"]), /Unexpected argument 'full'/);
  assert.throws(() => readOrder(["--only=speed"]), /There is no "speed" to measure: try events, /);
  assert.throws(() => readOrder(["--only="]), /There is no "" to measure/);
});
