import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { formatAddress } from "../../../../src/ports/address.ts";
import { done, failure } from "../../../../src/ports/result.ts";
import { rejoin } from "../../../../src/serf/members/rejoin.ts";
import { SimRandom } from "../../../../src/sim/sim_random.ts";
import { TestNode } from "../../../support/test_node.ts";

const previous = new Map([
  ["self", "10.0.0.1:7946"],
  ["a", "10.0.0.2:7946"],
  ["b", "[::5]:7946"],
  ["c", "10.0.0.4:7946"],
]);

function run(nodes: Map<string, string>, seed: number, answers: (tried: number) => boolean) {
  const node = new TestNode({}, new SimRandom(seed));
  const tried: string[] = [];
  node.memberlist.exchange = (address, finish) => {
    tried.push(formatAddress(address));
    finish(answers(tried.length) ? done : failure("refused"));
  };
  rejoin(nodes, node);
  return { log: node.log, tried };
}

Deno.test("rejoin() stops at the first node that answers", () => {
  const { log, tried } = run(previous, 1, (count) => count === 2);
  strictEqual(tried.length, 2);
  strictEqual(log.lines.length, 3);
  strictEqual(log.lines[0]!.startsWith("info Attempting re-join to previously known node: "), true);
  strictEqual(log.lines[2]!.startsWith("info Re-joined to previously known node: "), true);
});

Deno.test("rejoin() tries everybody but ourselves, and says if nobody answers", () => {
  const { log, tried } = run(previous, 1, () => false);
  deepStrictEqual(tried.toSorted(), ["10.0.0.2:7946", "10.0.0.4:7946", "[::5]:7946"]);
  strictEqual(log.lines.at(-1), "warn Failed to re-join any previously known node");
});

Deno.test("rejoin() begins with a random node", () => {
  const first = new Set<string>();
  for (let seed = 0; seed < 40; seed++) first.add(run(previous, seed, () => true).tried[0]!);
  strictEqual(first.size, 3);
});

Deno.test("rejoin() passes over an address it cannot read", () => {
  const { tried, log } = run(new Map([["a", "nonsense"]]), 1, () => true);
  deepStrictEqual(tried, []);
  strictEqual(log.lines.at(-1), "warn Failed to re-join any previously known node");
});

Deno.test("rejoin() does nothing without a past", () => {
  deepStrictEqual(run(new Map(), 1, () => true).log.lines, []);
});
