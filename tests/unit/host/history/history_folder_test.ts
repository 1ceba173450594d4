import { deepStrictEqual, match, strictEqual, throws } from "node:assert/strict";
import { History } from "../../../../src/history/history.ts";
import { HistoryFolder } from "../../../../src/host/history/history_folder.ts";
import { RecordingLog, RecordingMeter } from "../../../support/recorders.ts";

/** A folder, and the runs of an agent on it. */
class Desk implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "serf-history-" });
  readonly log = new RecordingLog();
  readonly meter = new RecordingMeter();
  #runs = 0;
  #open: HistoryFolder | undefined;

  run(): History {
    this.#open?.close();
    this.#open = new HistoryFolder(this.folder, this.log, this.meter);
    return new History({
      store: this.#open,
      epoch: String(++this.#runs).padStart(16, "0"),
      wallTime: () => 1000,
      maxSize: 64 * 1024,
      maxAge: Infinity,
    });
  }

  get files(): string[] {
    return Array.from(Deno.readDirSync(this.folder), ({ name }) => name).sort();
  }

  [Symbol.dispose](): void {
    this.#open?.close();
    Deno.removeSync(this.folder, { recursive: true });
  }
}

function fill(history: History, count: number): void {
  for (let i = 0; i < count; i++) history.append({ kind: "user", name: `e${i}` });
}

/** Reads all from a place: numbers of records, and reasons of gaps. */
function outline(history: History, since = history.start): (number | string)[] {
  const all: (number | string)[] = [];
  for (let cursor = since;;) {
    const page = history.read(cursor, 50);
    if (page.entries.length === 0) return all;
    all.push(
      ...page.entries.map(({ content }) =>
        "seq" in content ? Number(content.seq) : String(content.reason)
      ),
    );
    cursor = page.cursor;
  }
}

const upTo = (count: number, first = 1) =>
  Array.from({ length: count - first + 1 }, (_, i) => first + i);

Deno.test("HistoryFolder keeps a history over a restart, for its owner alone", () => {
  using desk = new Desk();
  fill(desk.run(), 100);
  const history = desk.run();
  fill(history, 3);
  deepStrictEqual(outline(history), [...upTo(100), "not-running", ...upTo(3)]);
  for (const name of desk.files) {
    strictEqual((Deno.statSync(`${desk.folder}/${name}`).mode ?? 0) & 0o077, 0, name);
  }
});

Deno.test("HistoryFolder stays as large as the history may be", () => {
  using desk = new Desk();
  const history = desk.run();
  fill(history, 3000);
  const size = desk.files.reduce(
    (sum, name) => sum + Deno.statSync(`${desk.folder}/${name}`).size,
    0,
  );
  strictEqual(size <= 64 * 1024, true, String(size));
  deepStrictEqual(outline(history), upTo(3000, history.start.seq + 1));
});

Deno.test("HistoryFolder loses the last records only to a torn end", () => {
  using desk = new Desk();
  fill(desk.run(), 5);
  desk.run();
  const file = `${desk.folder}/history-0000000001.jsonl`;
  Deno.truncateSync(file, Deno.statSync(file).size - 10);
  const history = desk.run();
  fill(history, 1);
  deepStrictEqual(outline(history), [...upTo(4), "not-running", 1]);
});

Deno.test("HistoryFolder is for one agent at a time", () => {
  using desk = new Desk();
  desk.run();
  throws(() => new HistoryFolder(desk.folder, desk.log, desk.meter), {
    message: "another agent is using it",
  });
});

Deno.test("HistoryFolder that cannot be written any more is reported and stops nobody", () => {
  using desk = new Desk();
  const history = desk.run();
  fill(history, 20);
  // A folder stands where the next segment is to be.
  Deno.mkdirSync(`${desk.folder}/history-0000000002.jsonl`);
  fill(history, 60);
  match(desk.log.lines.join("\n"), /Failed to write history .*: is a directory/);
  const missing = outline(history).filter((entry) => typeof entry === "string");
  strictEqual(missing.length <= 1, true);
  strictEqual(outline(history).at(-1), 80);
});

Deno.test("HistoryFolder says what is wrong with its place", () => {
  using desk = new Desk();
  Deno.writeTextFileSync(`${desk.folder}/file`, "");
  throws(() => new HistoryFolder(`${desk.folder}/file`, desk.log, desk.meter));
});
