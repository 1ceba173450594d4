import assert from "node:assert/strict";
import { type Call, CallQueue } from "../../../src/rpc/call_queue.ts";
import { RpcError } from "../../../src/rpc/rpc_error.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";

function parts() {
  const clock = new SimClock();
  const late: number[] = [];
  const failures: string[] = [];
  const call = (limit: number | undefined, name = ""): Call => ({
    limit,
    hasBody: false,
    answer: () => {},
    fail: (error) => failures.push(`${name} ${error.message}`),
  });
  return { clock, late, failures, call, queue: new CallQueue(clock, (limit) => late.push(limit)) };
}

Deno.test("CallQueue reports the oldest call once its limit is over", () => {
  const { clock, late, queue, call } = parts();
  queue.add(1, call(1000));
  clock.advance(999);
  assert.deepEqual(late, []);
  clock.advance(1);
  assert.deepEqual(late, [1000]);
});

Deno.test("CallQueue counts a call's time from the moment it is the oldest", () => {
  const { clock, late, queue, call } = parts();
  queue.add(1, call(undefined));
  queue.add(2, call(1000));
  clock.advance(60_000);
  assert.deepEqual(late, []);
  queue.remove(1);
  clock.advance(999);
  assert.deepEqual(late, []);
  clock.advance(1);
  assert.deepEqual(late, [1000]);
});

Deno.test("CallQueue watches nobody once all calls are answered", () => {
  const { clock, queue, call } = parts();
  const first = call(1000);
  queue.add(1, first);
  assert.equal(queue.get(1), first);
  assert.equal(queue.get(2), undefined);
  queue.remove(1);
  queue.remove(7);
  assert.equal(queue.get(1), undefined);
  assert.equal(clock.pending, 0);
});

Deno.test("CallQueue.failAll() tells the oldest call the reason and the others that it is over", () => {
  const { clock, failures, queue, call } = parts();
  queue.add(1, call(1000, "first"));
  queue.add(2, call(1000, "second"));
  queue.failAll(new RpcError("closed", "over"), new RpcError("timeout", "late"));
  assert.deepEqual(failures, ["first late", "second over"]);
  assert.equal(clock.pending, 0);
  queue.failAll(new RpcError("closed", "again"));
  assert.equal(failures.length, 2);
});
