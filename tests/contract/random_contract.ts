/** What every `Random` promises, whoever provides it. */

import { deepStrictEqual, notDeepStrictEqual, ok } from "node:assert/strict";
import type { Random } from "../../src/ports/random.ts";

const draws = 20_000;

/** Registers the suite for one kind of chance. */
export function testRandom(kind: string, random: Random): void {
  Deno.test(`${kind} draws numbers from 0 up to, but not including, 1`, () => {
    let sum = 0;
    for (let i = 0; i < draws; i++) {
      const number = random.uniform();
      ok(number >= 0 && number < 1, `drew ${number}`);
      sum += number;
    }
    // Ten standard deviations off: never by chance.
    ok(Math.abs(sum / draws - 0.5) < 10 * Math.sqrt(1 / 12 / draws), `mean ${sum / draws}`);
  });

  Deno.test(`${kind} draws every integer below the limit, and none other`, () => {
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < draws; i++) {
      const number = random.below(7);
      ok(Number.isInteger(number) && number >= 0 && number < 7, `drew ${number}`);
      counts[number] = counts[number]! + 1;
    }
    ok(counts.every((count) => Math.abs(count - draws / 7) < draws / 14), counts.join());
  });

  Deno.test(`${kind} has no choice below 1`, () => {
    for (let i = 0; i < 100; i++) deepStrictEqual(random.below(1), 0);
  });

  Deno.test(`${kind} fills bytes, all of them and nothing else`, () => {
    const whole = new Uint8Array(300);
    const seen = new Set<number>();
    for (let i = 0; i < 50; i++) {
      random.fill(whole.subarray(10, 290));
      deepStrictEqual(whole.subarray(0, 10), new Uint8Array(10));
      deepStrictEqual(whole.subarray(290), new Uint8Array(10));
      for (const byte of whole.subarray(10, 290)) seen.add(byte);
    }
    deepStrictEqual(seen.size, 256);
  });

  Deno.test(`${kind} gives no nonce twice`, () => {
    const [one, other] = [new Uint8Array(12), new Uint8Array(12)];
    random.fill(one);
    random.fill(other);
    notDeepStrictEqual(one, other);
    random.fill(new Uint8Array(0));
  });
}
