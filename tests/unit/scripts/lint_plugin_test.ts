import { deepStrictEqual, ok } from "node:assert/strict";
import plugin, { wingsOf } from "../../../scripts/lint_plugin.ts";

/** Lints `source` as if it stood at `src/<path>` and returns the complaints. */
function lint(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, `/project/src/${path}`, source)
    .map((diagnostic) => diagnostic.message);
}

Deno.test("lint rule layers lets a folder import only what lies below it", () => {
  deepStrictEqual(lint("serf/a.ts", 'import { b } from "../memberlist/b.ts";'), []);
  deepStrictEqual(lint("serf/a.ts", 'import type { b } from "../host/b.ts";'), [
    "src/serf may not import src/host",
  ]);
  deepStrictEqual(lint("rpc/a.ts", 'export { b } from "../serf/b.ts";'), [
    "src/rpc may not import src/serf",
  ]);
  deepStrictEqual(lint("bytes/a.ts", 'import { assert } from "../assert.ts";'), []);
});

Deno.test("lint rule layers keeps packages out of the core, save for those it names", () => {
  deepStrictEqual(lint("wire/a.ts", 'import packet from "dns-packet";'), [
    'The core has no dependencies: "dns-packet"',
  ]);
  deepStrictEqual(lint("bytes/aes_gcm.ts", 'import "node:crypto";'), []);
  deepStrictEqual(lint("agent/a.ts", 'import packet from "dns-packet";'), []);
});

Deno.test("lint rule pure-core forbids time, chance and waiting, but not as property names", () => {
  deepStrictEqual(lint("memberlist/a.ts", "export const t = Date.now();"), [
    'The core may not name "Date"',
  ]);
  deepStrictEqual(lint("sim/a.ts", "export const r = Math.random();"), [
    'The core may not name "Math.random"',
  ]);
  deepStrictEqual(lint("serf/a.ts", "export async function f(x) { await x; }"), [
    "The core never waits",
  ]);
  deepStrictEqual(lint("serf/a.ts", "export const v = x.performance + { crypto: 1 }.crypto;"), []);
  deepStrictEqual(lint("host/a.ts", "export const t = Date.now();"), []);
});

Deno.test("lint rule layers lets a wing import what its folder's table names, and never the hub", () => {
  deepStrictEqual(
    lint("memberlist/detection/a.ts", 'import { b } from "../packets/b.ts"; import "../c.ts";'),
    [],
  );
  deepStrictEqual(lint("memberlist/packets/a.ts", 'import { b } from "../detection/b.ts";'), [
    "src/memberlist/packets may not import src/memberlist/detection",
  ]);
  deepStrictEqual(lint("memberlist/packets/a.ts", 'import { b } from "../memberlist_core.ts";'), [
    "src/memberlist/packets may not import memberlist/memberlist_core.ts",
  ]);
  deepStrictEqual(lint("memberlist/member.ts", 'import { b } from "./packets/b.ts";'), [
    "src/memberlist may not import src/memberlist/packets",
  ]);
  deepStrictEqual(lint("memberlist/packet_receiver.ts", 'import "./packets/b.ts";'), []);
});

Deno.test("lint rule layers' table of wings has no circle", () => {
  for (const { wings } of Object.values(wingsOf)) {
    const below = (wing: string, path: string[]): void => {
      ok(!path.includes(wing), [...path, wing].join(" -> "));
      for (const next of wings[wing]!) below(next, [...path, wing]);
    };
    for (const wing of Object.keys(wings)) below(wing, []);
  }
});

/** Source text of a number of lines: its first, calls, and its last. */
function long(head: string, lines: number, end = "}"): string {
  return [head, ...Array(lines - 2).fill("  step();"), end].join("\n");
}

Deno.test("lint rule function-length names functions, methods and constructors over 70 lines", () => {
  deepStrictEqual(lint("rpc/a.ts", long("function a() {", 70)), []);
  deepStrictEqual(lint("rpc/a.ts", long("function a() {", 71)), ["a has 71 lines, at most 70 fit"]);
  deepStrictEqual(lint("rpc/a.ts", `class A {\n${long("constructor() {", 80)}\n}`), [
    "constructor has 80 lines, at most 70 fit",
  ]);
  deepStrictEqual(lint("rpc/a.ts", `class A {\n${long("async #b(\nc) {", 71)}\n}`), [
    "#b has 72 lines, at most 70 fit",
  ]);
  deepStrictEqual(lint("rpc/a.ts", long("const a = () => {", 71, "};")), [
    "a has 71 lines, at most 70 fit",
  ]);
  deepStrictEqual(lint("rpc/a.ts", long("run(() => {", 71, "});")), [
    "A function has 71 lines, at most 70 fit",
  ]);
});
