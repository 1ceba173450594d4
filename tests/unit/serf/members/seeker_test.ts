import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { done, failure, type Result } from "../../../../src/ports/result.ts";
import { maxLostMembers, Seeker } from "../../../../src/serf/members/seeker.ts";
import { BookUnderTest, reportedMember } from "../../../support/serf_parts.ts";

const minute = 60_000;

function build(memberCount = 3) {
  const parts = new BookUnderTest({ lostTimeout: 24 * 60 * minute });
  const { book, clock, memberlist } = parts;
  for (let i = 1; i < memberCount; i++) book.memberJoined(reportedMember(`m${i}`));
  const tries: { readonly at: number; readonly host: string }[] = [];
  const givenUp: string[] = [];
  const world = { answer: failure("connection refused") as Result<void> };
  memberlist.exchange = (address, finished) => {
    tries.push({ at: clock.now() - 1000, host: address.host });
    clock.after(10, () => finished(world.answer));
  };
  const seeker = new Seeker(parts, book, { forget: (name) => givenUp.push(name) });
  const add = (name: string, host = "10.0.0.9") => seeker.add(name, { host, port: 7946 });
  return { book, clock, tries, givenUp, world, seeker, add };
}

Deno.test("Seeker tries a lost member ever more seldom, and gives up in the end", () => {
  const { clock, tries, givenUp, seeker, add } = build();
  add("a");
  clock.advance(60 * minute);
  const pauses = tries.map(({ at }, i) => at - (tries[i - 1]?.at ?? 0));
  ok(pauses[0]! >= 15_000 && pauses[0]! <= 45_000);
  ok(pauses[1]! >= 30_000 && pauses[1]! <= 91_000);
  for (const pause of pauses) ok(pause <= 15 * minute + 1000);
  ok(tries.length >= 6 && tries.length <= 14, `${tries.length} tries in an hour`);

  clock.advance(25 * 60 * minute);
  deepStrictEqual([givenUp, seeker.size, clock.pending], [["a"], 0, 0]);
});

Deno.test("Seeker rests once a member answered, or is known again", () => {
  const { book, clock, tries, world, seeker, add } = build();
  world.answer = done;
  add("a");
  clock.advance(60 * minute);
  strictEqual(tries.length, 1);
  strictEqual(seeker.size, 0);

  add("b");
  book.memberJoined(reportedMember("b"));
  clock.advance(60 * minute);
  strictEqual(tries.length, 1);
  strictEqual(seeker.size, 0);
});

Deno.test("Seeker.drop() ends the search for one, and stop() for all", () => {
  const { clock, tries, givenUp, seeker, add } = build();
  add("a", "10.0.0.1");
  add("b", "10.0.0.2");
  seeker.drop("a");
  clock.advance(minute);
  deepStrictEqual(new Set(tries.map(({ host }) => host)), new Set(["10.0.0.2"]));
  seeker.stop();
  add("c");
  const before = tries.length;
  clock.advance(60 * minute);
  deepStrictEqual([tries.length, givenUp, clock.pending], [before, ["a"], 0]);
});

Deno.test("Seeker shares the work with the members of a large cluster", () => {
  const { clock, tries, add } = build(160);
  add("a");
  clock.advance(150_000);
  strictEqual(tries.length, 0);
  clock.advance(300_000);
  strictEqual(tries.length, 1);
});

Deno.test("Seeker looks for a limited number of members", () => {
  const { givenUp, seeker, add } = build();
  for (let i = 0; i <= maxLostMembers; i++) add(`node-${i}`);
  strictEqual(seeker.size, maxLostMembers);
  deepStrictEqual(givenUp, ["node-0"]);
});
