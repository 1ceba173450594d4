import { strictEqual } from "node:assert/strict";
import { maxRecentIntents, RecentIntents } from "../../../../src/serf/members/recent_intents.ts";

Deno.test("RecentIntents.remember() keeps the later intent, whatever the types", () => {
  const recent = new RecentIntents();
  strictEqual(recent.remember("foo", { type: "join", ltime: 5, heardAt: 1 }), true);
  strictEqual(recent.remember("foo", { type: "leave", ltime: 5, heardAt: 2 }), false);
  strictEqual(recent.remember("foo", { type: "leave", ltime: 4, heardAt: 3 }), false);
  strictEqual(recent.get("foo")?.type, "join");
  strictEqual(recent.remember("foo", { type: "leave", ltime: 6, heardAt: 4 }), true);
  strictEqual(recent.get("foo")?.type, "leave");
});

Deno.test("RecentIntents.forgetBefore() forgets by when an intent was heard, not by its time", () => {
  const recent = new RecentIntents();
  recent.remember("old", { type: "join", ltime: 90, heardAt: 1 });
  recent.remember("renewed", { type: "join", ltime: 1, heardAt: 2 });
  recent.remember("new", { type: "join", ltime: 2, heardAt: 3 });
  recent.remember("renewed", { type: "leave", ltime: 3, heardAt: 4 });
  recent.forgetBefore(3);
  strictEqual(recent.get("old"), undefined);
  strictEqual(recent.get("new")?.ltime, 2);
  strictEqual(recent.get("renewed")?.ltime, 3);
});

Deno.test("RecentIntents makes room by forgetting the intent heard longest ago", () => {
  const recent = new RecentIntents();
  for (let i = 0; i <= maxRecentIntents; i++) {
    recent.remember(`node-${i}`, { type: "join", ltime: 1, heardAt: i });
  }
  strictEqual(recent.get("node-0"), undefined);
  strictEqual(recent.get("node-1")?.ltime, 1);
  strictEqual([...recent.entries()].length, maxRecentIntents);
});
