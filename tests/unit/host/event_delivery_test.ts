import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { EventDelivery, maxWaitingEvents } from "../../../src/host/event_delivery.ts";
import type { Loop } from "../../../src/host/event_stream.ts";

async function readAll<T>(loop: Loop<T>): Promise<T[]> {
  const events: T[] = [];
  for await (const event of loop) events.push(event);
  return events;
}

Deno.test("EventDelivery hands out nothing inside a turn, and nothing before it starts", async () => {
  const delivery = new EventDelivery<number>();
  const heard: number[] = [];
  delivery.listen((event) => heard.push(event));
  delivery.add(1);
  await Promise.resolve();
  deepStrictEqual(heard, []);
  delivery.start();
  deepStrictEqual(heard, [1]);
  delivery.add(2);
  delivery.add(3);
  deepStrictEqual(heard, [1]);
  await Promise.resolve();
  deepStrictEqual(heard, [1, 2, 3]);
});

Deno.test("EventDelivery remembers each batch before anybody hears of it, and once", async () => {
  const story: string[] = [];
  const delivery = new EventDelivery<number>(() => story.push("remembered"));
  delivery.listen((event) => story.push(`heard ${event}`));
  delivery.start();
  deepStrictEqual(story, []);
  delivery.add(1);
  delivery.add(2);
  await Promise.resolve();
  delivery.add(3);
  delivery.end();
  deepStrictEqual(story, ["remembered", "heard 1", "heard 2", "remembered", "heard 3"]);
});

Deno.test("EventDelivery gives every listener and every loop everything, from when it came", async () => {
  const delivery = new EventDelivery<number>();
  delivery.start();
  const [first, second] = [delivery.loop(), delivery.loop()];
  delivery.add(1);
  await Promise.resolve();
  const late: number[] = [];
  const stop = delivery.listen((event) => late.push(event));
  delivery.add(2);
  await Promise.resolve();
  stop();
  delivery.add(3);
  delivery.end();
  deepStrictEqual(await readAll(first), [1, 2, 3]);
  deepStrictEqual(await readAll(second), [1, 2, 3]);
  deepStrictEqual(late, [2]);
});

Deno.test("EventDelivery.end() hands out the rest and ends all loops, also those to come", async () => {
  const delivery = new EventDelivery<number>();
  const loop = delivery.loop();
  delivery.add(1);
  delivery.end();
  deepStrictEqual(await readAll(loop), [1]);
  deepStrictEqual(await readAll(delivery.loop()), []);
});

Deno.test("EventDelivery.loop() ends when its signal aborts, and only that loop", async () => {
  const delivery = new EventDelivery<number>();
  delivery.start();
  const abort = new AbortController();
  const [ending, going] = [delivery.loop(abort.signal), delivery.loop()];
  delivery.add(1);
  await Promise.resolve();
  abort.abort();
  delivery.add(2);
  delivery.end();
  deepStrictEqual(await readAll(ending), [1]);
  deepStrictEqual(await readAll(going), [1, 2]);
  deepStrictEqual(await readAll(delivery.loop(abort.signal)), []);
});

Deno.test("EventDelivery.loop() that is left is forgotten", async () => {
  const delivery = new EventDelivery<number>();
  delivery.start();
  const abort = new AbortController();
  const loop = delivery.loop(abort.signal);
  delivery.add(1);
  for await (const _ of loop) break;
  // Nobody reads any more, so nothing may pile up, and aborting does no harm.
  for (let i = 0; i < 2 * maxWaitingEvents; i++) delivery.add(i);
  await Promise.resolve();
  abort.abort();
  strictEqual(loop.dropped, 0);
  deepStrictEqual(await loop.next(), { value: undefined, done: true });
});

Deno.test("EventDelivery.mayAnswer() asks every listener, and one given twice stays until both go", () => {
  const delivery = new EventDelivery<number>();
  strictEqual(delivery.mayAnswer("load"), true);
  delivery.start();
  strictEqual(delivery.mayAnswer("load"), false);
  const heard: number[] = [];
  const listener = (event: number) => heard.push(event);
  const stop = delivery.listen(listener, (query) => query === "load");
  delivery.listen(listener, () => false);
  deepStrictEqual([delivery.mayAnswer("load"), delivery.mayAnswer("uptime")], [true, false]);
  stop();
  stop();
  strictEqual(delivery.mayAnswer("load"), false);
  delivery.add(1);
  delivery.end();
  deepStrictEqual(heard, [1]);
  delivery.listen(listener);
  strictEqual(delivery.mayAnswer("uptime"), true);
});
