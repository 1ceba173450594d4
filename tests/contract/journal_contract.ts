/** What every `Journal` promises, whoever provides it. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { textLength } from "../../src/bytes/text.ts";
import type { Journal } from "../../src/ports/journal.ts";

/** A place where a journal is kept, to be opened again and again. */
export interface JournalsUnderTest {
  /** Opens the journal for a life of its owner. */
  open(): Journal;
  /** Ends that life in good order. */
  close(): void;
  /** Removes everything. */
  dispose(): void;
}

/** Registers the suite for one kind of journal. */
export function testJournal(kind: string, create: () => JournalsUnderTest): void {
  const test = (title: string, body: (subject: JournalsUnderTest) => void) => {
    Deno.test(`${kind} ${title}`, () => {
      const subject = create();
      try {
        body(subject);
      } finally {
        subject.dispose();
      }
    });
  };

  /** Writes in one life and returns what the next one finds. */
  const live = (subject: JournalsUnderTest, life: (journal: Journal) => void) => {
    life(subject.open());
    subject.close();
    const { lines } = subject.open();
    subject.close();
    return lines;
  };

  test("is empty at first", (subject) => {
    const journal = subject.open();
    deepStrictEqual([journal.lines, journal.size], [[], 0]);
    subject.close();
  });

  test("gives the next life every line in order", (subject) => {
    const written = ["alive: a 127.0.0.1:7946", "", "  clock: 3  ", "ä\udcff", "x".repeat(5000)];
    const found = live(subject, (journal) => {
      for (const line of written) journal.append(line);
    });
    deepStrictEqual(found, written);
  });

  test("goes on where the last life ended", (subject) => {
    live(subject, (journal) => journal.append("a"));
    const found = live(subject, (journal) => {
      deepStrictEqual(journal.lines, ["a"]);
      journal.append("b");
    });
    deepStrictEqual(found, ["a", "b"]);
  });

  test("shows what was found, not what was added since", (subject) => {
    live(subject, (journal) => {
      journal.append("a");
      deepStrictEqual(journal.lines, []);
      journal.replace(["b"]);
      deepStrictEqual(journal.lines, []);
    });
  });

  test("replaces everything, and goes on behind that", (subject) => {
    const found = live(subject, (journal) => {
      journal.append("a");
      journal.sync();
      journal.append("b");
      journal.replace(["c", "d"]);
      journal.append("e");
    });
    deepStrictEqual(found, ["c", "d", "e"]);
  });

  test("can be replaced by nothing", (subject) => {
    const found = live(subject, (journal) => {
      journal.append("a");
      journal.replace([]);
      strictEqual(journal.size, 0);
    });
    deepStrictEqual(found, []);
  });

  test("counts its bytes, line ends included", (subject) => {
    const lines = ["alive: ä 127.0.0.1:7946", "clock: 1", ""];
    const sizeOf = (lines: readonly string[]) =>
      lines.reduce((size, line) => size + textLength(line) + 1, 0);
    const journal = subject.open();
    for (const line of lines) journal.append(line);
    strictEqual(journal.size, sizeOf(lines));
    journal.replace(lines.slice(1));
    strictEqual(journal.size, sizeOf(lines.slice(1)));
    subject.close();
    strictEqual(subject.open().size, sizeOf(lines.slice(1)));
    subject.close();
  });

  test("takes a sync at any time, and twice", (subject) => {
    const found = live(subject, (journal) => {
      journal.sync();
      for (let i = 0; i < 300; i++) journal.append(`line ${i}`);
      journal.sync();
      journal.sync();
    });
    strictEqual(found.length, 300);
    ok(found.every((line, i) => line === `line ${i}`));
  });
}
