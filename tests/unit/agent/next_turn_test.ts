import { deepStrictEqual } from "node:assert/strict";
import { nextTurn, oneEachTurn } from "../../../src/agent/next_turn.ts";

Deno.test("nextTurn() lets go on first what was due before", async () => {
  const order: string[] = [];
  setImmediate(() => order.push("due"));
  const waiting = nextTurn().then(() => order.push("later"));
  await Promise.resolve();
  order.push("now");
  await waiting;
  deepStrictEqual(order, ["now", "due", "later"]);
});

Deno.test("oneEachTurn() asks for an item only when others had their turn after the last", async () => {
  const order: (number | string)[] = [];
  function* items() {
    for (const item of [1, 2]) {
      order.push(`make ${item}`);
      setImmediate(() => order.push(`due ${item}`));
      yield item;
    }
  }
  for await (const item of oneEachTurn(items())) order.push(item);
  deepStrictEqual(order, ["make 1", 1, "due 1", "make 2", 2, "due 2"]);
});
