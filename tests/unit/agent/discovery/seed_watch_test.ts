import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import {
  firstPause,
  longestPause,
  watchSeeds,
} from "../../../../src/agent/discovery/seed_watch.ts";
import type { Address } from "../../../../src/ports/address.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";
import { makeMember } from "../../../support/fake_agent.ts";
import { settle } from "../../../support/memory_connection.ts";
import { RecordingLog } from "../../../support/recorders.ts";

const here: Address = { host: "10.0.0.1", port: 7946 };
const there: Address = { host: "10.0.0.2", port: 7946 };

function setUp(seeds: readonly string[]) {
  const clock = new SimClock();
  const log = new RecordingLog();
  const stopping = new AbortController();
  const world = {
    live: [here, there] as Address[],
    names: new Map([["seed.example", [there.host]]]),
    answers: false,
  };
  const joins: { readonly at: number; readonly seed: string }[] = [];
  const ended = watchSeeds({
    config: { startJoin: seeds, retryJoin: seeds, replayOnJoin: false },
    agent: {
      self: { ...makeMember("self"), address: here },
      members: () => world.live.map((address) => ({ ...makeMember("m"), address })),
      join([seed = ""]) {
        joins.push({ at: clock.now(), seed });
        return world.answers ? Promise.resolve(1) : Promise.reject(new Error("connection refused"));
      },
    },
    clock,
    log,
    lookUp(host) {
      const found = world.names.get(host);
      return found ? Promise.resolve(found) : Promise.reject(new Error("no such host"));
    },
    signal: stopping.signal,
  });
  /** Lets time pass, second by second where something may happen in between. */
  const pass = async (duration: number) => {
    for (let passed = 0; passed < duration; passed += firstPause) {
      clock.advance(firstPause);
      await settle();
    }
  };
  return { clock, log, stopping, world, joins, ended, pass };
}

Deno.test("watchSeeds() leaves seeds in peace that live members stand for", async () => {
  const { joins, stopping, ended, pass, clock } = setUp(["seed.example", "10.0.0.1:7946"]);
  await settle();
  await pass(20 * firstPause);
  deepStrictEqual(joins, []);
  stopping.abort();
  await ended;
  strictEqual(clock.pending, 0);
});

Deno.test("watchSeeds() tries a missing seed again for ever, ever more seldom", async () => {
  const { joins, log, world, stopping, ended, pass } = setUp(["seed.example"]);
  await settle();
  world.live = [here];
  await pass(100 * firstPause);
  const pauses = joins.map(({ at }, i) => at - (joins[i - 1]?.at ?? 0));
  deepStrictEqual(pauses.slice(0, 4), [1, 2, 4, 8].map((times) => times * firstPause));
  for (const pause of pauses.slice(5)) strictEqual(pause, longestPause);
  ok(joins.length >= 9);
  match(
    log.lines[0]!,
    /^warn Nobody at seed\.example to join, trying again within 15m0s: connection/,
  );
  stopping.abort();
  await ended;
});

Deno.test("watchSeeds() follows a name to where it leads now", async () => {
  const { joins, log, world, stopping, ended, pass } = setUp(["seed.example"]);
  await settle();
  world.names.delete("seed.example");
  await pass(firstPause);
  strictEqual(joins.length, 1);

  world.names.set("seed.example", ["10.0.0.9"]);
  world.answers = true;
  await pass(2 * firstPause);
  strictEqual(joins.length, 2);
  strictEqual(log.lines.at(-1), "info Joined seed.example again: no live member was known there");

  world.live = [here, { host: "10.0.0.9", port: 7946 }];
  await pass(20 * firstPause);
  strictEqual(joins.length, 2);
  stopping.abort();
  await ended;
});
