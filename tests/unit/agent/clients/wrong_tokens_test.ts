import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  freeMistakes,
  hostOf,
  longestRefusal,
  rememberedHosts,
  WrongTokens,
} from "../../../../src/agent/clients/wrong_tokens.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";

Deno.test("WrongTokens.count() forgives some, then lets refusals come one a second", () => {
  const clock = new SimClock();
  const wrong = new WrongTokens(clock);
  const delays = Array.from({ length: freeMistakes + 3 }, () => wrong.count("a"));
  deepStrictEqual(delays, [...new Array(freeMistakes).fill(0), 1000, 2000, 3000]);
  strictEqual(wrong.count("b"), 0);
});

Deno.test("WrongTokens.count() forgets with time, and never asks for more than the longest wait", () => {
  const clock = new SimClock();
  const wrong = new WrongTokens(clock);
  for (let i = 0; i < 1000; i++) wrong.count("a");
  strictEqual(wrong.count("a"), longestRefusal);
  clock.advance(longestRefusal);
  strictEqual(wrong.count("a"), 1000);
  clock.advance(60_000);
  strictEqual(wrong.count("a"), 0);
});

Deno.test("WrongTokens.count() remembers a bounded number of hosts, the latest ones", () => {
  const wrong = new WrongTokens(new SimClock());
  for (let i = 0; i < freeMistakes; i++) wrong.count("old"), wrong.count("busy");
  for (let i = 0; i < rememberedHosts - 1; i++) {
    wrong.count(`host ${i}`);
    if (i === 0) wrong.count("busy");
  }
  strictEqual(wrong.count("old"), 0);
  strictEqual(wrong.count("busy") > 0, true);
});

Deno.test("hostOf() takes an IPv6 network for one host", () => {
  const tcp = (hostname: string) => hostOf({ transport: "tcp", hostname, port: 1 });
  strictEqual(tcp("2001:db8::1"), tcp("2001:db8::ffff:1"));
  strictEqual(tcp("2001:db8::1") === tcp("2001:db8:0:1::1"), false);
  strictEqual(tcp("10.0.0.1") === tcp("10.0.0.2"), false);
  strictEqual(tcp("::ffff:10.0.0.1"), tcp("10.0.0.1"));
  strictEqual(hostOf({ transport: "unix", path: "/s" }), "unix");
});
