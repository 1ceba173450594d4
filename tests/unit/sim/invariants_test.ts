import { ok, strictEqual, throws } from "node:assert/strict";
import type { Member, MemberState } from "../../../src/memberlist/member.ts";
import type { MemberStatus } from "../../../src/serf/member.ts";
import { InvariantError, type InvariantName, Invariants } from "../../../src/sim/invariants.ts";
import { reportedMember } from "../../support/serf_parts.ts";

/** A member whose inner state a test sets as it likes. */
class Fake {
  readonly name = "a";
  lives = 1;
  peers: Member[] = [reportedMember("a"), reportedMember("b")];
  statuses = new Map<string, MemberStatus>([["a", "alive"], ["b", "alive"]]);
  times = { memberTime: 5, eventTime: 5, queryTime: 5 };
  waiting = { claims: 0, intents: 0, queries: 0, userEvents: 0 };
  readonly core = {
    state: "alive" as const,
    inspect: () => ({
      ...this.times,
      peers: this.peers,
      waiting: this.waiting,
      queueLimit: 10,
      healthScore: 0,
    }),
    member: (name: string) => {
      const status = this.statuses.get(name);
      return status && { ...reportedMember(name), tags: {}, status };
    },
  };

  /** Changes what it knows about b. */
  see(state: MemberState, incarnation: number, status: MemberStatus, meta = "ff80"): void {
    const b = { ...reportedMember("b"), state, incarnation, meta: Uint8Array.fromHex(meta) };
    this.peers = [this.peers[0]!, b];
    this.statuses.set("b", status);
  }
}

function build() {
  const fake = new Fake();
  const invariants = new Invariants(() => 1500);
  invariants.afterTurn(fake);
  const breaks = (rule: InvariantName, action = () => invariants.afterTurn(fake)) =>
    throws(action, (error) => {
      ok(error instanceof InvariantError);
      ok(error.message.startsWith(`Broken invariant "${rule}": a at 1.500 s: `), error.message);
      return error.invariant === rule;
    });
  return { fake, invariants, breaks };
}

Deno.test("Invariants.afterTurn() accepts what the protocol allows, and counts", () => {
  const { fake, invariants } = build();
  const steps: [MemberState, number, MemberStatus][] = [
    ["suspect", 1, "alive"],
    ["dead", 1, "failed"],
    ["dead", 1, "left"],
    ["alive", 2, "alive"],
    ["alive", 2, "leaving"],
    ["left", 2, "left"],
    ["suspect", 3, "alive"],
  ];
  for (const [state, incarnation, status] of steps) {
    fake.see(state, incarnation, status);
    invariants.afterTurn(fake);
  }
  strictEqual(invariants.checks, steps.length + 1);
});

Deno.test("Invariants: incarnations never fall", () => {
  const { fake, breaks, invariants } = build();
  fake.see("alive", 4, "alive");
  invariants.afterTurn(fake);
  fake.see("alive", 3, "alive");
  breaks("incarnations never fall");
});

Deno.test("Invariants: nobody returns from dead without a higher incarnation", () => {
  const { fake, breaks, invariants } = build();
  fake.see("dead", 1, "failed");
  invariants.afterTurn(fake);
  fake.see("alive", 1, "alive");
  breaks("nobody returns from dead without a higher incarnation");
});

Deno.test("Invariants: self is always alive", () => {
  const { fake, breaks } = build();
  fake.peers[0] = { ...fake.peers[0]!, state: "suspect" };
  breaks("self is always alive");
});

Deno.test("Invariants: metadata is fixed per incarnation", () => {
  const { fake, breaks, invariants } = build();
  fake.see("alive", 2, "alive", "ff81a16ba176");
  invariants.afterTurn(fake);
  fake.see("alive", 2, "alive", "ff81a16ba177");
  breaks("metadata is fixed per incarnation");
});

Deno.test("Invariants: Lamport clocks never fall, but in another life", () => {
  const { fake, breaks, invariants } = build();
  fake.times = { ...fake.times, eventTime: 4 };
  breaks("Lamport clocks never fall");
  fake.lives++;
  invariants.afterTurn(fake);
});

Deno.test("Invariants: every queue is bounded", () => {
  const { fake, breaks } = build();
  fake.waiting = { ...fake.waiting, userEvents: 11 };
  breaks("every queue is bounded");
  fake.waiting = { ...fake.waiting, userEvents: 10, claims: 6 };
  breaks("every queue is bounded");
});

Deno.test("Invariants: both layers agree on who is here", () => {
  const { fake, breaks } = build();
  fake.see("alive", 2, "failed");
  breaks("both layers agree on who is here");
  fake.see("dead", 2, "alive");
  breaks("both layers agree on who is here");
});

Deno.test("Invariants: an event reaches a handler at most once, unless its memory was lost", () => {
  const { fake, breaks, invariants } = build();
  const event = { type: "user", ltime: 3, name: "x", payload: undefined, coalesce: false } as const;
  invariants.onEvent(fake, event);
  invariants.onEvent(fake, { ...event, ltime: 4 });
  fake.lives++;
  breaks("an event reaches a handler at most once", () => invariants.onEvent(fake, event));
  invariants.forgetDelivered(fake);
  invariants.onEvent(fake, event);
});
