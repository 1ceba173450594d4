import assert from "node:assert/strict";
import { RecordStream } from "../../../src/rpc/record_stream.ts";
import { RpcError } from "../../../src/rpc/rpc_error.ts";

function parts(limit = 10) {
  const stops: string[] = [];
  const stream = new RecordStream<number>({
    limit,
    stop: () => {
      stops.push("stop");
      return Promise.resolve();
    },
  });
  return { stream, stops };
}

Deno.test("RecordStream yields records in order, also to a consumer that waits", async () => {
  const { stream } = parts();
  const first = stream.next();
  stream.deliver(1);
  stream.deliver(2);
  assert.deepEqual(await first, { done: false, value: 1 });
  assert.deepEqual(await stream.next(), { done: false, value: 2 });
});

Deno.test("RecordStream gives several waiting calls one record each", async () => {
  const { stream } = parts();
  const waiting = [stream.next(), stream.next(), stream.next()];
  stream.deliver(1);
  stream.deliver(2);
  stream.end();
  assert.deepEqual((await Promise.all(waiting)).map(({ value }) => value), [1, 2, undefined]);
});

Deno.test("RecordStream drops and counts what finds no room, and takes on once there is some", async () => {
  const { stream } = parts(2);
  for (const value of [1, 2, 3]) stream.deliver(value);
  assert.equal(stream.dropped, 1);
  await stream.next();
  stream.deliver(4);
  stream.end();
  assert.deepEqual(await Array.fromAsync(stream), [2, 4]);
});

Deno.test("RecordStream.end() lets what waits through, then ends for good", async () => {
  const { stream, stops } = parts();
  stream.deliver(1);
  stream.end();
  stream.deliver(2);
  assert.deepEqual(await Array.fromAsync(stream), [1]);
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
  await stream.stop();
  assert.deepEqual(stops, [], "there is nothing left to stop");
});

Deno.test("RecordStream throws the error it ended with once, after what waited", async () => {
  const { stream } = parts();
  stream.deliver(1);
  stream.end(new RpcError("closed", "client closed"));
  assert.equal((await stream.next()).value, 1);
  await assert.rejects(stream.next(), { message: "client closed" });
  assert.equal((await stream.next()).done, true);
});

Deno.test("RecordStream.stop() ends delivery at once and tells the agent once", async () => {
  const { stream, stops } = parts();
  stream.deliver(1);
  await stream.stop();
  await stream.stop();
  assert.equal((await stream.next()).done, true);
  assert.deepEqual(stops, ["stop"]);
});

Deno.test("RecordStream is stopped by leaving its loop, and by disposing of it", async () => {
  const left = parts();
  left.stream.deliver(1);
  for await (const value of left.stream) if (value === 1) break;
  assert.deepEqual(left.stops, ["stop"]);

  const disposed = parts();
  {
    await using stream = disposed.stream;
    stream.deliver(1);
  }
  assert.deepEqual(disposed.stops, ["stop"]);
});

Deno.test("RecordStream keeps order over many records", async () => {
  const { stream } = parts(5000);
  const expected = Array.from({ length: 1000 }, (_, i) => i);
  for (const value of expected.slice(0, 600)) stream.deliver(value);
  const taken: number[] = [];
  for (let i = 0; i < 300; i++) taken.push((await stream.next()).value ?? -1);
  for (const value of expected.slice(600)) stream.deliver(value);
  stream.end();
  taken.push(...await Array.fromAsync(stream));
  assert.deepEqual(taken, expected);
});
