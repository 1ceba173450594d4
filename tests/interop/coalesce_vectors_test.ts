/** Gathering of events against the batches that the reference delivered. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { Gathering } from "../../src/serf/events/coalescer.ts";
import type { MemberEventType, SerfEvent } from "../../src/serf/event.ts";
import { MemberGathering } from "../../src/serf/events/member_coalescer.ts";
import { UserGathering } from "../../src/serf/events/user_coalescer.ts";
import { pictureOf } from "../support/snapshot_events.ts";
import { readVectors } from "../support/vectors.ts";

interface RecordedMemberEvent {
  readonly event: MemberEventType;
  readonly members: readonly string[];
}

interface RecordedUserEvent {
  readonly event: "user";
  readonly coalesce: boolean;
  readonly ltime: number;
  readonly name: string;
  readonly payload: string;
}

type RecordedEvent = RecordedMemberEvent | RecordedUserEvent;

interface Batch<E extends RecordedEvent> {
  readonly batch: readonly { readonly handled: boolean; readonly in: E }[];
  readonly flushed: readonly E[];
}

interface CoalesceVectors {
  readonly member: readonly Batch<RecordedMemberEvent>[];
  readonly user: readonly Batch<RecordedUserEvent>[];
}

function eventOf(recorded: RecordedEvent): SerfEvent {
  if (recorded.event !== "user") {
    return { type: recorded.event, members: recorded.members.map((name) => pictureOf(name)) };
  }
  const { ltime, name, coalesce, payload } = recorded;
  return { type: "user", ltime, name, coalesce, payload: new TextEncoder().encode(payload) };
}

function recordOf(event: SerfEvent): RecordedEvent {
  if (event.type === "query") throw new Error("queries are not gathered");
  if (event.type !== "user") {
    const members = event.members.map((member) => member.name).sort();
    return { event: event.type, members };
  }
  const { ltime, name, coalesce, payload } = event;
  return { coalesce, event: "user", ltime, name, payload: new TextDecoder().decode(payload) };
}

/** Feeds a batch and returns what is delivered of it, as lines in a fixed order. */
function run(gathering: Gathering, batch: Batch<RecordedEvent>["batch"], label: string): string[] {
  for (const step of batch) strictEqual(gathering.take(eventOf(step.in)), step.handled, label);
  return gathering.flush().map(recordOf).map(lineOf).sort();
}

function lineOf(event: RecordedEvent): string {
  return JSON.stringify(Object.entries(event).sort(([a], [b]) => a < b ? -1 : 1));
}

Deno.test("MemberGathering delivers the recorded batches", () => {
  const { member } = readVectors<CoalesceVectors>("coalesce");
  strictEqual(member.length, 7);
  const gathering = new MemberGathering();
  let repeated = 0;
  for (const [i, { batch, flushed }] of member.entries()) {
    // Not inherited: the reference tells an update again with every later batch.
    const involved = new Set(batch.flatMap((step) => step.in.members));
    const isRepeated = (event: RecordedMemberEvent) =>
      event.event === "member-update" && event.members.every((name) => !involved.has(name));
    repeated += flushed.filter(isRepeated).length;
    const expected = flushed.filter((event) => !isRepeated(event)).map(lineOf).sort();
    deepStrictEqual(run(gathering, batch, `batch ${i}`), expected, `batch ${i}`);
  }
  strictEqual(repeated, 1);
});

Deno.test("UserGathering delivers the recorded batches", () => {
  const { user } = readVectors<CoalesceVectors>("coalesce");
  strictEqual(user.length, 3);
  const gathering = new UserGathering();
  for (const [i, { batch, flushed }] of user.entries()) {
    deepStrictEqual(
      run(gathering, batch, `batch ${i}`),
      flushed.map(lineOf).sort(),
      `batch ${i}`,
    );
  }
});
