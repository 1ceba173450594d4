import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { Address } from "../../../../src/ports/address.ts";
import { done, failure } from "../../../../src/ports/result.ts";
import {
  Joining,
  type JoinOutcome,
  maxWaitingJoins,
} from "../../../../src/serf/members/joining.ts";
import { TestNode } from "../../../support/test_node.ts";

function build(isAway = false) {
  const node = new TestNode();
  const state = { announced: 0 };
  const joining = new Joining(node, { announceJoin: () => state.announced++ }, isAway);
  return { exchanges: node.memberlist.exchanges, node, state, joining };
}

const [a, b, c]: [Address, Address, Address] = [
  { host: "10.0.0.1", port: 1 },
  { host: "10.0.0.2", port: 2 },
  { host: "10.0.0.3", port: 3 },
];

Deno.test("Joining.join() tries every address in turn, and announces if one answered", () => {
  const { exchanges, state, joining } = build();
  const outcomes: JoinOutcome[] = [];
  joining.join([a, b, c], false, (outcome) => outcomes.push(outcome));
  strictEqual(exchanges.length, 1);
  exchanges[0]!.done(failure("refused"));
  exchanges[1]!.done(done);
  strictEqual(state.announced, 0);
  exchanges[2]!.done(done);

  deepStrictEqual(exchanges.map(({ address }) => address), [a, b, c]);
  deepStrictEqual(outcomes, [
    { contacted: 2, errors: [{ address: a, error: new Error("refused") }] },
  ]);
  strictEqual(state.announced, 1);
});

Deno.test("Joining.join() announces nothing if nobody answered", () => {
  const { exchanges, state, joining } = build();
  let outcome: JoinOutcome | undefined;
  joining.join([a], false, (result) => outcome = result);
  exchanges[0]!.done(failure("refused"));
  strictEqual(outcome?.contacted, 0);
  strictEqual(outcome?.errors.length, 1);
  strictEqual(state.announced, 0);
});

Deno.test("Joining runs one join at a time, each with its own attitude to old events", () => {
  const { exchanges, joining } = build(true);
  const finished: string[] = [];
  strictEqual(joining.ignoresOldEvents, true, "by default, as long as it is away");
  joining.join([a], true, () => finished.push("first"));
  joining.join([b], false, () => finished.push("second"));
  strictEqual(exchanges.length, 1);
  strictEqual(joining.ignoresOldEvents, true);
  exchanges[0]!.done(done);
  strictEqual(joining.ignoresOldEvents, false);
  deepStrictEqual(finished, ["first"]);
  exchanges[1]!.done(done);
  deepStrictEqual(finished, ["first", "second"]);
});

Deno.test("Joining keeps the order of joins also for one started while another finishes", () => {
  const { exchanges, joining } = build();
  joining.join([a], false, () => joining.join([c], false, () => {}));
  joining.join([b], false, () => {});
  exchanges[0]!.done(done);
  exchanges[1]!.done(done);
  deepStrictEqual(exchanges.map(({ address }) => address), [a, b, c]);
});

Deno.test("Joining.join() refuses once the node means to go", () => {
  const { exchanges, node, joining } = build();
  node.current = "leaving";
  let outcome: JoinOutcome | undefined;
  joining.join([a], false, (result) => outcome = result);
  strictEqual(outcome?.refused?.message, "Serf can't Join after Leave or Shutdown");
  strictEqual(exchanges.length, 0);
});

Deno.test("Joining.join() bounds how many wait", () => {
  const { joining } = build();
  const outcomes: JoinOutcome[] = [];
  for (let i = 0; i < maxWaitingJoins + 2; i++) {
    joining.join([a], false, (outcome) => outcomes.push(outcome));
  }
  strictEqual(outcomes.length, 1);
  strictEqual(outcomes[0]!.refused?.message, "too many joins are waiting");
});

Deno.test("Joining.join() can be given up: what was not tried yet is not tried any more", () => {
  const { exchanges, state, joining } = build();
  const outcomes: JoinOutcome[] = [];
  const giveUp = joining.join([a, b, c], false, (outcome) => outcomes.push(outcome));
  joining.join([c], false, (outcome) => outcomes.push(outcome));
  giveUp();
  exchanges[0]!.done(done);
  exchanges[1]!.done(done);
  deepStrictEqual(exchanges.map(({ address }) => address), [a, c]);
  // The exchange under way counted all the same.
  deepStrictEqual(outcomes.map(({ contacted }) => contacted), [1, 1]);
  strictEqual(state.announced, 2);
});
