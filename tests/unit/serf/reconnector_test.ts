import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { formatAddress } from "../../../src/ports/address.ts";
import { Reconnector } from "../../../src/serf/reconnector.ts";
import { BookUnderTest, reportedMember } from "../../support/serf_parts.ts";

/** Chance that always draws `uniform`, and the lowest integer. */
function build(uniform: number) {
  const parts = new BookUnderTest();
  const tried: string[] = [];
  const reconnector = new Reconnector({
    clock: parts.clock,
    random: { uniform: () => uniform, below: () => 0, fill: () => {} },
    log: parts.log,
    interval: 30_000,
    book: parts.book,
    exchange: (address) => tried.push(formatAddress(address)),
  });
  return { parts, tried, reconnector };
}

function join(parts: BookUnderTest, ...names: string[]): void {
  for (const name of names) parts.book.memberJoined(reportedMember(name));
}

Deno.test("Reconnector tries a failed member on every interval", () => {
  const { parts, tried, reconnector } = build(0);
  join(parts, "foo");
  reconnector.start();
  parts.clock.advance(30_000);
  deepStrictEqual(tried, []);
  parts.book.memberLeft(reportedMember("foo"));
  parts.clock.advance(60_000);
  deepStrictEqual(tried, ["10.0.0.102:7946", "10.0.0.102:7946"]);
  strictEqual(parts.log.lines.at(-1), "info attempting reconnect to foo 10.0.0.102:7946");
  reconnector.stop();
  strictEqual(parts.clock.pending, 0);
});

Deno.test("Reconnector.attempt() is as likely as the share of failed among living members", () => {
  for (const [uniform, attempts] of [[0.5, 1], [0.51, 0]] as const) {
    const { parts, tried, reconnector } = build(uniform);
    join(parts, "a", "b");
    parts.book.memberLeft(reportedMember("a"));
    reconnector.attempt();
    strictEqual(tried.length, attempts, `draw ${uniform}`);
  }
});

Deno.test("Reconnector.attempt() lets those who left go in peace, unless the node is alone", () => {
  const { parts, tried, reconnector } = build(0);
  join(parts, "a", "b");
  parts.intents.receiveLeave({ node: "a", ltime: 2, prune: false });
  parts.book.memberLeft(reportedMember("a"));
  reconnector.attempt();
  deepStrictEqual(tried, []);

  parts.intents.receiveLeave({ node: "b", ltime: 3, prune: false });
  parts.book.memberLeft(reportedMember("b"));
  reconnector.attempt();
  deepStrictEqual(tried, ["10.0.0.97:7946"]);
});
