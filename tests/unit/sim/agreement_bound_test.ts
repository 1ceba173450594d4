import { ok, strictEqual } from "node:assert/strict";
import { profiles } from "../../../src/memberlist/config.ts";
import { agreementBound } from "../../../src/sim/agreement_bound.ts";

const terms = { members: 5, down: 0, reconnectInterval: 30_000 };

Deno.test("agreementBound() is the sum of what each step may take", () => {
  // Probing 10 + 64 s, suspicion 6 × 4 s, gossip 8 × 0.2 s, two exchanges 60 s,
  // a hung dial 10 s, two reconnects 60 s.
  strictEqual(agreementBound(profiles.lan, terms), 229_600);
});

Deno.test("agreementBound() grows with the cluster, and with members tried in vain", () => {
  const bound = agreementBound(profiles.lan, terms);
  ok(agreementBound(profiles.lan, { ...terms, members: 50 }) > bound);
  ok(agreementBound(profiles.lan, { ...terms, down: 1 }) > bound + 10 * 30_000);
  ok(agreementBound(profiles.local, terms) < bound);
});
