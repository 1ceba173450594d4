import { strictEqual } from "node:assert/strict";
import { GrowthExchange } from "../../../../src/memberlist/exchange/growth_exchange.ts";
import { gossipTuning } from "../../../../src/memberlist/gossip_tuning.ts";
import { pushPullPause } from "../../../../src/memberlist/scaling.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";
import { SimRandom } from "../../../../src/sim/sim_random.ts";

const { growthIntervals, growthShare } = gossipTuning;
const gossipInterval = 200;

/** A node that counts its exchanges while somebody sets how many members are live. */
function watched(pushPullInterval = 30_000) {
  const clock = new SimClock();
  const live: string[] = [];
  const roster = { live } as unknown as ConstructorParameters<typeof GrowthExchange>[0]["roster"];
  const config = { gossipInterval, gossipTuning, pushPullInterval };
  const counts = { exchanges: 0 };
  const growth = new GrowthExchange(
    { clock, random: new SimRandom(1), config, roster },
    () => counts.exchanges++,
  );
  return {
    growth,
    clock,
    counts,
    grow: (members: number) => {
      live.length = members;
      growth.look();
    },
  };
}

/** The longest that it waits. */
const longest = (members: number) => 2 * pushPullPause(growthIntervals * gossipInterval, members);

Deno.test("GrowthExchange exchanges once after the cluster grew by a share, and not before", () => {
  const { growth, clock, counts, grow } = watched();
  grow(16);
  growth.noteExchange();
  clock.advance(longest(16));
  counts.exchanges = 0;
  grow(16 + 16 * growthShare);
  clock.advance(60_000);
  strictEqual(counts.exchanges, 0);

  grow(16 + 16 * growthShare + 1);
  clock.advance(growthIntervals * gossipInterval - 1);
  strictEqual(counts.exchanges, 0, "gossip has its time first");
  clock.advance(longest(19));
  strictEqual(counts.exchanges, 1);
  grow(19);
  clock.advance(60_000);
  strictEqual(counts.exchanges, 1);
});

Deno.test("GrowthExchange exchanges when one came that the join had not told of", () => {
  const { growth, clock, counts, grow } = watched();
  growth.noteJoin(100);
  grow(100);
  clock.advance(60_000);
  strictEqual(counts.exchanges, 0);
  grow(101);
  clock.advance(longest(101));
  strictEqual(counts.exchanges, 1);
});

Deno.test("GrowthExchange counts members that come back from the dead", () => {
  const { growth, clock, counts, grow } = watched();
  grow(20);
  growth.noteExchange();
  clock.advance(60_000);
  counts.exchanges = 0;
  grow(10);
  grow(20);
  clock.advance(longest(20));
  strictEqual(counts.exchanges, 1);
});

Deno.test("GrowthExchange keeps quiet where nothing is ever exchanged, or once stopped", () => {
  const never = watched(0);
  never.grow(50);
  never.clock.advance(60_000);
  strictEqual(never.counts.exchanges, 0);

  const { growth, clock, counts, grow } = watched();
  grow(50);
  growth.stop();
  clock.advance(60_000);
  strictEqual(counts.exchanges, 0);
});
