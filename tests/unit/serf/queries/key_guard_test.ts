import { deepStrictEqual } from "node:assert/strict";
import { done, failure } from "../../../../src/ports/result.ts";
import { KeyGuard, maxWaitingKeyQueries } from "../../../../src/serf/queries/key_guard.ts";
import { reportedMember } from "../../../support/serf_parts.ts";
import { TestNode } from "../../../support/test_node.ts";

function build() {
  const node = new TestNode();
  node.memberlist.peers = [reportedMember("self"), reportedMember("peer")];
  const { exchanges } = node.memberlist;
  const verdicts: string[] = [];
  const guard = new KeyGuard(node);
  const judge = (ltime: number) =>
    guard.judge(ltime, (isOfNow) => verdicts.push(`${ltime} ${isOfNow}`));
  return { exchanges, guard, judge, memberlist: node.memberlist, verdicts };
}

Deno.test("KeyGuard.judge() lets pass what is of now, and the last query of before", () => {
  const { exchanges, guard, judge, verdicts } = build();
  guard.learn(10);
  for (const ltime of [1, 8, 9, 10, 11]) judge(ltime);
  // What is learned later is no news: others may lag behind.
  guard.learn(20);
  judge(12);
  deepStrictEqual(verdicts, ["1 false", "8 false", "9 true", "10 true", "11 true", "12 true"]);
  deepStrictEqual(exchanges, []);
});

Deno.test("KeyGuard.judge() asks a member first if this node never did, once for all that wait", () => {
  const { exchanges, guard, judge, verdicts } = build();
  judge(3);
  judge(9);
  deepStrictEqual([verdicts, exchanges.length], [[], 1]);
  guard.learn(10);
  exchanges[0]!.done(done);
  deepStrictEqual(verdicts, ["3 false", "9 true"]);
});

Deno.test("KeyGuard.judge() refuses if nobody could be asked, and asks again for the next", () => {
  const { exchanges, judge, memberlist, verdicts } = build();
  judge(3);
  exchanges[0]!.done(failure("connection refused"));
  deepStrictEqual(verdicts, ["3 false"]);
  judge(4);
  deepStrictEqual(memberlist.tried, new Array(2).fill("10.0.0.112:7946"));
  exchanges[1]!.done(failure("connection refused"));
  memberlist.peers = [reportedMember("self")];
  judge(5);
  deepStrictEqual([exchanges.length, verdicts.at(-1)], [2, "5 false"]);
});

Deno.test("KeyGuard.judge() bounds how many wait", () => {
  const { judge, verdicts } = build();
  for (let ltime = 1; ltime <= maxWaitingKeyQueries; ltime++) judge(ltime);
  deepStrictEqual(verdicts, []);
  judge(99);
  deepStrictEqual(verdicts, ["99 false"]);
});
