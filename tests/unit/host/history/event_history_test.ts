import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { recordEvent } from "../../../../src/host/history/event_history.ts";
import { historySizeInMemory, openHistory } from "../../../../src/host/history/open_history.ts";
import { silentLog, silentMeter } from "../../../../src/ports/silence.ts";
import type { SerfEvent } from "../../../../src/serf/event.ts";
import { makeMember, makeQuery } from "../../../support/fake_agent.ts";
import { memoryHistory } from "../../../support/memory_history.ts";

/** What a history holds of events, without numbers and times. */
function kept(events: readonly SerfEvent[], withPayload = true) {
  const history = memoryHistory();
  for (const event of events) recordEvent(history, event, withPayload);
  return history.read(history.start, 100).entries.map(({ content }) => {
    const { seq: _seq, at: _at, ...fact } = content as Record<string, unknown>;
    return fact;
  });
}

const deploy: SerfEvent = {
  type: "user",
  ltime: 3,
  name: "deploy",
  payload: Uint8Array.of(0xff),
  coalesce: false,
};

Deno.test("recordEvent() keeps whom an event is about, and tags only where they are news", () => {
  const web = makeMember("web", { tags: { role: "web" } });
  const shown = { name: "web", addr: "127.0.0.1", port: 7946, status: "alive" };
  deepStrictEqual(
    kept([{ type: "member-join", members: [web] }, { type: "member-failed", members: [web] }]),
    [
      { kind: "member-join", members: [{ ...shown, tags: { role: "web" } }] },
      { kind: "member-failed", members: [shown] },
    ],
  );
});

Deno.test("recordEvent() keeps payloads in base64, or leaves them out", () => {
  const events = [deploy, makeQuery("load", { payload: Uint8Array.of(1), ltime: 2 })];
  const user = { kind: "user", name: "deploy", ltime: 3, coalesce: false };
  const query = { kind: "query", name: "load", ltime: 2, from: "n1" };
  deepStrictEqual(kept(events), [{ ...user, payload: "/w==" }, { ...query, payload: "AQ==" }]);
  deepStrictEqual(kept(events, false), [user, query]);
});

Deno.test("recordEvent() makes several records of an event about many members", () => {
  const members = Array.from({ length: 150 }, (_, i) => makeMember(`n${i}`));
  const records = kept([{ type: "member-join", members }]);
  deepStrictEqual(records.map((record) => (record.members as unknown[]).length), [64, 64, 22]);
});

Deno.test("openHistory() without a folder keeps a bounded history in memory", async () => {
  const { history } = await openHistory("", silentLog, silentMeter);
  for (let i = 0; i < 60_000; i++) recordEvent(history, deploy, true);
  ok(history.start.seq > 0);
  let size = 0;
  for (let cursor = history.start;;) {
    const page = history.read(cursor, 1000);
    if (page.entries.length === 0) break;
    size += page.entries.reduce((sum, { content }) => sum + JSON.stringify(content).length, 0);
    cursor = page.cursor;
  }
  ok(size > historySizeInMemory / 8 && size < historySizeInMemory, String(size));
  strictEqual(history.cursor.seq, 60_000);
});
