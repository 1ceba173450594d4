import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { MsgpackWriter } from "../../../../src/bytes/msgpack_writer.ts";
import { failure, type Result, success } from "../../../../src/ports/result.ts";
import { KeyManager, type KeyReport } from "../../../../src/serf/queries/key_manager.ts";
import { type KeyResponse, writeKeyResponse } from "../../../../src/serf/queries/key_messages.ts";
import type { QueryOptions } from "../../../../src/serf/queries/queries.ts";
import { RunningQuery } from "../../../../src/serf/queries/running_query.ts";
import { TestNode } from "../../../support/test_node.ts";

const key = new Uint8Array(16).fill(7);

/** A cluster of `nodes` members that answers as the test says. */
function build(nodes: number) {
  const node = new TestNode();
  node.memberlist.aliveCount = nodes;
  const { clock } = node;
  const asked: { name: string; payload: string | undefined; options: QueryOptions }[] = [];
  const reports: Result<KeyReport>[] = [];
  let running: RunningQuery | undefined;
  const manager = new KeyManager(node, (name, payload, options, handlers) => {
    asked.push({ name, payload: payload?.toHex(), options });
    const query = { ltime: 1, id: 1, flags: 0 };
    const limits = { timeout: 5000, capacity: 100, closed: () => {} };
    running = new RunningQuery(node, { query, ...limits, handlers });
    return success(running);
  });
  return {
    clock,
    manager,
    asked,
    reports,
    done: (report: Result<KeyReport>) => reports.push(report),
    isOver: () => running?.isOver,
    answer(from: string, payload: Uint8Array) {
      running?.receive({ ltime: 1, id: 1, from, flags: 0, payload });
    },
  };
}

function encode(overrides: Partial<KeyResponse>): Uint8Array {
  const writer = new MsgpackWriter("raw");
  writeKeyResponse(writer, {
    isOk: true,
    message: "",
    keys: undefined,
    primaryKey: "",
    ...overrides,
  });
  return writer.copy();
}

function reportOf({ reports }: { reports: readonly Result<KeyReport>[] }): KeyReport {
  strictEqual(reports.length, 1);
  const report = reports[0]!;
  if (!report.ok) throw report.error;
  return report.value;
}

Deno.test("KeyManager asks each operation under its name, with the raw key and the relays", () => {
  const { manager, asked, done } = build(1);
  manager.run("install", key, { relayFactor: 2 }, done);
  manager.run("use", key, {}, done);
  manager.run("remove", key, {}, done);
  manager.run("list", undefined, {}, done);
  const payload = "0781a34b6579b0" + key.toHex();
  deepStrictEqual(asked, [
    { name: "_serf_install-key", payload, options: { relayFactor: 2, asksAgain: true } },
    { name: "_serf_use-key", payload, options: { asksAgain: true } },
    { name: "_serf_remove-key", payload, options: { asksAgain: true } },
    { name: "_serf_list-keys", payload: "0781a34b6579a0", options: { asksAgain: true } },
  ]);
});

Deno.test("KeyManager is done as soon as every member answered", () => {
  const cluster = build(2);
  cluster.manager.run("install", key, {}, cluster.done);
  cluster.answer("a", encode({}));
  deepStrictEqual(cluster.reports, []);
  cluster.answer("b", encode({}));
  deepStrictEqual(reportOf(cluster), {
    numNodes: 2,
    numResp: 2,
    numErr: 0,
    messages: new Map(),
    keys: undefined,
    primaryKeys: undefined,
    error: undefined,
  });
  strictEqual(cluster.isOver(), true);
  // The end of the time brings no second report.
  cluster.clock.advance(10_000);
  strictEqual(cluster.reports.length, 1);
});

Deno.test("KeyManager reports who is missing when the time is over", () => {
  const cluster = build(3);
  cluster.manager.run("install", key, {}, cluster.done);
  cluster.answer("a", encode({}));
  cluster.clock.advance(4999);
  deepStrictEqual(cluster.reports, []);
  cluster.clock.advance(1);
  const report = reportOf(cluster);
  strictEqual(report.error, "1/3 nodes reported success");
  deepStrictEqual([report.numResp, report.numErr], [1, 0]);
});

Deno.test("KeyManager counts refusals and answers it cannot read, and keeps their words", () => {
  const cluster = build(4);
  cluster.manager.run("use", key, {}, cluster.done);
  cluster.answer("a", encode({ isOk: false, message: "requested key is not in the keyring" }));
  cluster.answer("b", Uint8Array.of(6, 0xc0));
  cluster.answer("c", Uint8Array.of(8, 0x84));
  cluster.answer("d", new Uint8Array(0));
  const report = reportOf(cluster);
  strictEqual(report.error, "4/4 nodes reported failure");
  strictEqual(report.numErr, 4);
  strictEqual(report.messages.get("a"), "requested key is not in the keyring");
  strictEqual(report.messages.get("b"), "Invalid key query response type: 6");
  strictEqual(report.messages.get("c")?.startsWith("Failed to decode key query response: "), true);
  strictEqual(report.messages.get("d"), "Invalid key query response type: none");
});

Deno.test("KeyManager counts how many members have each key, and as the primary", () => {
  const cluster = build(3);
  cluster.manager.run("list", undefined, {}, cluster.done);
  cluster.answer("a", encode({ keys: ["k1", "k2"], primaryKey: "k1" }));
  cluster.answer("b", encode({ keys: ["k2"], primaryKey: "k2", message: "shortened" }));
  cluster.answer("c", encode({ keys: ["k1"] }));
  const report = reportOf(cluster);
  deepStrictEqual(report.keys, new Map([["k1", 2], ["k2", 2]]));
  deepStrictEqual(report.primaryKeys, new Map([["k1", 1], ["k2", 1]]));
  // A remark is no failure.
  deepStrictEqual([report.error, report.messages], [undefined, new Map([["b", "shortened"]])]);
});

Deno.test("KeyManager fails outright if nobody can be asked", () => {
  const reports: Result<KeyReport>[] = [];
  const manager = new KeyManager(new TestNode(), () => failure("Serf was shut down"));
  manager.run("list", undefined, {}, (report) => reports.push(report));
  deepStrictEqual(reports, [failure("Serf was shut down")]);
});
