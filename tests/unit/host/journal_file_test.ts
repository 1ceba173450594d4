import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { decodeText } from "../../../src/bytes/text.ts";
import { JournalFile } from "../../../src/host/journal_file.ts";
import { RecordingLog, RecordingMeter } from "../../support/recorders.ts";

/** A folder for one test, and journals in it. */
class Desk implements Disposable {
  readonly folder = Deno.makeTempDirSync();
  readonly path = `${this.folder}/serf.snapshot`;
  readonly log = new RecordingLog();
  readonly meter = new RecordingMeter();
  readonly #open: JournalFile[] = [];

  open(): JournalFile {
    const journal = new JournalFile(this.path, this.log, this.meter);
    this.#open.push(journal);
    return journal;
  }

  read(): string {
    return Deno.readTextFileSync(this.path);
  }

  [Symbol.dispose](): void {
    for (const journal of this.#open) journal.close();
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** Puts the runtime's timers under the test's hand: `run` is the passing of time. */
class HeldTimers implements Disposable {
  readonly #set = globalThis.setTimeout;
  readonly #clear = globalThis.clearTimeout;
  readonly #waiting = new Map<number, { action: () => void; delay: number }>();
  #ids = 0;

  constructor() {
    const hold = (action: () => void, delay = 0): number => {
      this.#waiting.set(++this.#ids, { action, delay });
      return this.#ids;
    };
    Object.assign(globalThis, {
      setTimeout: hold,
      clearTimeout: (id: number) => this.#waiting.delete(id),
    });
  }

  /** The delays of what waits. */
  get delays(): number[] {
    return Array.from(this.#waiting.values(), ({ delay }) => delay);
  }

  run(): void {
    const due = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { action } of due) action();
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, { setTimeout: this.#set, clearTimeout: this.#clear });
  }
}

Deno.test("new JournalFile() creates a file that others may read", () => {
  using desk = new Desk();
  const journal = desk.open();
  deepStrictEqual(journal.lines, []);
  strictEqual(journal.size, 0);
  const { mode, size } = Deno.statSync(desk.path);
  strictEqual(mode! & 0o777, 0o644 & ~Deno.umask());
  strictEqual(size, 0);
});

Deno.test("new JournalFile() finds the lines of an earlier life", () => {
  using desk = new Desk();
  const first = desk.open();
  first.append("alive: a 127.0.0.1:7946");
  first.append("");
  first.append("clock: 3");
  first.close();
  strictEqual(desk.read(), "alive: a 127.0.0.1:7946\n\nclock: 3\n");

  const second = desk.open();
  deepStrictEqual(second.lines, ["alive: a 127.0.0.1:7946", "", "clock: 3"]);
  strictEqual(second.size, desk.read().length);
  second.append("leave");
  second.close();
  deepStrictEqual(desk.open().lines, ["alive: a 127.0.0.1:7946", "", "clock: 3", "leave"]);
});

Deno.test("new JournalFile() cuts off a torn last line, whatever is in it", () => {
  for (const tail of ["alive: c 127.0", "\0".repeat(4096), "\xff\xfe"]) {
    using desk = new Desk();
    Deno.writeTextFileSync(desk.path, `clock: 1\nclock: 2\n${tail}`);
    const journal = desk.open();
    deepStrictEqual(journal.lines, ["clock: 1", "clock: 2"]);
    strictEqual(journal.size, 18);
    journal.append("clock: 3");
    journal.close();
    strictEqual(desk.read(), "clock: 1\nclock: 2\nclock: 3\n");
  }
});

Deno.test("new JournalFile() takes a file without any line end for empty", () => {
  using desk = new Desk();
  Deno.writeTextFileSync(desk.path, "garbage");
  const journal = desk.open();
  deepStrictEqual(journal.lines, []);
  strictEqual(journal.size, 0);
  strictEqual(desk.read(), "");
});

Deno.test("new JournalFile() leaves garbage between lines alone: it costs only itself", () => {
  using desk = new Desk();
  Deno.writeTextFileSync(desk.path, "clock: 1\n\0\0\0clock: 2\nclock: 3\r\n");
  deepStrictEqual(desk.open().lines, ["clock: 1", "\0\0\0clock: 2", "clock: 3\r"]);
});

Deno.test("new JournalFile() fails where there is no place for a file", () => {
  using desk = new Desk();
  Deno.mkdirSync(desk.path);
  throws(() => desk.open(), /[Dd]irectory/);
});

Deno.test("JournalFile keeps names that are no UTF-8, byte for byte", () => {
  using desk = new Desk();
  const bytes = Uint8Array.of(0x61, 0xff, 0xc3, 0xa9, 0x0a);
  Deno.writeFileSync(desk.path, bytes);
  const first = desk.open();
  strictEqual(first.lines[0], decodeText(bytes.subarray(0, 4)));
  first.append(first.lines[0]!);
  strictEqual(first.size, 10);
  first.close();
  deepStrictEqual(Deno.readFileSync(desk.path), Uint8Array.of(...bytes, ...bytes));
});

Deno.test("JournalFile.append() writes after half a second at most", () => {
  using timers = new HeldTimers();
  using desk = new Desk();
  const journal = desk.open();
  journal.append("clock: 1");
  journal.append("clock: 2");
  strictEqual(desk.read(), "");
  strictEqual(journal.size, 18);
  deepStrictEqual(timers.delays, [500]);
  timers.run();
  strictEqual(desk.read(), "clock: 1\nclock: 2\n");
  deepStrictEqual(timers.delays, []);
});

Deno.test("JournalFile.append() writes at once what is more than a page", () => {
  using timers = new HeldTimers();
  using desk = new Desk();
  const journal = desk.open();
  const line = "x".repeat(99);
  for (let i = 0; i < 40; i++) journal.append(line);
  strictEqual(desk.read(), "");
  journal.append(line);
  strictEqual(desk.read().length, 4100);
  deepStrictEqual(timers.delays, []);
});

Deno.test("JournalFile.flush() writes what waits, but does not press a disk that refuses", () => {
  using timers = new HeldTimers();
  using desk = new Desk();
  using disk = new SmallDisk(Infinity);
  const journal = desk.open();
  journal.flush();
  journal.append("clock: 1");
  journal.flush();
  strictEqual(desk.read(), "clock: 1\n");
  deepStrictEqual(timers.delays, []);

  disk.room = 0;
  for (let i = 2; i < 9; i++) {
    journal.append(`clock: ${i}`);
    journal.flush();
  }
  strictEqual(desk.meter.counters.get("serf.snapshot.errors"), 1);
  deepStrictEqual(timers.delays, [5000]);
});

Deno.test("JournalFile has one owner at a time, also after it was written anew", () => {
  using desk = new Desk();
  const journal = desk.open();
  const refusal = { message: "another agent is using it" };
  throws(() => desk.open(), refusal);
  journal.append("clock: 1");
  journal.replace(["clock: 2"]);
  throws(() => desk.open(), refusal);
  journal.close();
  deepStrictEqual(desk.open().lines, ["clock: 2"]);
});

Deno.test("JournalFile appends behind what somebody else wrote, and overwrites nothing", () => {
  using desk = new Desk();
  const journal = desk.open();
  for (const file of ["first", "anew"]) {
    journal.append(`# ${file}`);
    journal.flush();
    Deno.writeTextFileSync(desk.path, "# by a program that takes no lock\n", { append: true });
    journal.append("clock: 1");
    journal.flush();
    strictEqual(desk.read(), `# ${file}\n# by a program that takes no lock\nclock: 1\n`);
    journal.replace([]);
  }
});

Deno.test("new JournalFile() removes the copy that a crash left", () => {
  using desk = new Desk();
  Deno.writeTextFileSync(`${desk.path}.compact`, "clock: 9\n");
  desk.open();
  deepStrictEqual([...Deno.readDirSync(desk.folder)].map(({ name }) => name), ["serf.snapshot"]);
});

Deno.test("JournalFile.replace() writes through no link that somebody laid", () => {
  using desk = new Desk();
  const journal = desk.open();
  Deno.writeTextFileSync(`${desk.folder}/victim`, "precious");
  Deno.symlinkSync("victim", `${desk.path}.compact`);
  journal.replace(["clock: 1"]);
  strictEqual(Deno.readTextFileSync(`${desk.folder}/victim`), "precious");
  strictEqual(desk.read(), "clock: 1\n");
});

Deno.test("JournalFile.sync() writes what waits", () => {
  using timers = new HeldTimers();
  using desk = new Desk();
  const journal = desk.open();
  journal.append("leave");
  journal.sync();
  strictEqual(desk.read(), "leave\n");
  deepStrictEqual(timers.delays, []);
});

Deno.test("JournalFile.close() writes what waits, and ends the journal", () => {
  using desk = new Desk();
  const journal = desk.open();
  journal.append("leave");
  journal.close();
  journal.append("clock: 9");
  journal.replace([]);
  journal.sync();
  journal.close();
  strictEqual(desk.read(), "leave\n");
});

Deno.test("JournalFile.replace() changes everything at once, and goes on behind it", () => {
  using desk = new Desk();
  const journal = desk.open();
  for (let i = 0; i < 100; i++) journal.append(`clock: ${i}`);
  journal.replace(["alive: a 127.0.0.1:1", "clock: 99"]);
  strictEqual(desk.read(), "alive: a 127.0.0.1:1\nclock: 99\n");
  strictEqual(journal.size, desk.read().length);
  journal.append("clock: 100");
  journal.close();
  strictEqual(desk.read(), "alive: a 127.0.0.1:1\nclock: 99\nclock: 100\n");
  deepStrictEqual([...Deno.readDirSync(desk.folder)].map(({ name }) => name), ["serf.snapshot"]);
});

Deno.test("JournalFile.replace() leaves an old copy by a crash no say", () => {
  using desk = new Desk();
  Deno.writeTextFileSync(`${desk.path}.compact`, "x".repeat(1000));
  const journal = desk.open();
  deepStrictEqual(journal.lines, []);
  journal.replace(["clock: 1"]);
  strictEqual(desk.read(), "clock: 1\n");
});

Deno.test("JournalFile.replace() that fails costs nothing, and is counted and logged", () => {
  using desk = new Desk();
  // Nothing can be written where a folder stands.
  Deno.mkdirSync(`${desk.path}.compact`);
  const journal = desk.open();
  journal.append("clock: 1");
  journal.replace(["clock: 7"]);
  journal.append("clock: 2");
  journal.sync();
  strictEqual(desk.read(), "clock: 1\nclock: 2\n");
  strictEqual(desk.meter.counters.get("serf.snapshot.errors"), 1);
  ok(desk.log.lines[0]!.startsWith(`error Failed to compact snapshot ${desk.path}: `));

  Deno.removeSync(`${desk.path}.compact`);
  journal.replace(["clock: 7"]);
  strictEqual(desk.read(), "clock: 7\n");
});

Deno.test("JournalFile.replace() that fails late leaves no copy behind", () => {
  using desk = new Desk();
  const journal = desk.open();
  Deno.removeSync(desk.path);
  Deno.mkdirSync(desk.path);
  journal.replace(["clock: 1"]);
  strictEqual(desk.meter.counters.get("serf.snapshot.errors"), 1);
  deepStrictEqual([...Deno.readDirSync(desk.folder)].map(({ name }) => name), ["serf.snapshot"]);
});

/** A journal on a disk that is full, until it is written anew beside it. */
function openOnFullDisk(desk: Desk): JournalFile {
  Deno.symlinkSync("/dev/full", desk.path);
  return desk.open();
}

Deno.test("JournalFile on a full disk complains once, counts, and tries again later", () => {
  using timers = new HeldTimers();
  using desk = new Desk();
  const journal = openOnFullDisk(desk);
  journal.append("clock: 1");
  timers.run();
  deepStrictEqual(timers.delays, [5000]);
  journal.append("clock: 2");
  deepStrictEqual(timers.delays, [5000]);
  timers.run();
  strictEqual(desk.meter.counters.get("serf.snapshot.errors"), 2);
  strictEqual(desk.log.lines.length, 1);
  ok(desk.log.lines[0]!.startsWith(`error Failed to write snapshot ${desk.path}: `));
});

Deno.test("JournalFile on a full disk does not try with every line", () => {
  using timers = new HeldTimers();
  using desk = new Desk();
  const journal = openOnFullDisk(desk);
  for (let i = 0; i < 500; i++) journal.append("x".repeat(100));
  strictEqual(desk.meter.counters.get("serf.snapshot.errors"), 1);
  deepStrictEqual(timers.delays, [5000]);
});

Deno.test("JournalFile keeps a limited number of lines for a full disk", () => {
  using _timers = new HeldTimers();
  using desk = new Desk();
  const journal = openOnFullDisk(desk);
  const line = "x".repeat((1 << 16) - 1);
  for (let i = 0; i < 40; i++) journal.append(line);
  // What was lost counts, so that whoever keeps the journal writes it anew.
  strictEqual(journal.size, 40 << 16);
  journal.replace(["clock: 1"]);
  strictEqual(journal.size, 9);
  journal.append("clock: 2");
  journal.sync();
  strictEqual(desk.read(), "clock: 1\nclock: 2\n");
});

/** A disk with so many bytes of room left. */
class SmallDisk implements Disposable {
  readonly #write = Deno.FsFile.prototype.writeSync;
  room: number;

  constructor(room: number) {
    this.room = room;
    const limited = (file: Deno.FsFile, bytes: Uint8Array): number => {
      if (this.room === 0) throw new Error("No space left on device (os error 28)");
      const written = this.#write.call(file, bytes.subarray(0, this.room));
      this.room -= written;
      return written;
    };
    Deno.FsFile.prototype.writeSync = function (bytes) {
      return limited(this, bytes);
    };
  }

  [Symbol.dispose](): void {
    Deno.FsFile.prototype.writeSync = this.#write;
  }
}

Deno.test("JournalFile leaves no gap: after lost lines it waits to be written anew", () => {
  using timers = new HeldTimers();
  using desk = new Desk();
  using disk = new SmallDisk(0);
  const journal = desk.open();
  const line = "x".repeat((1 << 16) - 1);
  for (let i = 0; i < 17; i++) journal.append(line);
  disk.room = Infinity;
  timers.run();
  strictEqual(desk.read(), `${line}\n`.repeat(16));
  journal.append("clock: 1");
  journal.sync();
  strictEqual(desk.read(), `${line}\n`.repeat(16));
  journal.replace(["clock: 2"]);
  journal.append("clock: 3");
  journal.sync();
  strictEqual(desk.read(), "clock: 2\nclock: 3\n");
});

Deno.test("JournalFile writes what was kept once the disk has room, in order", () => {
  using timers = new HeldTimers();
  using desk = new Desk();
  using disk = new SmallDisk(9 + 5);
  const journal = desk.open();
  journal.append("clock: 1");
  journal.sync();
  journal.append("clock: 2");
  timers.run();
  // The half that was written is taken back.
  strictEqual(desk.read(), "clock: 1\n");
  disk.room = 1000;
  journal.append("clock: 3");
  timers.run();
  strictEqual(desk.read(), "clock: 1\nclock: 2\nclock: 3\n");
  ok(desk.log.has("no space left on device; what happens now may be forgotten"));
});

Deno.test("new JournalFile() of a file too large reads its newest lines, and keeps it", () => {
  using desk = new Desk();
  const file = Deno.openSync(desk.path, { write: true, create: true });
  file.truncateSync(65 << 20);
  file.seekSync(0, Deno.SeekMode.End);
  file.writeSync(new TextEncoder().encode("lost its beginning\nclock: 1\nclock: 2\ntorn"));
  file.close();
  const journal = desk.open();
  deepStrictEqual(journal.lines, ["clock: 1", "clock: 2"]);
  strictEqual(journal.size, (65 << 20) + 37);
  journal.append("clock: 3");
  journal.close();
  const { size } = Deno.statSync(desk.path);
  strictEqual(size, (65 << 20) + 46);
});
