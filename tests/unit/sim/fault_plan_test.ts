import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { describeFault, faultKinds, planFaults } from "../../../src/sim/fault_plan.ts";
import { SimRandom } from "../../../src/sim/sim_random.ts";

const options = { members: 5, duration: 60_000, count: 300 };

Deno.test("planFaults() makes the same plan for one seed and another for the next", () => {
  const plan = (seed: number) => planFaults(new SimRandom(seed), options);
  deepStrictEqual(plan(3), plan(3));
  notDeepStrictEqual(plan(3), plan(4));
});

Deno.test("planFaults() makes faults of every kind, in order and in bounds", () => {
  const plan = planFaults(new SimRandom(1), options);
  strictEqual(plan.length, 300);
  deepStrictEqual(new Set(plan.map(({ kind }) => kind)), new Set(faultKinds));
  for (const [i, fault] of plan.entries()) {
    ok(fault.at >= (plan[i - 1]?.at ?? 0) && fault.at < options.duration);
    if ("member" in fault) ok(fault.member >= 0 && fault.member < 5);
    if ("members" in fault) ok(fault.members.length > 0 && fault.members.length < 5);
    if ("share" in fault) ok(fault.share > 0 && fault.share <= 1);
  }
});

Deno.test("describeFault() says what goes wrong in a few words", () => {
  strictEqual(
    describeFault({ kind: "crash", at: 5, member: 2, lostLines: 1, downtime: undefined }),
    "crash, member 2, lostLines 1",
  );
  strictEqual(
    describeFault({ kind: "cut", at: 5, duration: 700, members: [1, 3] }),
    "cut, duration 700, members 1,3",
  );
});
