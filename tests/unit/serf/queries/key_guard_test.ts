import { deepStrictEqual } from "node:assert/strict";
import { done, failure, type Result } from "../../../../src/ports/result.ts";
import { KeyGuard, maxWaitingKeyQueries } from "../../../../src/serf/queries/key_guard.ts";

function build() {
  const exchanges: ((result: Result<void>) => void)[] = [];
  const verdicts: string[] = [];
  const guard = new KeyGuard((finished) => exchanges.push(finished));
  const judge = (ltime: number) =>
    guard.judge(ltime, (isOfNow) => verdicts.push(`${ltime} ${isOfNow}`));
  return { exchanges, guard, judge, verdicts };
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
  exchanges[0]!(done);
  deepStrictEqual(verdicts, ["3 false", "9 true"]);
});

Deno.test("KeyGuard.judge() refuses if nobody could be asked, and asks again for the next", () => {
  const { exchanges, judge, verdicts } = build();
  judge(3);
  exchanges[0]!(failure("there is no other member"));
  deepStrictEqual(verdicts, ["3 false"]);
  judge(4);
  deepStrictEqual(exchanges.length, 2);
});

Deno.test("KeyGuard.judge() lets no more than so many wait", () => {
  const { judge, verdicts } = build();
  for (let ltime = 1; ltime <= maxWaitingKeyQueries; ltime++) judge(ltime);
  deepStrictEqual(verdicts, []);
  judge(99);
  deepStrictEqual(verdicts, ["99 false"]);
});
