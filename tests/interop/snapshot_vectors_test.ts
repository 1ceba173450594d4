/** Snapshots against what the reference reads, writes and compacts. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Snapshot, usableTime } from "../../src/serf/events/snapshot.ts";
import { MemoryJournal } from "../support/memory_journal.ts";
import { type RecordedEvent, recordedEvent } from "../support/snapshot_events.ts";
import { TestNode } from "../support/test_node.ts";
import { readVectors } from "../support/vectors.ts";

interface Replay {
  readonly name: string;
  readonly content: string;
  readonly rejoin_after_leave: boolean;
  readonly alive: Readonly<Record<string, string>>;
  readonly last_clock: string;
  readonly last_event_clock: string;
  readonly last_query_clock: string;
}

interface Written {
  readonly name: string;
  readonly events: readonly RecordedEvent[];
  readonly lamport_clock_during: number;
  readonly content: string;
}

interface SnapshotVectors {
  readonly replay: readonly Replay[];
  readonly written: readonly (Written & { readonly leave_at_end: boolean })[];
  readonly compaction: readonly (Written & { readonly min_compact_size: number })[];
}

function open(journal: MemoryJournal, settings: {
  readonly memberTime?: number;
  readonly rejoinAfterLeave?: boolean;
  readonly minSize?: number;
} = {}): Snapshot {
  const { memberTime = 1, rejoinAfterLeave = false, minSize = 131_072 } = settings;
  const node = new TestNode({ rejoinAfterLeave, minSnapshotSize: minSize });
  node.clocks.member.witness(memberTime - 1);
  return new Snapshot(node, journal);
}

/** The lines of a file, as a journal finds them: without a torn last one. */
function linesOf(content: string): string[] {
  return content.split("\n").slice(0, -1);
}

function contentOf(journal: MemoryJournal): string {
  return journal.content.map((line) => `${line}\n`).join("");
}

Deno.test("Snapshot finds what the reference finds in every recorded file", () => {
  const { replay } = readVectors<SnapshotVectors>("snapshot");
  strictEqual(replay.length, 44);
  for (const file of replay) {
    const journal = new MemoryJournal(linesOf(file.content));
    const { found } = open(journal, { rejoinAfterLeave: file.rejoin_after_leave });
    const label = `${file.name} ${file.rejoin_after_leave}`;
    deepStrictEqual(Object.fromEntries(found.alive), file.alive, label);
    strictEqual(String(found.clock), file.last_clock, label);
    strictEqual(String(found.eventClock), file.last_event_clock, label);
    strictEqual(String(found.queryClock), file.last_query_clock, label);
  }
});

Deno.test("usableTime() passes over the one recorded time that no clock can have", () => {
  const { replay } = readVectors<SnapshotVectors>("snapshot");
  const times = replay.flatMap((file) => [
    file.last_clock,
    file.last_event_clock,
    file.last_query_clock,
  ]);
  const changed = times.filter((time) => String(usableTime(BigInt(time))) !== time);
  deepStrictEqual(new Set(changed), new Set(["18446744073709551615"]));
  strictEqual(usableTime(2n ** 64n - 1n), 0);
});

Deno.test("Snapshot writes the recorded lines", () => {
  const { written } = readVectors<SnapshotVectors>("snapshot");
  strictEqual(written.length, 4);
  for (const { name, events, lamport_clock_during, leave_at_end, content } of written) {
    const journal = new MemoryJournal();
    const snapshot = open(journal, { memberTime: lamport_clock_during });
    for (const event of events) snapshot.record(recordedEvent(event));
    if (leave_at_end) snapshot.recordLeave();
    strictEqual(contentOf(journal), content, name);
  }
});

Deno.test("Snapshot compacts when and as the reference does", () => {
  const { compaction } = readVectors<SnapshotVectors>("snapshot");
  strictEqual(compaction.length, 1);
  for (const { name, events, lamport_clock_during, min_compact_size, content } of compaction) {
    const journal = new MemoryJournal();
    const snapshot = open(journal, {
      memberTime: lamport_clock_during,
      minSize: min_compact_size,
    });
    for (const event of events) snapshot.record(recordedEvent(event));
    strictEqual(contentOf(journal), content, name);
    strictEqual(journal.replacements > 1, true, name);
  }
});
