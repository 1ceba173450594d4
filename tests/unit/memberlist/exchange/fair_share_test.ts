import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { FairShare, type Leaver } from "../../../../src/memberlist/exchange/fair_share.ts";

function build(limit: number, leaver: Leaver) {
  const share = new FairShare(limit, leaver);
  const evicted: string[] = [];
  const enter = (host: string, name: string, amount = 1) =>
    share.enter(host, amount, () => evicted.push(name));
  return { enter, evicted, share };
}

Deno.test("FairShare lets the host with most make room, with its first or its last guest", () => {
  for (const [leaver, gone] of [["first", "f0"], ["last", "f2"]] as const) {
    const { enter, evicted, share } = build(4, leaver);
    enter("b", "b");
    for (const name of ["f0", "f1", "f2"]) enter("flood", name);
    deepStrictEqual(evicted, []);
    ok(enter("c", "c"));
    deepStrictEqual(evicted, [gone]);
    strictEqual(share.amount, 4);
  }
});

Deno.test("FairShare refuses who would be the last of the host with most", () => {
  const { enter, evicted, share } = build(2, "last");
  enter("flood", "f0");
  enter("flood", "f1");
  for (let i = 0; i < 10; i++) strictEqual(enter("flood", "f"), undefined);
  deepStrictEqual([evicted, share.amount], [[], 2]);
  ok(enter("b", "b"));
  deepStrictEqual(evicted, ["f1"]);
});

Deno.test("FairShare.grow() counts amounts, not guests, and makes room for one that grows", () => {
  const { enter, evicted, share } = build(100, "first");
  const heavy = enter("heavy", "heavy", 0)!;
  ok(share.grow(heavy, 60));
  const light = enter("light", "light", 30)!;
  ok(share.grow(light, 20));
  deepStrictEqual(evicted, ["heavy"]);
  strictEqual(share.grow(heavy, 1), false);
  share.leave(heavy);
  strictEqual(share.amount, 50);
});

Deno.test("FairShare takes one guest of any size, and gets everything back", () => {
  const { enter, share } = build(10, "last");
  const big = enter("a", "big", 1000);
  ok(big);
  share.leave(big);
  share.leave(big);
  strictEqual(share.amount, 0);
  ok(enter("b", "b", 10));
});
