import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { EventStream } from "../../../src/host/event_stream.ts";

Deno.test("EventStream hands on values in order, whether pushed before or after the reader came", async () => {
  const stream = new EventStream<number>(10);
  stream.push(1);
  stream.push(2);
  const read: number[] = [];
  const reading = (async () => {
    for await (const value of stream) read.push(value);
  })();
  await Promise.resolve();
  stream.push(3);
  stream.close();
  await reading;

  deepStrictEqual(read, [1, 2, 3]);
});

Deno.test("EventStream.push() drops and counts what a slow reader leaves no room for", async () => {
  const stream = new EventStream<number>(2);
  for (const value of [1, 2, 3, 4]) stream.push(value);

  strictEqual(stream.dropped, 2);
  deepStrictEqual(await stream.next(), { value: 1, done: false });
});

Deno.test("EventStream.close() runs its callback once and lets the rest be read", async () => {
  let closed = 0;
  const stream = new EventStream<string>(2, () => closed++);
  stream.push("a");
  stream.close();
  stream.close();
  stream.push("b");

  strictEqual(closed, 1);
  deepStrictEqual(await stream.next(), { value: "a", done: false });
  deepStrictEqual(await stream.next(), { value: undefined, done: true });
});

Deno.test("EventStream ends when the loop over it is left", async () => {
  let closed = 0;
  const stream = new EventStream<number>(5, () => closed++);
  stream.push(1);
  stream.push(2);
  for await (const _ of stream) break;

  strictEqual(closed, 1);
  deepStrictEqual(await stream.next(), { value: undefined, done: true });
});

Deno.test("EventStream.next() refuses a second reader", async () => {
  const stream = new EventStream<number>(5);
  const first = stream.next();

  throws(() => stream.next(), { name: "TypeError" });
  stream.push(7);
  deepStrictEqual(await first, { value: 7, done: false });
});
