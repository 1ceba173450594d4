/** Hundreds of random histories, all of which every rule of the protocol has to survive. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { describeFailure, describeSwarm, missingFaults, runSwarm } from "../../src/sim/swarm.ts";

/** About twenty seconds of one core. */
const seeds = 400;

Deno.test("no history breaks an invariant, and every kind of fault really happened", () => {
  const report = runSwarm(1, seeds);
  console.log(describeSwarm(report).join("\n"));
  strictEqual(report.failures.flatMap(describeFailure).join("\n"), "");
  deepStrictEqual(missingFaults(report), []);
  strictEqual(report.shares.length, seeds);
  ok(report.checks > seeds * 1000);
});
