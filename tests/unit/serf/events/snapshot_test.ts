import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { maxLamportTime } from "../../../../src/serf/message_type.ts";
import { replaySnapshot, Snapshot, usableTime } from "../../../../src/serf/events/snapshot.ts";
import { MemoryJournal } from "../../../support/memory_journal.ts";
import { RecordingLog } from "../../../support/recorders.ts";
import { reportedMember } from "../../../support/serf_parts.ts";
import { pictureOf, queryEvent, userEvent } from "../../../support/snapshot_events.ts";
import { TestNode } from "../../../support/test_node.ts";

interface Settings {
  readonly lines?: readonly string[];
  readonly rejoinAfterLeave?: boolean;
  readonly minSize?: number;
}

function build({ lines = [], rejoinAfterLeave = false, minSize = 131_072 }: Settings = {}) {
  const node = new TestNode({ rejoinAfterLeave, minSnapshotSize: minSize });
  const { clock, clocks: { member }, log, memberlist, meter } = node;
  const journal = new MemoryJournal(lines);
  const snapshot = new Snapshot(node, journal);
  const join = (...names: string[]) => {
    snapshot.record({ type: "member-join", members: names.map((name) => pictureOf(name)) });
  };
  return { clock, log, memberlist, meter, journal, member, snapshot, join };
}

Deno.test("Snapshot.record() notes who is there, who is gone, and how late it is", () => {
  const { snapshot, journal, join, member } = build();
  join("a", "two words");
  member.witness(3);
  snapshot.record({ type: "member-failed", members: [pictureOf("a")] });
  snapshot.record({ type: "member-leave", members: [pictureOf("two words")] });
  snapshot.record(userEvent(7));
  snapshot.record(queryEvent(2));
  deepStrictEqual(journal.content, [
    "alive: a 127.0.0.1:7946",
    "alive: two words 127.0.0.1:7946",
    "not-alive: a",
    "clock: 3",
    "not-alive: two words",
    "event-clock: 7",
    "query-clock: 2",
  ]);
});

Deno.test("Snapshot.record() notes only times that are later than before", () => {
  const { snapshot, journal } = build({ lines: ["event-clock: 5", "query-clock: 6", "clock: 8"] });
  for (const ltime of [4, 5]) snapshot.record(userEvent(ltime));
  for (const ltime of [5, 6]) snapshot.record(queryEvent(ltime));
  snapshot.record({ type: "member-update", members: [pictureOf("a")] });
  strictEqual(journal.content.length, 3);
  snapshot.record(userEvent(6));
  strictEqual(journal.content.at(-1), "event-clock: 6");
});

Deno.test("Snapshot.record() looks at the clock when members change or are forgotten", () => {
  const { snapshot, journal, member } = build();
  member.witness(2);
  snapshot.record({ type: "member-update", members: [pictureOf("a")] });
  member.witness(3);
  snapshot.record({ type: "member-reap", members: [pictureOf("a")] });
  deepStrictEqual(journal.content, ["clock: 2", "clock: 3"]);
});

Deno.test("Snapshot.record() writes an IPv6 address in brackets, a mapped one as IPv4", () => {
  const { snapshot, journal } = build();
  const members = [pictureOf("six", "::1"), pictureOf("mapped", "::ffff:10.0.0.1")];
  snapshot.record({ type: "member-join", members });
  deepStrictEqual(journal.content, ["alive: six [::1]:7946", "alive: mapped 10.0.0.1:7946"]);
});

Deno.test("Snapshot.record() lets no name forge a line", () => {
  const { snapshot, journal, join } = build();
  join("evil\nleave");
  join("evil\rclock: 99");
  snapshot.record({ type: "member-failed", members: [pictureOf("a\nalive: b 1.2.3.4:5")] });
  deepStrictEqual(journal.content, []);
});

