import { strictEqual } from "node:assert/strict";
import {
  StrangerBudget,
  strangerBytes,
  strangersBytes,
} from "../../../../src/memberlist/packets/stranger_budget.ts";

const address = (host: string) => ({ host, port: 7946 });

Deno.test("StrangerBudget.take() bounds what one host gets in five seconds", () => {
  let now = 0;
  const budget = new StrangerBudget({ now: () => now });
  strictEqual(budget.take(address("a"), strangerBytes), true);
  strictEqual(budget.take(address("a"), 1), false);
  strictEqual(budget.take({ ...address("a"), port: 1 }, 1), false, "another port is the same host");
  strictEqual(budget.take(address("b"), 1), true);
  now = 5000;
  strictEqual(budget.take(address("a"), strangerBytes), true);
});

Deno.test("StrangerBudget.take() bounds what all hosts get together", () => {
  const budget = new StrangerBudget({ now: () => 0 });
  let sent = 0;
  for (let i = 0; i < 1000; i++) if (budget.take(address(`host-${i}`), 1000)) sent += 1000;
  strictEqual(sent <= strangersBytes, true);
  strictEqual(sent > strangersBytes - 1000, true);
});
