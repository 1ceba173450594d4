import { JournalFile } from "../../src/host/journal_file.ts";
import { silentLog, silentMeter } from "../../src/ports/silence.ts";
import { SimJournal } from "../../src/sim/sim_journal.ts";
import { MemoryJournal } from "../support/memory_journal.ts";
import { testJournal } from "./journal_contract.ts";

testJournal("JournalFile", () => {
  const folder = Deno.makeTempDirSync({ prefix: "serf-journal-" });
  let journal: JournalFile | undefined;
  return {
    open: () => journal = new JournalFile(`${folder}/snapshot`, silentLog, silentMeter),
    close: () => journal?.close(),
    dispose() {
      journal?.close();
      Deno.removeSync(folder, { recursive: true });
    },
  };
});

testJournal("SimJournal", () => {
  const journal = new SimJournal();
  return {
    open() {
      journal.reopen();
      return journal;
    },
    close() {},
    dispose() {},
  };
});

testJournal("MemoryJournal", () => {
  let journal = new MemoryJournal();
  return {
    open: () => journal = new MemoryJournal(journal.content),
    close() {},
    dispose() {},
  };
});
