import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Suspicions } from "../../../../src/memberlist/membership/suspicions.ts";
import { MemberlistParts } from "../../../support/memberlist_parts.ts";

/** Countdowns of `b`, which is suspect already, and the members for whom one was over. */
function build() {
  const parts = new MemberlistParts();
  parts.addMembers("b");
  parts.membership.suspect({ node: "b", incarnation: 1, from: "c" });
  parts.membership.stop();
  const expired: string[] = [];
  const suspicions = new Suspicions(parts, ({ name }) => expired.push(name));
  suspicions.start(parts.member("b"), "c");
  return { ...parts, parts, expired, suspicions };
}

Deno.test("Suspicions.start() counts down to the end for a member that is still suspect", () => {
  const { clock, expired, log, suspicions } = build();
  ok(suspicions.get("b"));
  clock.advance(60_000);
  deepStrictEqual(expired, ["b"]);
  ok(log.has("info Marking b as failed, suspect timeout reached"));
});

Deno.test("Suspicions.start() lets nothing happen to a member that refuted meanwhile", () => {
  const { clock, expired, parts } = build();
  Object.assign(parts.member("b"), { state: "alive" });
  clock.advance(60_000);
  deepStrictEqual(expired, []);
});

Deno.test("Suspicions.end() and stop() cancel countdowns", () => {
  const one = build();
  one.suspicions.end("b");
  strictEqual(one.suspicions.get("b"), undefined);
  const all = build();
  all.suspicions.stop();
  for (const { clock, expired } of [one, all]) {
    clock.advance(60_000);
    deepStrictEqual(expired, []);
  }
});
