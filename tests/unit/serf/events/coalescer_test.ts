import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Coalescer, type Gathering } from "../../../../src/serf/events/coalescer.ts";
import type { SerfEvent, UserEvent } from "../../../../src/serf/event.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";

function user(name: string, coalesce = true): UserEvent {
  return { type: "user", ltime: 1, name, payload: undefined, coalesce };
}

/** Gathers everything that may be gathered. */
function everything(): Gathering {
  let held: SerfEvent[] = [];
  return {
    take: (event) => {
      if (event.type !== "user" || !event.coalesce) return false;
      held.push(event);
      return true;
    },
    flush: () => {
      const events = held;
      held = [];
      return events;
    },
  };
}

function build() {
  const clock = new SimClock();
  const heard: string[] = [];
  const coalescer = new Coalescer({
    clock,
    period: 3000,
    quiet: 1000,
    gathering: everything(),
    emit: (event) => heard.push(event.type === "user" ? event.name : event.type),
  });
  return { clock, heard, coalescer };
}

Deno.test("Coalescer delivers once it has been quiet", () => {
  const { clock, heard, coalescer } = build();
  coalescer.enter(user("a"));
  clock.advance(900);
  coalescer.enter(user("b"));
  clock.advance(999);
  deepStrictEqual(heard, []);
  clock.advance(1);
  deepStrictEqual(heard, ["a", "b"]);
  strictEqual(clock.pending, 0);
});

Deno.test("Coalescer delivers at the end of its period, however busy it is", () => {
  const { clock, heard, coalescer } = build();
  for (let i = 0; i < 6; i++) {
    coalescer.enter(user(`${i}`));
    clock.advance(500);
  }
  deepStrictEqual(heard, ["0", "1", "2", "3", "4", "5"]);
  coalescer.enter(user("next"));
  clock.advance(999);
  strictEqual(heard.length, 6);
  clock.advance(1);
  strictEqual(heard.length, 7);
});

Deno.test("Coalescer starts a new period with the first event after a delivery", () => {
  const { clock, heard, coalescer } = build();
  coalescer.enter(user("a"));
  clock.advance(1000);
  for (let i = 0; i < 5; i++) {
    coalescer.enter(user(`${i}`));
    clock.advance(599);
  }
  deepStrictEqual(heard, ["a"]);
  clock.advance(5);
  deepStrictEqual(heard, ["a", "0", "1", "2", "3", "4"]);
});

Deno.test("Coalescer lets pass at once what is not gathered", () => {
  const { clock, heard, coalescer } = build();
  coalescer.enter(user("held"));
  coalescer.enter(user("urgent", false));
  deepStrictEqual(heard, ["urgent"]);
  clock.advance(1000);
  deepStrictEqual(heard, ["urgent", "held"]);
});

Deno.test("Coalescer.flush() delivers at once and leaves no timer behind", () => {
  const { clock, heard, coalescer } = build();
  coalescer.flush();
  deepStrictEqual(heard, []);
  coalescer.enter(user("a"));
  coalescer.flush();
  deepStrictEqual(heard, ["a"]);
  strictEqual(clock.pending, 0);
});
