import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { SimJournal } from "../../../src/sim/sim_journal.ts";

Deno.test("SimJournal.reopen() finds what earlier lives wrote", () => {
  const journal = new SimJournal();
  journal.append("alive: é 10.0.0.1:7946");
  deepStrictEqual(journal.lines, []);
  strictEqual(journal.size, 24);
  journal.reopen();
  deepStrictEqual(journal.lines, ["alive: é 10.0.0.1:7946"]);
  journal.replace(["clock: 1"]);
  deepStrictEqual([journal.content, journal.size], [["clock: 1"], 9]);
});

Deno.test("SimJournal.crash() loses the last lines, but none that were synced", () => {
  const journal = new SimJournal();
  for (const line of ["a", "b", "c"]) journal.append(line);
  journal.crash(1);
  deepStrictEqual([journal.content, journal.size], [["a", "b"], 4]);
  journal.sync();
  journal.append("d");
  journal.crash(9);
  deepStrictEqual([journal.content, journal.size], [["a", "b"], 4]);
});
