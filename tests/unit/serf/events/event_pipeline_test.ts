import { deepStrictEqual } from "node:assert/strict";
import { EventPipeline } from "../../../../src/serf/events/event_pipeline.ts";
import { Snapshot } from "../../../../src/serf/events/snapshot.ts";
import { MemoryJournal } from "../../../support/memory_journal.ts";
import { pictureOf, queryEvent, userEvent } from "../../../support/snapshot_events.ts";
import { TestNode } from "../../../support/test_node.ts";

const gathering = {
  coalescePeriod: 3000,
  quiescentPeriod: 1000,
  userCoalescePeriod: 3000,
  userQuiescentPeriod: 1000,
};

function build(settings: Partial<typeof gathering> = {}) {
  const node = new TestNode({ ...gathering, ...settings });
  const journal = new MemoryJournal();
  const heard: string[] = [];
  const path = new EventPipeline(
    node,
    new Snapshot(node, journal),
    (event) => heard.push(event.type),
  );
  return { clock: node.clock, journal, heard, path };
}

const join = { type: "member-join", members: [pictureOf("a")] } as const;
const deploy = { ...userEvent(5), coalesce: true };

Deno.test("EventPipeline notes an event before it is gathered", () => {
  const { clock, journal, heard, path } = build();
  path.enter(join);
  path.enter(deploy);
  deepStrictEqual(journal.content, ["alive: a 127.0.0.1:7946", "event-clock: 5"]);
  deepStrictEqual(heard, []);
  clock.advance(1000);
  deepStrictEqual(heard, ["member-join", "user"]);
});

Deno.test("EventPipeline lets queries and single user events overtake what is gathered", () => {
  const { heard, path } = build();
  path.enter(join);
  path.enter(queryEvent(1));
  path.enter(userEvent(6));
  deepStrictEqual(heard, ["query", "user"]);
});

Deno.test("EventPipeline gathers nothing of a kind with either period 0", () => {
  for (const off of [{ coalescePeriod: 0 }, { quiescentPeriod: 0 }]) {
    const { heard, path } = build(off);
    path.enter(deploy);
    path.enter(join);
    deepStrictEqual(heard, ["member-join"]);
  }
  for (const off of [{ userCoalescePeriod: 0 }, { userQuiescentPeriod: 0 }]) {
    const { heard, path } = build(off);
    path.enter(join);
    path.enter(deploy);
    deepStrictEqual(heard, ["user"]);
  }
});

Deno.test("EventPipeline.flush() delivers all that is gathered", () => {
  const { heard, path } = build();
  path.enter(join);
  path.enter(deploy);
  path.flush();
  deepStrictEqual(heard, ["user", "member-join"]);
});
