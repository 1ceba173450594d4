/**
 * Every recorded case of the reference program, run against this one: the
 * command line and the agent must print the same and exit the same, but for the
 * differences that `tests/transcripts/differences.json` lists.
 *
 * Each case has a network of its own, so that several run at a time; where that
 * cannot be had they take turns on the machine's loopback addresses, and the few
 * that need more are left out, visibly.
 */

import { ok, strictEqual } from "node:assert/strict";
import {
  allPlays,
  differences,
  isIsolated,
  obstacle,
  perform,
  transcripts,
} from "../support/transcripts.ts";
import { compareText } from "../support/transcripts/comparison.ts";

/** How many cases run at a time. Most of their time is waiting. */
const places = isIsolated ? 8 : 1;

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

const recordedRun = `==> Starting Serf agent...

    <TIME> [INFO] agent: Serf agent starting
    <TIME> [INFO] serf: EventMemberJoin: a 127.0.0.1
    <TIME> [INFO] serf: EventMemberJoin: b 127.0.0.2
    <TIME> [INFO] agent.ipc: Accepted client: 127.0.0.1:<PORT>
    <TIME> [INFO] agent: Received event: member-join
==> Caught signal: interrupt
    <TIME> [INFO] agent: shutdown complete
`;

/** Compares a run that differs from the recorded one by an edit. */
function compareEdited(edit: (lines: string[]) => void): string | undefined {
  const printed = recordedRun.replaceAll("<TIME>", "2026/11/23 04:51:38").replace(
    "<PORT>",
    "50000",
  );
  const lines = printed.split("\n");
  edit(lines);
  return compareText(recordedRun, lines.join("\n"), {
    order: "exact",
    racyLines: [],
    isTable: false,
    hasFreeFields: false,
  });
}

Deno.test("Transcripts are compared with each part's lines in order, whichever part is quicker", () => {
  strictEqual(compareEdited(() => {}), undefined);
  // The agent's client comes between the members, the event before all of them.
  strictEqual(compareEdited((lines) => lines.splice(4, 0, ...lines.splice(5, 1))), undefined);
  strictEqual(compareEdited((lines) => lines.splice(3, 0, ...lines.splice(6, 1))), undefined);
  // An event that is due at the end may still be told.
  strictEqual(
    compareEdited((lines) => {
      lines.splice(8, 0, "    2026/11/23 04:51:39 [INFO] agent: Received event: member-leave");
    }),
    undefined,
  );
});

Deno.test("Transcripts that differ in more than that are told apart", () => {
  const edits: ((lines: string[]) => void)[] = [
    (lines) => lines.splice(3, 1),
    (lines) => lines.splice(6, 1),
    (lines) => lines.splice(3, 0, ...lines.splice(4, 1)),
    (lines) => lines.splice(5, 0, lines[5] ?? ""),
    (lines) => lines.splice(0, 1),
    (lines) => lines[4] = (lines[4] ?? "").replace("INFO", "WARN"),
    (lines) => lines.splice(5, 0, ...lines.splice(8, 1)),
    (lines) => lines.splice(1, 0, "==> Another status"),
  ];
  for (const [index, edit] of edits.entries()) ok(compareEdited(edit), `edit ${index}`);
});
