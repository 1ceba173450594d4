import { deepStrictEqual } from "node:assert/strict";
import { nextTurn } from "../../../src/agent/next_turn.ts";

Deno.test("nextTurn() lets go on first what was due before", async () => {
  const order: string[] = [];
  setImmediate(() => order.push("due"));
  const waiting = nextTurn().then(() => order.push("later"));
  await Promise.resolve();
  order.push("now");
  await waiting;
  deepStrictEqual(order, ["now", "due", "later"]);
});
