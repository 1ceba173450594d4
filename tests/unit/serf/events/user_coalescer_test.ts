import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { UserEvent } from "../../../../src/serf/event.ts";
import { maxGathered, UserGathering } from "../../../../src/serf/events/user_coalescer.ts";

function user(name: string, ltime: number, payload = "", coalesce = true): UserEvent {
  return { type: "user", ltime, name, payload: new TextEncoder().encode(payload), coalesce };
}

Deno.test("UserGathering keeps the newest event of each name", () => {
  const gathering = new UserGathering();
  for (const event of [user("a", 1), user("b", 2), user("a", 5), user("a", 3)]) {
    strictEqual(gathering.take(event), true);
  }
  deepStrictEqual(gathering.flush(), [user("a", 5), user("b", 2)]);
});

Deno.test("UserGathering keeps all that are equally new, in order", () => {
  const gathering = new UserGathering();
  for (const payload of ["x", "y", "x"]) gathering.take(user("a", 7, payload));
  deepStrictEqual(gathering.flush(), [user("a", 7, "x"), user("a", 7, "y"), user("a", 7, "x")]);
});

Deno.test("UserGathering.flush() starts over: an older event counts in the next batch", () => {
  const gathering = new UserGathering();
  gathering.take(user("a", 9));
  gathering.flush();
  deepStrictEqual(gathering.flush(), []);
  gathering.take(user("a", 2));
  deepStrictEqual(gathering.flush(), [user("a", 2)]);
});

Deno.test("UserGathering takes only user events that may be merged", () => {
  const gathering = new UserGathering();
  strictEqual(gathering.take(user("a", 1, "", false)), false);
  strictEqual(gathering.take({ type: "member-join", members: [] }), false);
  deepStrictEqual(gathering.flush(), []);
});

Deno.test("UserGathering refuses more than it has room for, rather than lose it", () => {
  const names = new UserGathering();
  const times = new UserGathering();
  for (let i = 0; i < maxGathered; i++) {
    strictEqual(names.take(user(`${i}`, 1)), true);
    strictEqual(times.take(user("a", 1)), true);
  }
  strictEqual(names.take(user("one more", 1)), false);
  strictEqual(names.take(user("0", 2)), true);
  strictEqual(times.take(user("a", 1)), false);
  strictEqual(names.flush().length, maxGathered);
  strictEqual(times.flush().length, maxGathered);
});
