/**
 * Every recorded case of the reference program, run against this one: the
 * command line and the agent must print the same and exit the same, but for the
 * differences that `tests/transcripts/differences.json` lists.
 *
 * Each case has a network of its own, so that several run at a time; where that
 * cannot be had they take turns on the machine's loopback addresses, and the few
 * that need more are left out, visibly.
 */

import {
  allPlays,
  differences,
  isIsolated,
  obstacle,
  perform,
  transcripts,
} from "../support/transcripts.ts";

/** How many cases run at a time. Most of their time is waiting. */
const places = isIsolated ? 6 : 1;

const sanitizers = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };

/** Lets a bounded number of tasks run at a time, in the order in which they asked. */
class Turnstile {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(places: number) {
    this.#free = places;
  }

  async run(task: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}

Deno.test({
  name: "Transcripts: the program does what the reference did",
  ...sanitizers,
  async fn(test) {
    const turnstile = new Turnstile(places);
    await Promise.all(
      allPlays().map((play) => {
        return turnstile.run(() =>
          perform(play.entries, async (id, run) => {
            const hindrance = obstacle(id);
            if (hindrance) console.warn(`Transcript ${id} is skipped: ${hindrance}`);
            await test.step({ name: id, ignore: hindrance !== undefined, ...sanitizers, fn: run });
          })
        );
      }),
    );
  },
});

Deno.test("Differences are listed for cases that exist, each with a reason", () => {
  for (const [id, { reason, ours }] of differences) {
    if (!transcripts.has(id)) throw new Error(`No such case: "${id}"`);
    if (reason === "" || Object.keys(ours).length === 0) throw new Error(`Incomplete: "${id}"`);
  }
});
