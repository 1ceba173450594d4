import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  EventBackpressure,
  recheckInterval,
} from "../../../../src/serf/events/event_backpressure.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";

const buffer = 8;
const room = 2;

function build() {
  const clock = new SimClock();
  const state = { waiting: 0, hasCompany: true };
  const entered: number[] = [];
  const backpressure = new EventBackpressure({
    clock,
    buffer,
    share: room / buffer,
    waiting: () => state.waiting,
    hasCompany: () => state.hasCompany,
  });
  const request = (id: number) =>
    backpressure.request(() => {
      entered.push(id);
      state.waiting++;
    });
  return { backpressure, clock, entered, request, state };
}

Deno.test("EventBackpressure.request() lets in at once while there is room", () => {
  const { backpressure, clock, entered, request } = build();
  for (let i = 0; i < room; i++) request(i);
  deepStrictEqual(entered, [0, 1]);
  strictEqual(clock.pending, 0);
  request(2);
  deepStrictEqual(entered, [0, 1]);
  strictEqual(backpressure.length, 1);
});

Deno.test("EventBackpressure.notice() lets in as many as there is room for, in order", () => {
  const { backpressure, clock, entered, request, state } = build();
  for (let i = 0; i < 6; i++) request(i);
  state.waiting = 1;
  backpressure.notice();
  deepStrictEqual(entered, [0, 1], "not inside the turn that tells");
  clock.advance(0);
  deepStrictEqual(entered, [0, 1, 2]);
  state.waiting = 0;
  backpressure.notice();
  backpressure.notice();
  clock.advance(0);
  deepStrictEqual(entered, [0, 1, 2, 3, 4]);
});

Deno.test("EventBackpressure.request() never overtakes those who wait", () => {
  const { clock, entered, request, state } = build();
  for (let i = 0; i < 3; i++) request(i);
  state.waiting = 0;
  request(3);
  deepStrictEqual(entered, [0, 1]);
  clock.advance(recheckInterval);
  deepStrictEqual(entered, [0, 1, 2, 3]);
});

Deno.test("EventBackpressure lets everybody in if nobody is there to be told", () => {
  const { clock, entered, request, state } = build();
  for (let i = 0; i < 5; i++) request(i);
  state.hasCompany = false;
  clock.advance(recheckInterval);
  deepStrictEqual(entered, [0, 1, 2, 3, 4]);
  request(5);
  strictEqual(entered.length, 6);
  strictEqual(clock.pending, 0);
});

Deno.test("EventBackpressure.stop() lets everybody go, for good", () => {
  const { backpressure, clock, entered, request } = build();
  for (let i = 0; i < 5; i++) request(i);
  backpressure.stop();
  strictEqual(entered.length, 5);
  request(5);
  strictEqual(entered.length, 6);
  strictEqual(clock.pending, 0);
});