Deno.test("Snapshot.start() looks at the clock every 500 ms, until it is stopped", () => {
  const { clock, snapshot, journal, member } = build();
  snapshot.start();
  member.witness(4);
  clock.advance(499);
  deepStrictEqual(journal.content, []);
  clock.advance(1);
  deepStrictEqual(journal.content, ["clock: 4"]);
  clock.advance(1000);
  strictEqual(journal.content.length, 1);

  member.witness(8);
  snapshot.stop();
  deepStrictEqual(journal.content, ["clock: 4", "clock: 8"]);
  strictEqual(journal.syncs, 1);
  strictEqual(clock.pending, 0);
});

Deno.test("Snapshot.recordLeave() ends the record, but for the clock", () => {
  const { clock, snapshot, journal, member, join } = build();
  join("a");
  snapshot.start();
  snapshot.recordLeave();
  strictEqual(journal.syncs, 1);
  member.witness(2);
  join("b");
  snapshot.record(userEvent(4));
  snapshot.record(queryEvent(4));
  clock.advance(500);
  deepStrictEqual(journal.content, ["alive: a 127.0.0.1:7946", "leave", "clock: 2"]);
});

Deno.test("Snapshot finds nobody after a leave, unless it is to outlive it", () => {
  const lines = ["alive: a 10.0.0.1:1", "clock: 4", "event-clock: 5", "leave", "clock: 6"];
  const gone = build({ lines }).snapshot.found;
  deepStrictEqual([...gone.alive], []);
  deepStrictEqual([gone.clock, gone.eventClock, gone.queryClock], [6n, 0n, 0n]);

  const { snapshot, log } = build({ lines, rejoinAfterLeave: true });
  deepStrictEqual([...snapshot.found.alive], [["a", "10.0.0.1:1"]]);
  deepStrictEqual([snapshot.found.clock, snapshot.found.eventClock], [6n, 5n]);
  ok(log.has("info Ignoring previous leave in snapshot"));
});

Deno.test("replaySnapshot() says what it cannot understand, and goes on", () => {
  const log = new RecordingLog();
  const lines = ["nonsense", "clock: x", "alive: nowhere", "\0\0clock: 3", "clock: 2"];
  strictEqual(replaySnapshot(lines, false, log).clock, 2n);
  deepStrictEqual(log.lines, [
    "warn Unrecognized snapshot line: nonsense",
    "warn Failed to convert clock time of the snapshot: x",
    "warn Failed to parse address of the snapshot: nowhere",
    "warn Unrecognized snapshot line: \0\0clock: 3",
  ]);
});

Deno.test("replaySnapshot() does not fill the log with a damaged file", () => {
  const log = new RecordingLog();
  replaySnapshot(new Array<string>(5000).fill("nonsense"), false, log);
  strictEqual(log.lines.length, 11);
  strictEqual(log.lines.at(-1), "warn 4990 more snapshot lines were not understood");
});

Deno.test("usableTime() takes every time that a message can carry, and no other", () => {
  strictEqual(usableTime(5n), 5);
  strictEqual(usableTime(BigInt(maxLamportTime)), maxLamportTime);
  strictEqual(usableTime(BigInt(maxLamportTime) + 1n), 0);
});

Deno.test("Snapshot is written anew once most of it is history", () => {
  const { snapshot, journal, join, meter } = build({ minSize: 200 });
  join("a");
  for (let ltime = 1; journal.replacements === 0; ltime++) snapshot.record(userEvent(ltime));
  // One member is worth 256 bytes, which is more than the least size.
  strictEqual(journal.content[0], "alive: a 127.0.0.1:7946");
  ok(/^clock: 0,event-clock: \d+,query-clock: 0$/.test(journal.content.slice(1).join(",")));
  strictEqual(journal.content.length, 4);
  ok(journal.size < 200);
  strictEqual(meter.samples.get("serf.snapshot.compact")?.length, 1);
  ok(meter.samples.get("serf.snapshot.appendLine")!.length > 10);
});

Deno.test("Snapshot written anew holds whom an earlier life knew and who is still missing", () => {
  const { snapshot, journal } = build({ lines: ["alive: old 10.0.0.9:1"], minSize: 30 });
  for (let ltime = 1; journal.replacements === 0; ltime++) snapshot.record(userEvent(ltime));
  strictEqual(journal.content[0], "alive: old 10.0.0.9:1");
});

