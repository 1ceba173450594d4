import { rejects, strictEqual } from "node:assert/strict";
import { outcomeOf, unlessAborted } from "../../../src/host/waiting.ts";

const never = new Promise<never>(() => {});

Deno.test("unlessAborted() does what the promise does", async () => {
  const { signal } = new AbortController();
  strictEqual(await unlessAborted(Promise.resolve(7), undefined), 7);
  strictEqual(await unlessAborted(Promise.resolve(7), signal), 7);
  await rejects(unlessAborted(Promise.reject(new Error("no")), signal), { message: "no" });
});

Deno.test("unlessAborted() rejects with the signal's reason, before or after the call", async () => {
  const abort = new AbortController();
  const waiting = unlessAborted(never, abort.signal);
  abort.abort(new Error("enough"));
  await rejects(waiting, { message: "enough" });
  await rejects(unlessAborted(never, abort.signal), { message: "enough" });
});

Deno.test("unlessAborted() lets a late failure of what was given up pass unheard", async () => {
  const abort = new AbortController();
  const slow = Promise.withResolvers<void>();
  const waiting = unlessAborted(slow.promise, abort.signal);
  abort.abort();
  await rejects(waiting, { name: "AbortError" });
  slow.reject(new Error("nobody hears this"));
  await new Promise((resolve) => setTimeout(resolve, 0));
});

Deno.test("unlessAborted() is done with the signal once the promise is settled", async () => {
  const abort = new AbortController();
  let listeners = 0;
  const { signal } = abort;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...parameters: Parameters<typeof add>) => {
    listeners++;
    add(...parameters);
  };
  signal.removeEventListener = (...parameters: Parameters<typeof remove>) => {
    listeners--;
    remove(...parameters);
  };
  await unlessAborted(Promise.resolve(), signal);
  strictEqual(listeners, 0);
});

Deno.test("outcomeOf() returns what the work ends in, and starts none after the signal aborted", async () => {
  const abort = new AbortController();
  strictEqual(await outcomeOf<number>((done) => done(7)), 7);
  strictEqual(
    await outcomeOf<number>((done) => void queueMicrotask(() => done(8)), abort.signal),
    8,
  );
  abort.abort();
  let starts = 0;
  await rejects(outcomeOf(() => void starts++, abort.signal), { name: "AbortError" });
  strictEqual(starts, 0);
});

Deno.test("outcomeOf() gives the work up when the signal aborts", async () => {
  const abort = new AbortController();
  let given = 0;
  const waiting = outcomeOf(() => () => void given++, abort.signal);
  abort.abort();
  await rejects(waiting, { name: "AbortError" });
  strictEqual(given, 1);
});
