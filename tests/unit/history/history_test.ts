import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Cursor } from "../../../src/history/cursor.ts";
import { type Gap, History, maxSegments, type Page } from "../../../src/history/history.ts";
import type { HistoryRecord } from "../../../src/history/record.ts";
import { MemoryStore, type SegmentStore } from "../../../src/history/segment_store.ts";

const epochs = ["1111111111111111", "2222222222222222", "3333333333333333"] as const;

/** A machine whose disk outlives its runs, and a clock that a test sets. */
class Machine {
  time = 1000;
  store: SegmentStore = new MemoryStore();
  #runs = 0;

  run(options: { maxSize?: number; maxAge?: number; epoch?: string } = {}): History {
    return new History({
      store: this.store,
      epoch: epochs[this.#runs++] ?? "",
      wallTime: () => this.time,
      maxSize: 1 << 20,
      maxAge: Infinity,
      ...options,
    });
  }
}

function fill(history: History, count: number): void {
  for (let i = 0; i < count; i++) history.append({ kind: "user", name: `e${i}` });
}

/** Reads all that follows, a few entries at a time. */
function readAll(history: History, since: Cursor, limit = 7): (HistoryRecord | Gap)[] {
  const all: (HistoryRecord | Gap)[] = [];
  for (let cursor = since;;) {
    const page = history.read(cursor, limit);
    if (page.entries.length === 0) return all;
    // A gap comes together with the record behind it.
    ok(page.entries.length <= limit + 1);
    all.push(...contentsOf(page));
    cursor = page.cursor;
  }
}

function contentsOf({ entries }: Page): (HistoryRecord | Gap)[] {
  return entries.map(({ content }) => content);
}

/** What a reader sees, in short: numbers of records, and reasons of gaps. */
function outline(entries: readonly (HistoryRecord | Gap)[]): (number | string)[] {
  return entries.map((entry) => "seq" in entry ? Number(entry.seq) : String(entry.reason));
}

Deno.test("History gives what was put down, in order, with numbers and times", () => {
  const machine = new Machine();
  const history = machine.run();
  history.append({ kind: "member-failed", members: [{ name: "a", tags: { role: "web" } }] });
  machine.time = 900;
  history.append({ kind: "user", name: "deploy", payload: undefined });
  deepStrictEqual(contentsOf(history.read(history.start, 10)), [
    { seq: 1, at: 1000, kind: "member-failed", members: [{ name: "a", tags: { role: "web" } }] },
    { seq: 2, at: 900, kind: "user", name: "deploy" },
  ]);
  deepStrictEqual(history.cursor, { epoch: epochs[0], seq: 2 });
  deepStrictEqual(history.read(history.cursor, 10), { entries: [], cursor: history.cursor });
});

Deno.test("History goes on behind any cursor, in pages of any size", () => {
  const history = new Machine().run({ maxSize: 64 * 1024 });
  fill(history, 100);
  for (const seq of [0, 1, 42, 99, 100]) {
    const expected = Array.from({ length: 100 - seq }, (_, i) => seq + 1 + i);
    for (const limit of [1, 7, 1000]) {
      deepStrictEqual(outline(readAll(history, { epoch: epochs[0], seq }, limit)), expected);
    }
  }
});

Deno.test("History is as large as allowed, and says how much went", () => {
  const machine = new Machine();
  const history = machine.run({ maxSize: 16 * 1024 });
  fill(history, 1000);
  const { numbers } = machine.store;
  ok(numbers.length > 8 && numbers.length <= 17);
  ok(numbers.reduce((sum, number) => sum + machine.store.sizeOf(number), 0) <= 16 * 1024);
  const [gap, ...records] = readAll(history, { epoch: epochs[0], seq: 10 });
  const { seq: first } = history.start;
  deepStrictEqual(gap, { kind: "gap", reason: "trimmed", lost: first - 10 });
  deepStrictEqual(outline(records), Array.from({ length: 1000 - first }, (_, i) => first + 1 + i));
});

Deno.test("History forgets what is too old, a segment at a time", () => {
  const machine = new Machine();
  const history = machine.run({ maxSize: 16 * 1024, maxAge: 5000 });
  fill(history, 30);
  machine.time += 3000;
  fill(history, 30);
  strictEqual(history.start.seq, 0);
  machine.time += 3000;
  fill(history, 1);
  ok(history.start.seq > 0 && history.start.seq <= 30);
});

Deno.test("History tells of the runs before, with a gap between them", () => {
  const machine = new Machine();
  fill(machine.run(), 3);
  machine.time = 5000;
  fill(machine.run(), 2);
  const history = machine.run();
  const cursor = { epoch: epochs[0], seq: 2 };
  deepStrictEqual(outline(readAll(history, cursor)), [3, "not-running", 1, 2]);
  machine.time = 9000;
  fill(history, 1);
  const entries = readAll(history, cursor);
  deepStrictEqual(outline(entries), [3, "not-running", 1, 2, "not-running", 1]);
  deepStrictEqual(entries[1], { kind: "gap", reason: "not-running", from: 1000, to: 5000 });
  deepStrictEqual(outline(readAll(history, { epoch: epochs[1], seq: 2 })), ["not-running", 1]);
});

Deno.test("History gives all that it has behind a cursor that it does not know", () => {
  const machine = new Machine();
  fill(machine.run(), 2);
  const history = machine.run();
  fill(history, 1);
  const all = ["unknown-epoch", 1, 2, "not-running", 1];
  deepStrictEqual(outline(readAll(history, { epoch: "0123456789abcdef", seq: 7 })), all);
  deepStrictEqual(outline(readAll(history, { epoch: epochs[1], seq: 9 })), all);
});

Deno.test("History says where lines are damaged or missing", () => {
  const machine = new Machine();
  fill(machine.run(), 6);
  const { store } = machine;
  const lines = [...store.read(1)];
  lines[2] = lines[2]!.replace("e1", "e7");
  lines.splice(4, 1);
  machine.store = {
    numbers: [1],
    create: (number) => store.create(number),
    read: () => lines,
    readFirst: () => lines[0],
    sizeOf: () => 0,
    remove: () => {},
  };
  const history = machine.run();
  const entries = readAll(history, history.start);
  deepStrictEqual(outline(entries), [1, "damaged", 3, "damaged", 5, 6]);
  deepStrictEqual(outline(readAll(history, history.start, 2)), outline(entries));
  deepStrictEqual(entries[1], { kind: "gap", reason: "damaged", lost: 1, from: 1000, to: 1000 });
});

Deno.test("History drops segments whose head it does not understand", () => {
  const machine = new Machine();
  machine.store.create(1).append("no head");
  machine.store.create(2).append('{"history":2,"epoch":"x","first":1,"at":1,"crc":"00000000"}');
  machine.run();
  deepStrictEqual(machine.store.numbers, []);
});

Deno.test("History tells listeners of each new record until they have enough", () => {
  const history = new Machine().run();
  let calls = 0;
  const stop = history.onAppend(() => calls++);
  fill(history, 2);
  stop();
  fill(history, 1);
  strictEqual(calls, 2);
});

Deno.test("History begins at a time, and tells of a trimmed one", () => {
  const machine = new Machine();
  const history = machine.run({ maxSize: 16 * 1024 });
  deepStrictEqual(history.placeAt(0), history.cursor);
  for (machine.time = 1; machine.time <= 20; machine.time++) fill(history, 1);
  strictEqual(history.placeAt(0).seq, 0);
  strictEqual(history.placeAt(1).seq, 0);
  strictEqual(history.placeAt(7).seq, 6);
  strictEqual(history.placeAt(1000).seq, 20);
  fill(history, 1000);
  const [gap] = readAll(history, history.placeAt(3));
  strictEqual((gap as Gap).reason, "trimmed");
});

Deno.test("History ends a page where it is long enough", () => {
  const history = new Machine().run({ maxSize: 1 << 24 });
  for (let i = 0; i < 5; i++) history.append({ kind: "user", payload: "x".repeat(100_000) });
  strictEqual(history.read(history.start, 100).entries.length, 3);
});

Deno.test("History keeps small segments of many runs, but not of any number", () => {
  const machine = new Machine();
  const runs = maxSegments + 10;
  for (let run = 0; run < runs; run++) {
    const epoch = run.toString(16).padStart(16, "0");
    fill(machine.run({ epoch }), 2);
  }
  const history = machine.run();
  const expected = Array.from({ length: maxSegments }, () => ["not-running", 1, 2]).flat().slice(1);
  deepStrictEqual(outline(readAll(history, history.start)), expected);
});

Deno.test("History says of all that is missing in damaged files that it is", () => {
  let random = 1;
  const below = (limit: number) => (random = random * 48271 % 0x7fffffff) % limit;
  for (let trial = 0; trial < 300; trial++) {
    const machine = new Machine();
    fill(machine.run(), 40);
    const lines = [...machine.store.read(1)];
    for (let i = 0; i < 5; i++) {
      const at = 1 + below(lines.length - 1);
      const line = lines[at]!;
      const cut = below(line.length);
      const damage = below(4);
      if (damage === 0) lines.splice(at, 1);
      else if (damage === 1) lines[at] = line.slice(0, cut);
      else if (damage === 2) lines.splice(at, 0, line);
      else lines[at] = `${line.slice(0, cut)}\0${line.slice(cut + 1)}`;
    }
    const store = new MemoryStore();
    const journal = store.create(1);
    for (const line of lines) journal.append(line);
    machine.store = store;
    const history = machine.run();
    let last = 0;
    let lost = 0;
    for (const entry of readAll(history, history.start, 1 + below(9))) {
      if ("seq" in entry) {
        strictEqual(Number(entry.seq), last + lost + 1);
        [last, lost] = [Number(entry.seq), 0];
      } else {
        strictEqual(entry.reason, "damaged");
        lost = entry.lost ?? 0;
      }
    }
  }
});