Deno.test("Snapshot that cannot be written anew is tried again only after a while", () => {
  const { clock, snapshot, journal } = build({ minSize: 100 });
  journal.isBroken = true;
  for (let ltime = 1; ltime <= 100; ltime++) snapshot.record(userEvent(ltime));
  strictEqual(journal.replacements, 1);
  clock.advance(29_999);
  snapshot.record(userEvent(101));
  strictEqual(journal.replacements, 1);
  journal.isBroken = false;
  clock.advance(1);
  snapshot.record(userEvent(102));
  strictEqual(journal.replacements, 2);
  deepStrictEqual(journal.content, ["clock: 0", "event-clock: 102", "query-clock: 0"]);

  // It helped, so the next time need not wait.
  for (let ltime = 103; ltime <= 120; ltime++) snapshot.record(userEvent(ltime));
  ok(journal.replacements > 2);
});

Deno.test("Snapshot written anew after a leave still says that the node left", () => {
  const { clock, snapshot, journal, member, join } = build({ minSize: 60 });
  join("a");
  snapshot.start();
  snapshot.recordLeave();
  for (let time = 2; journal.replacements === 0; time++) {
    member.witness(time - 1);
    clock.advance(500);
  }
  const { alive, eventClock } = replaySnapshot(journal.content, false, new RecordingLog());
  deepStrictEqual([...alive], []);
  strictEqual(eventClock, 0n);
  ok(journal.content.includes("leave"));
  strictEqual(journal.content.some((line) => line.startsWith("alive: ")), false);
});

Deno.test("Snapshot goes on where the last one ended", () => {
  const first = build();
  first.join("a", "b");
  first.member.witness(11);
  first.snapshot.record({ type: "member-failed", members: [pictureOf("b")] });
  first.snapshot.record(userEvent(30));
  first.snapshot.record(queryEvent(40));
  first.snapshot.stop();

  const { found } = build({ lines: first.journal.content }).snapshot;
  deepStrictEqual([...found.alive], [["a", "127.0.0.1:7946"]]);
  deepStrictEqual([found.clock, found.eventClock, found.queryClock], [11n, 30n, 40n]);
});

Deno.test("Snapshot remembers who is gone until it is forgotten, in lines that peers skip", () => {
  const { snapshot, journal, join } = build();
  join("a", "two words", "c");
  snapshot.record({ type: "member-failed", members: [pictureOf("a"), pictureOf("c")] });
  snapshot.record({ type: "member-leave", members: [pictureOf("two words")] });
  join("c");
  snapshot.forget("two words");
  snapshot.forget("nobody");
  strictEqual(journal.content.at(-1), "# forgotten: two words");

  const { found } = build({ lines: journal.content }).snapshot;
  deepStrictEqual([...found.alive.keys()], ["c"]);
  deepStrictEqual([...found.gone], [["a", "127.0.0.1:7946"]]);
});

Deno.test("Snapshot remembers the own incarnation, and keeps all of it when written anew", () => {
  const { snapshot, journal, join, memberlist } = build({ minSize: 400 });
  join("a", "b");
  snapshot.record({ type: "member-failed", members: [pictureOf("b")] });
  memberlist.peers = [reportedMember("self", { incarnation: 4 })];
  for (let ltime = 1; journal.replacements === 0; ltime++) snapshot.record(userEvent(ltime));
  snapshot.stop();
  ok(journal.content.includes("# gone: b 127.0.0.1:7946"));

  const { found } = build({ lines: journal.content }).snapshot;
  deepStrictEqual([found.incarnation, [...found.gone.keys()]], [4, ["b"]]);
});

Deno.test("replaySnapshot() takes no incarnation that makes no sense", () => {
  const incarnation = (text: string) =>
    replaySnapshot([`# incarnation: ${text}`], false, new RecordingLog()).incarnation;
  deepStrictEqual(["7", "-1", "x", "4294967295", "99999999999"].map(incarnation), [7, 0, 0, 0, 0]);
});
