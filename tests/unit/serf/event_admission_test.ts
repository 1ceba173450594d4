import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { EventAdmission, recheckInterval } from "../../../src/serf/event_admission.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";

const buffer = 8;
const room = 2;

function build() {
  const clock = new SimClock();
  const state = { waiting: 0, hasCompany: true };
  const entered: number[] = [];
  const admission = new EventAdmission({
    clock,
    buffer,
    share: room / buffer,
    waiting: () => state.waiting,
    hasCompany: () => state.hasCompany,
  });
  const request = (id: number) =>
    admission.request(() => {
      entered.push(id);
      state.waiting++;
    });
  return { admission, clock, entered, request, state };
}

Deno.test("EventAdmission.request() lets in at once while there is room", () => {
  const { admission, clock, entered, request } = build();
  for (let i = 0; i < room; i++) request(i);
  deepStrictEqual(entered, [0, 1]);
  strictEqual(clock.pending, 0);
  request(2);
  deepStrictEqual(entered, [0, 1]);
  strictEqual(admission.length, 1);
});

Deno.test("EventAdmission.notice() lets in as many as there is room for, in order", () => {
  const { admission, clock, entered, request, state } = build();
  for (let i = 0; i < 6; i++) request(i);
  state.waiting = 1;
  admission.notice();
  deepStrictEqual(entered, [0, 1], "not inside the turn that tells");
  clock.advance(0);
  deepStrictEqual(entered, [0, 1, 2]);
  state.waiting = 0;
  admission.notice();
  admission.notice();
  clock.advance(0);
  deepStrictEqual(entered, [0, 1, 2, 3, 4]);
});

Deno.test("EventAdmission.request() never overtakes those who wait", () => {
  const { clock, entered, request, state } = build();
  for (let i = 0; i < 3; i++) request(i);
  state.waiting = 0;
  request(3);
  deepStrictEqual(entered, [0, 1]);
  clock.advance(recheckInterval);
  deepStrictEqual(entered, [0, 1, 2, 3]);
});

Deno.test("EventAdmission lets everybody in if nobody is there to be told", () => {
  const { clock, entered, request, state } = build();
  for (let i = 0; i < 5; i++) request(i);
  state.hasCompany = false;
  clock.advance(recheckInterval);
  deepStrictEqual(entered, [0, 1, 2, 3, 4]);
  request(5);
  strictEqual(entered.length, 6);
  strictEqual(clock.pending, 0);
});

Deno.test("EventAdmission.stop() lets everybody go, for good", () => {
  const { admission, clock, entered, request } = build();
  for (let i = 0; i < 5; i++) request(i);
  admission.stop();
  strictEqual(entered.length, 5);
  request(5);
  strictEqual(entered.length, 6);
  strictEqual(clock.pending, 0);
});
