import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { pingInterval, Reconnector } from "../../../../src/serf/members/reconnector.ts";
import { BookUnderTest, reportedMember } from "../../../support/serf_parts.ts";

/** Chance that always draws `uniform`, and the lowest integer. */
function build(uniform: number, isStaying = true) {
  const parts = new BookUnderTest({}, { uniform: () => uniform, below: () => 0, fill: () => {} });
  parts.current = isStaying ? "alive" : "leaving";
  const { exchanges, pings } = parts.memberlist;
  const tried = () => parts.memberlist.tried;
  return { exchanges, parts, pings, tried, reconnector: new Reconnector(parts, parts.book) };
}

function join(parts: BookUnderTest, ...names: string[]): void {
  for (const name of names) parts.book.memberJoined(reportedMember(name));
}

Deno.test("Reconnector tries a failed member on every interval", () => {
  const { parts, tried, reconnector } = build(0);
  join(parts, "foo");
  reconnector.start();
  parts.clock.advance(30_000);
  deepStrictEqual(tried(), []);
  parts.book.memberLeft(reportedMember("foo"));
  parts.clock.advance(60_000);
  deepStrictEqual(tried(), ["10.0.0.102:7946", "10.0.0.102:7946"]);
  strictEqual(parts.log.lines.at(-1), "info attempting reconnect to foo 10.0.0.102:7946");
  reconnector.stop();
  strictEqual(parts.clock.pending, 0);
});

Deno.test("Reconnector.attempt() is as likely as the share of failed among living members", () => {
  for (const [uniform, attempts] of [[0.5, 1], [0.51, 0]] as const) {
    const { exchanges, parts, reconnector } = build(uniform);
    join(parts, "a", "b");
    parts.book.memberLeft(reportedMember("a"));
    reconnector.attempt();
    strictEqual(exchanges.length, attempts, `draw ${uniform}`);
  }
});

Deno.test("Reconnector.attempt() lets those who left go in peace, unless the node is alone", () => {
  const { parts, tried, reconnector } = build(0);
  join(parts, "a", "b");
  parts.intents.receiveLeave({ node: "a", ltime: 2, prune: false });
  parts.book.memberLeft(reportedMember("a"));
  reconnector.attempt();
  deepStrictEqual(tried(), []);

  parts.intents.receiveLeave({ node: "b", ltime: 3, prune: false });
  parts.book.memberLeft(reportedMember("b"));
  reconnector.attempt();
  deepStrictEqual(tried(), ["10.0.0.97:7946"]);
});

Deno.test("Reconnector of a node that leaves tries nobody, itself included", () => {
  const { parts, pings, tried, reconnector } = build(0, false);
  join(parts, "a", "b");
  parts.book.memberLeft(reportedMember("a"));
  parts.intents.receiveLeave({ node: "b", ltime: 3, prune: false });
  parts.book.memberLeft(reportedMember("b"));
  reconnector.attempt();
  reconnector.ping();
  deepStrictEqual([...tried(), ...pings], []);
});

Deno.test("Reconnector pings a failed member every second, and turns to it when it answers", () => {
  const { exchanges, parts, pings, reconnector, tried } = build(0);
  join(parts, "foo");
  reconnector.start();
  parts.clock.advance(5000);
  strictEqual(pings.length, 0);
  parts.book.memberLeft(reportedMember("foo"));
  parts.clock.advance(3 * pingInterval);
  deepStrictEqual(pings.map(({ to }) => to), new Array(3).fill("foo 10.0.0.102:7946"));
  deepStrictEqual(tried(), []);

  pings[0]!.answered();
  deepStrictEqual(tried(), ["10.0.0.102:7946"]);
  parts.book.memberJoined(reportedMember("foo"));
  pings[1]!.answered();
  strictEqual(exchanges.length, 1);
  reconnector.stop();
});

Deno.test("Reconnector.ping() leaves those who left in peace, and asks chance", () => {
  const unlucky = build(0.51);
  join(unlucky.parts, "a", "b");
  unlucky.parts.book.memberLeft(reportedMember("a"));
  unlucky.reconnector.ping();
  deepStrictEqual(unlucky.pings, []);

  const lucky = build(0);
  join(lucky.parts, "a", "b");
  lucky.parts.intents.receiveLeave({ node: "a", ltime: 2, prune: false });
  lucky.parts.book.memberLeft(reportedMember("a"));
  lucky.reconnector.ping();
  deepStrictEqual(lucky.pings, []);
});

Deno.test("Reconnector starts in a phase of its own", () => {
  const { exchanges, parts, reconnector, tried } = build(0.5);
  join(parts, "foo");
  parts.book.memberLeft(reportedMember("foo"));
  reconnector.start();
  parts.clock.advance(14_999);
  deepStrictEqual(tried(), []);
  parts.clock.advance(1);
  strictEqual(exchanges.length, 1);
  reconnector.stop();
});
