import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { PendingOperations } from "../../../src/serf/pending_operations.ts";

Deno.test("PendingOperations.track() answers once, whatever comes later", () => {
  const pending = new PendingOperations();
  const heard: string[] = [];
  const finish = pending.track<string>((outcome) => heard.push(outcome), "stopped");
  strictEqual(pending.size, 1);
  finish("done");
  finish("done again");
  pending.stop();
  deepStrictEqual(heard, ["done"]);
  strictEqual(pending.size, 0);
});

Deno.test("PendingOperations.stop() answers all that still wait, and nobody else", () => {
  const pending = new PendingOperations();
  const heard: string[] = [];
  const first = pending.track<string>((outcome) => heard.push(`first ${outcome}`), "stopped");
  const second = pending.track<string>((outcome) => heard.push(`second ${outcome}`), "stopped");
  pending.track<string>((outcome) => heard.push(`third ${outcome}`), "late");
  first("done");
  pending.stop();
  second("done");
  deepStrictEqual(heard, ["first done", "second stopped", "third late"]);
});

Deno.test("PendingOperations.stop() spares what is begun in answer to it", () => {
  const pending = new PendingOperations();
  const heard: string[] = [];
  pending.track<string>(() => {
    pending.track<string>((outcome) => heard.push(outcome), "stopped");
  }, "stopped");
  pending.stop();
  deepStrictEqual(heard, []);
  pending.stop();
  deepStrictEqual(heard, ["stopped"]);
});
