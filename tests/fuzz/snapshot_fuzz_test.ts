import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { decodeText, encodeText } from "../../src/bytes/text.ts";
import { silentLog } from "../../src/ports/silence.ts";
import { maxLamportTime } from "../../src/serf/message_type.ts";
import { replaySnapshot, Snapshot, usableTime } from "../../src/serf/events/snapshot.ts";
import { type FuzzTarget, testTarget } from "../support/fuzzing.ts";
import { MemoryJournal } from "../support/memory_journal.ts";
import { RecordingLog } from "../support/recorders.ts";
import { reportedMember } from "../support/serf_parts.ts";
import { pictureOf, queryEvent, userEvent } from "../support/snapshot_events.ts";
import { TestNode } from "../support/test_node.ts";
import { readVectors } from "../support/vectors.ts";

/** What may happen to a node, as one letter and a number. */
const steps = fc.array(
  fc.tuple(
    fc.constantFrom("join", "fail", "forget", "user", "query", "clock", "refute"),
    fc.nat(30),
  ),
  { maxLength: 200 },
);

export const target: FuzzTarget = {
  name: "snapshot",
  seeds: () =>
    readVectors<{ replay: { content: string }[] }>("snapshot").replay
      .map(({ content }) => encodeText(content)),
  check(input) {
    const lines = decodeText(input).split("\n").slice(0, -1);
    for (const rejoinAfterLeave of [false, true]) {
      const log = new RecordingLog();
      const content = replaySnapshot(lines, rejoinAfterLeave, log);
      ok(content.alive.size <= lines.length);
      ok(log.lines.filter((line) => line.startsWith("warn")).length <= 11);
      for (const time of [content.clock, content.eventClock, content.queryClock]) {
        ok(time >= 0n && time < 1n << 64n);
        ok(usableTime(time) <= maxLamportTime);
      }
    }
  },
  properties: {
    "gives back what the writer was told": fc.property(
      steps,
      fc.constantFrom(400, 131_072),
      (steps, minSize) => {
        const journal = new MemoryJournal();
        const node = new TestNode({ minSnapshotSize: minSize });
        const snapshot = new Snapshot(node, journal);
        const member = { ...reportedMember("self"), incarnation: 0 };
        node.memberlist.peers = [member];
        const clocks = { member: 1, user: 0, query: 0 };
        const alive = new Map<string, string>();
        const gone = new Map<string, string>();
        for (const [what, number] of steps) {
          const name = `node ${number % 7}`;
          if (what === "join") {
            alive.set(name, `127.0.0.1:${number}`);
            gone.delete(name);
            const members = [pictureOf(name, "127.0.0.1", number)];
            snapshot.record({ type: "member-join", members });
          } else if (what === "fail") {
            const where = alive.get(name);
            if (where !== undefined) gone.set(name, where);
            alive.delete(name);
            snapshot.record({ type: "member-failed", members: [pictureOf(name)] });
          } else if (what === "forget") {
            alive.delete(name);
            gone.delete(name);
            snapshot.forget(name);
          } else if (what === "refute") {
            member.incarnation += number;
          } else if (what === "user") {
            clocks.user = Math.max(clocks.user, number);
            snapshot.record(userEvent(number));
          } else if (what === "query") {
            clocks.query = Math.max(clocks.query, number);
            snapshot.record(queryEvent(number));
          } else {
            clocks.member += number;
            node.clocks.member.witness(clocks.member - 1);
          }
        }
        snapshot.stop();
        deepStrictEqual(replaySnapshot(journal.content, false, silentLog), {
          alive,
          gone,
          incarnation: member.incarnation,
          hasLeft: false,
          clock: BigInt(clocks.member - 1),
          eventClock: BigInt(clocks.user),
          queryClock: BigInt(clocks.query),
        });
      },
    ),
  },
};

testTarget(target);
