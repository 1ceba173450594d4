import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Signals } from "../../../src/agent/signals.ts";

/** A system whose signals the test sends. */
class FakeSystem {
  readonly build: { readonly os: string };
  readonly handlers = new Map<Deno.Signal, () => void>();

  constructor(os: string) {
    this.build = { os };
  }

  addSignalListener(signal: Deno.Signal, handler: () => void): void {
    this.handlers.set(signal, handler);
  }

  removeSignalListener(signal: Deno.Signal, handler: () => void): void {
    if (this.handlers.get(signal) === handler) this.handlers.delete(signal);
  }

  send(signal: Deno.Signal): void {
    this.handlers.get(signal)?.();
  }
}

Deno.test("Signals.next() waits for a signal, and hands out those that came before in order", async () => {
  const system = new FakeSystem("linux");
  using signals = new Signals(() => {}, system);
  const first = signals.next();
  for (const signal of ["SIGHUP", "SIGTERM", "SIGINT"] as const) system.send(signal);
  strictEqual(await first, "SIGHUP");
  strictEqual(await signals.next(), "SIGTERM");
  strictEqual(await signals.next(), "SIGINT");
});

Deno.test("Signals keep no more than sixteen that nobody asks for", async () => {
  const system = new FakeSystem("linux");
  using signals = new Signals(() => {}, system);
  for (let i = 0; i < 100; i++) system.send("SIGHUP");
  for (let i = 0; i < 16; i++) strictEqual(await signals.next(), "SIGHUP");
  const next = signals.next();
  system.send("SIGINT");
  strictEqual(await next, "SIGINT");
});

Deno.test("Signals dump on SIGUSR1 without telling the reader", async () => {
  const system = new FakeSystem("darwin");
  let dumps = 0;
  using signals = new Signals(() => dumps++, system);
  system.send("SIGUSR1");
  system.send("SIGINT");
  strictEqual(await signals.next(), "SIGINT");
  strictEqual(dumps, 1);
});

Deno.test("Signals listen to what the platform has, and give everything back", () => {
  const unix = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"];
  for (const [os, wanted] of [["linux", unix], ["windows", ["SIGINT", "SIGBREAK"]]] as const) {
    const system = new FakeSystem(os);
    const signals = new Signals(() => {}, system);
    deepStrictEqual([...system.handlers.keys()], wanted);
    signals[Symbol.dispose]();
    deepStrictEqual([...system.handlers.keys()], []);
  }
});
