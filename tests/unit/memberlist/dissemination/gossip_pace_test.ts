import { ok, strictEqual } from "node:assert/strict";
import { GossipPace } from "../../../../src/memberlist/dissemination/gossip_pace.ts";
import { gossipTuning } from "../../../../src/memberlist/gossip_tuning.ts";

const { backupPatience, backupShare, bucketRounds, repairIntervals, reservedRounds, roundGap } =
  gossipTuning;
/** What repairs may use. */
const savedRounds = bucketRounds - reservedRounds;

const settings = { gossipInterval: 200, gossipNodes: 3, packetSize: 1400, gossipTuning };
const nothing = { length: 0, bytes: 0, unsent: 0, sentAlongTree: 0, awaited: 0 };
const fresh = { length: 1, bytes: 100, unsent: 1, sentAlongTree: 0, awaited: 0 };
const told = { ...fresh, unsent: 0 };

Deno.test("GossipPace.nextRound() is at once for news, and never for none", () => {
  const pace = new GossipPace(settings);
  ok(pace.nextRound(fresh) <= 0);
  strictEqual(pace.nextRound(nothing), Infinity);
  strictEqual(new GossipPace({ ...settings, gossipInterval: 0 }).nextRound(fresh), Infinity);
});

Deno.test("GossipPace.nextRound() keeps a gap after a round, and waits longer with what was told", () => {
  const pace = new GossipPace(settings);
  pace.noteRound(1000, 3);
  strictEqual(pace.nextRound(fresh), 1000 + roundGap);
  strictEqual(pace.nextRound(told), 1000 + repairIntervals * 200);
  strictEqual(pace.nextRound({ ...told, awaited: 1 }), 1200);
  strictEqual(pace.nextRound({ ...told, bytes: 1400 }), 1000 + roundGap);
});

Deno.test("GossipPace never spends more packets than rounds at every interval would", () => {
  const pace = new GossipPace(settings);
  let packets = 0;
  for (let now = 0; now < 60_000;) {
    now = Math.max(now, pace.nextRound(fresh));
    pace.noteRound(now, 3);
    packets += 3;
    const allowed = 3 * (now / 200 + bucketRounds);
    ok(packets <= allowed + 1e-6, `${packets} > ${allowed} at ${now}`);
  }
  ok(packets >= 3 * 60_000 / 200, String(packets));
});

Deno.test("GossipPace lets others wait for what a tree was told, from the first message on", () => {
  const pace = new GossipPace(settings);
  const sentAlongTree = { ...told, sentAlongTree: 1 };
  pace.noteRound(1000, 1, true);
  strictEqual(pace.nextRound(sentAlongTree), 1000 + backupShare * 200);
  pace.noteRound(1005, 1, true);
  strictEqual(pace.nextRound(sentAlongTree), 1000 + backupShare * 200);
  pace.noteRound(1050, 3);
  pace.noteRound(1100, 1, true);
  strictEqual(pace.nextRound(sentAlongTree), 1100 + backupShare * 200);
});

Deno.test("GossipPace borrows for what nobody was told, and repairs when that is paid back", () => {
  const pace = new GossipPace(settings);
  for (let i = 0; i < savedRounds + reservedRounds / 2; i++) pace.noteRound(1000, 3, true);
  strictEqual(pace.nextRound(fresh), 1000 + roundGap);
  strictEqual(pace.nextRound(told), 1000 + (reservedRounds / 2 + 1) * 200);
  strictEqual(pace.nextRound({ ...told, sentAlongTree: 1 }), 1000 + backupPatience * 200);
  for (let i = 0; i < reservedRounds / 2; i++) pace.noteRound(1000, 3, true);
  strictEqual(pace.nextRound(fresh), 1000 + 200);
});

Deno.test("GossipPace lets packets that are full pass, at the gap of rounds", () => {
  const pace = new GossipPace(settings);
  for (let i = 0; i < 2 * bucketRounds; i++) pace.noteRound(1000, 3);
  ok(pace.nextRound(fresh) > 1000 + 200);
  strictEqual(pace.nextRound({ ...fresh, bytes: 1400 }), 1000 + roundGap);
});

Deno.test("GossipPace saves up only so much while nothing happens", () => {
  const pace = new GossipPace(settings);
  pace.noteRound(0, 3);
  let now = 3_600_000;
  let taken = 0;
  for (; pace.nextRound(fresh) <= now; now += roundGap) {
    pace.noteRound(now, 3);
    taken++;
  }
  const rounds = bucketRounds;
  // The gaps themselves earn a little.
  ok(taken >= rounds && taken <= rounds * (1 + roundGap / 200) + 1, String(taken));
});
