import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { MsgpackReader } from "../../../../src/bytes/msgpack_reader.ts";
import { complete, itemsPerSlice, type Steps } from "../../../../src/bytes/steps.ts";
import { keepingTime, LocalState } from "../../../../src/memberlist/exchange/local_state.ts";
import { SimRandom } from "../../../../src/sim/sim_random.ts";
import { readFullState } from "../../../../src/wire/full_state.ts";
import { aliveClaim, MemberlistParts } from "../../../support/memberlist_parts.ts";

const crowdSize = 20 * itemsPerSlice;

function build(members = 3) {
  const parts = new MemberlistParts();
  for (let i = 0; i < members; i++) parts.membership.alive(claim(i, 1));
  parts.delegate.state = Uint8Array.of(1);
  return { parts, state: new LocalState(parts) };
}

function claim(i: number, incarnation: number) {
  return aliveClaim(`m${i}`, incarnation, { ip: Uint8Array.of(10, 1, i >> 8, i & 0xff) });
}

function namesIn(content: Uint8Array): string[] {
  return complete(readFullState(new MsgpackReader(content, 1))).nodes.map(({ name }) => name);
}

/** Takes steps of several pieces of work in turn until all are done. */
function together<T>(...works: Steps<T>[]): T[] {
  const results: T[] = [];
  for (let done = 0; done < works.length;) {
    for (const [i, work] of works.entries()) {
      if (i in results) continue;
      const step = work.next();
      if (!step.done) continue;
      results[i] = step.value;
      done++;
    }
  }
  return results;
}

Deno.test("LocalState.encoded() is one for all until something changes, for a while", () => {
  const { parts, state } = build();
  const first = complete(state.encoded(true));
  strictEqual(complete(state.encoded(true)), first);
  const syncing = complete(state.encoded(false));
  notStrictEqual(syncing, first);
  strictEqual(complete(state.encoded(false)), syncing);
  parts.clock.advance(keepingTime);
  notStrictEqual(complete(state.encoded(true)), first);
});

Deno.test("LocalState.encoded() is never older than the last change of anything it tells", () => {
  const { parts, state } = build(20);
  const { clock, delegate, membership, roster } = parts;
  const random = new SimRandom(7);
  const seen = new Set<Uint8Array>();
  for (let i = 0; i < 2000; i++) {
    const at = random.below(24);
    const incarnation = 1 + random.below(1 + i / 100);
    const node = random.below(20) === 0 ? "self" : `m${at}`;
    switch (random.below(9)) {
      case 0:
        membership.alive(claim(at, incarnation));
        break;
      case 1:
        membership.alive({ ...claim(at, incarnation), meta: Uint8Array.of(random.below(3)) });
        break;
      case 2:
        membership.alive({ ...claim(at, incarnation), ip: Uint8Array.of(10, 2, 0, at) });
        break;
      case 3:
        membership.suspect({ node, incarnation, from: "m1" });
        break;
      case 4:
        membership.dead({ node, incarnation, from: random.below(2) ? "m1" : node });
        break;
      case 5:
        clock.advance(random.below(2000));
        break;
      case 6:
        if (random.below(10) === 0) {
          parts.membership.bury(roster.purgeAndShuffle(clock.now() - 9000));
        }
        break;
      case 7:
        membership.alive({ ...claim(at, incarnation), versions: Uint8Array.of(1, 5, 2, 2, 5, at) });
        break;
      default:
        if (random.below(4) === 0) delegate.state = Uint8Array.of(random.below(9));
    }
    const { content, counts } = complete(state.encoded(false));
    const anew = complete(new LocalState(parts).encoded(false));
    const told = ({ content }: { content: Uint8Array }) => {
      const { nodes, userState } = complete(readFullState(new MsgpackReader(content, 1)));
      return [nodes.toSorted((a, b) => a.name < b.name ? -1 : 1), userState];
    };
    deepStrictEqual(told({ content }), told(anew), `step ${i}`);
    deepStrictEqual(counts, anew.counts);
    seen.add(content);
  }
  ok(seen.size > 300 && seen.size < 2000, `${seen.size} different states`);
});

Deno.test("LocalState.encoded() is made once for all who wait, and anew for who came later", () => {
  const { parts, state } = build(crowdSize);
  const [a, b] = [state.encoded(true), state.encoded(true)];
  for (const steps of [a, b]) strictEqual(steps.next().value, "shared");
  parts.membership.alive(aliveClaim("latecomer", 1));
  const c = state.encoded(true);
  strictEqual(c.next().value, "shared");
  const [forA, forB, forC] = together(a, b, c);
  strictEqual(forA, forB);
  notStrictEqual(forA, forC);
  ok(!namesIn(forA!.content).includes("latecomer"));
  ok(namesIn(forC!.content).includes("latecomer"));
});

Deno.test("LocalState.encoded() goes on whoever of those who wait has gone, and stops with the last", () => {
  const { state } = build(crowdSize);
  const [a, b] = [state.encoded(true), state.encoded(true)];
  let steps = 0;
  for (; steps < 3; steps++) a.next();
  b.next();
  a.return(undefined as never);
  while (!b.next().done) steps++;
  ok(steps <= [...build(crowdSize).state.encoded(true)].length, "It began anew");

  const c = state.encoded(false);
  c.next();
  c.return(undefined as never);
  const d = state.encoded(false);
  let pauses = 0;
  while (!d.next().done) pauses++;
  strictEqual(pauses, [...build(crowdSize).state.encoded(false)].length);
});
