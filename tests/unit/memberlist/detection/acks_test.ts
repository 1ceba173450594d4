import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Acks } from "../../../../src/memberlist/detection/acks.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";

function build() {
  const clock = new SimClock();
  const heard: string[] = [];
  const answers = (name: string) => ({
    ack: (payload: Uint8Array | undefined) => {
      heard.push(`${name} ack ${payload?.toHex() ?? "nil"}`);
    },
    nack: () => {
      heard.push(`${name} nack`);
    },
    expired: () => {
      heard.push(`${name} expired`);
    },
  });
  return { clock, heard, answers, acks: new Acks(clock) };
}

Deno.test("Acks.nextSequence() begins with 1", () => {
  const { acks } = build();
  deepStrictEqual([acks.nextSequence(), acks.nextSequence()], [1, 2]);
});

Deno.test("Acks.receiveAck() answers once and ends the waiting", () => {
  const { acks, answers, clock, heard } = build();
  acks.expect(1, 500, answers("a"));
  acks.receiveAck(1, Uint8Array.of(9));
  acks.receiveAck(1, Uint8Array.of(9));
  acks.receiveNack(1);
  clock.advance(1000);
  deepStrictEqual(heard, ["a ack 09"]);
  strictEqual(clock.pending, 0);
});

Deno.test("Acks.receiveAck() ignores numbers that nobody waits for", () => {
  const { acks, answers, heard } = build();
  acks.expect(1, 500, answers("a"));
  acks.receiveAck(2, undefined);
  acks.receiveNack(3);
  deepStrictEqual(heard, []);
});

Deno.test("Acks.receiveNack() passes on every nack and goes on waiting", () => {
  const { acks, answers, heard } = build();
  acks.expect(1, 500, answers("a"));
  acks.receiveNack(1);
  acks.receiveNack(1);
  acks.receiveAck(1, undefined);
  deepStrictEqual(heard, ["a nack", "a nack", "a ack nil"]);
});

Deno.test("Acks.expect() lasts for its lifetime and not longer", () => {
  const { acks, answers, clock, heard } = build();
  acks.expect(1, 500, answers("a"));
  acks.expect(2, 600, answers("b"));
  clock.advance(499);
  deepStrictEqual(heard, []);
  clock.advance(1);
  acks.receiveAck(1, undefined);
  acks.receiveAck(2, undefined);
  deepStrictEqual(heard, ["a expired", "b ack nil"]);
});

Deno.test("Acks.expect() under a number that is taken forgets the older wait", () => {
  const { acks, answers, clock, heard } = build();
  acks.expect(1, 500, answers("old"));
  acks.expect(1, 900, answers("new"));
  clock.advance(600);
  acks.receiveAck(1, undefined);
  deepStrictEqual(heard, ["new ack nil"]);
});

Deno.test("Acks.forget() and stop() end waits without a word", () => {
  const { acks, answers, clock, heard } = build();
  for (const sequence of [1, 2, 3]) acks.expect(sequence, 500, answers(`${sequence}`));
  acks.forget(1);
  acks.forget(99);
  strictEqual(clock.pending, 2);
  acks.stop();
  strictEqual(clock.pending, 0);
  acks.receiveAck(2, undefined);
  clock.advance(1000);
  deepStrictEqual(heard, []);
});

Deno.test("Acks without nack or expired handlers take both silently", () => {
  const { acks, clock } = build();
  acks.expect(1, 500, { ack() {} });
  acks.receiveNack(1);
  clock.advance(500);
  strictEqual(clock.pending, 0);
});
