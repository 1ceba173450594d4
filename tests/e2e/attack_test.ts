/**
 * The short form of `deno task attack`: what strangers do to agents, and what must not come of it.
 *
 * Times and shares of a processor depend on the machine, and are for the table alone.
 */

import assert from "node:assert/strict";
import { attacks } from "../../scripts/experiments/attack.ts";
import { judge } from "../../scripts/lab/goal.ts";

const timed = new Set(["s", "ms", "%"]);
/** Addresses of loopback are all there, and /proc tells of processes. */
const ignore = Deno.build.os !== "linux";

for (const [name, attack] of Object.entries(attacks)) {
  // What is reflected is judged by how much HashiCorp's reflects.
  if (name === "reflection") continue;
  Deno.test({
    name: `the attack "${name}" ends nobody, and takes no more than it may`,
    ignore,
    // The attacker's threads and sockets end with the attack, some a moment later.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const lasting = (await attack("ours", true)).filter(({ unit }) => !timed.has(unit));
      assert.ok(lasting.length > 0, "nothing was measured");
      const missed = lasting.filter(({ goal, value }) =>
        judge(goal, value, undefined) === "missed"
      );
      assert.deepEqual(missed.map(({ figure, value, unit }) => `${figure}: ${value} ${unit}`), []);
    },
  });
}
