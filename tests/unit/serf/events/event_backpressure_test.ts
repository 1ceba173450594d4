import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  EventBackpressure,
  recheckInterval,
} from "../../../../src/serf/events/event_backpressure.ts";
import { gossipTuning } from "../../../../src/memberlist/gossip_tuning.ts";
import { TestNode } from "../../../support/test_node.ts";

const room = 2;

function build() {
  const node = new TestNode({ eventBuffer: room / gossipTuning.admittedShare });
  const { clock, lanes: { userEvents }, memberlist } = node;
  const entered: number[] = [];
  const backpressure = new EventBackpressure(node);
  const request = (id: number) =>
    backpressure.request(() => {
      entered.push(id);
      userEvents.add({ message: Uint8Array.of(id) });
    });
  /** Sends events until `left` wait. */
  const send = (left: number) => {
    userEvents.prune(left);
    userEvents.onTake();
  };
  return { backpressure, clock, entered, memberlist, request, send, userEvents };
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

Deno.test("EventBackpressure lets in as many as there is room for once events were sent, in order", () => {
  const { clock, entered, request, send } = build();
  for (let i = 0; i < 6; i++) request(i);
  send(1);
  deepStrictEqual(entered, [0, 1], "not inside the turn that tells");
  clock.advance(0);
  deepStrictEqual(entered, [0, 1, 2]);
  send(0);
  send(0);
  clock.advance(0);
  deepStrictEqual(entered, [0, 1, 2, 3, 4]);
});

Deno.test("EventBackpressure.request() never overtakes those who wait", () => {
  const { clock, entered, request, userEvents } = build();
  for (let i = 0; i < 3; i++) request(i);
  userEvents.clear();
  request(3);
  deepStrictEqual(entered, [0, 1]);
  clock.advance(recheckInterval);
  deepStrictEqual(entered, [0, 1, 2, 3]);
});

Deno.test("EventBackpressure lets everybody in if nobody is there to be told", () => {
  const { clock, entered, memberlist, request } = build();
  for (let i = 0; i < 5; i++) request(i);
  memberlist.hasCompany = false;
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
