import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { HandlerSchedule } from "../../../../src/agent/handlers/handler_schedule.ts";

/** Takes and finishes runs until there are none, and tells them in order. */
function drain(schedule: HandlerSchedule<string, string>): string[] {
  const runs: string[] = [];
  for (let run = schedule.next(); run; run = schedule.next()) {
    runs.push(`${run.event}:${run.handler}`);
    schedule.finish(run.handler);
  }
  return runs;
}

Deno.test("HandlerSchedule.next() goes by event, then by the order of the handlers", () => {
  const schedule = new HandlerSchedule<string, string>();
  schedule.add("1", ["b", "a"]);
  schedule.add("2", ["a", "b"]);
  deepStrictEqual(drain(schedule), ["1:b", "1:a", "2:a", "2:b"]);
});

Deno.test("HandlerSchedule.next() hands out one run at a time", () => {
  const schedule = new HandlerSchedule<string, string>();
  schedule.add("1", ["a"]);
  schedule.add("2", ["b"]);
  strictEqual(schedule.next()?.handler, "a");
  strictEqual(schedule.next(), undefined);
  schedule.finish("a");
  strictEqual(schedule.next()?.handler, "b");
});

Deno.test("HandlerSchedule.giveWay() lets only what is independent of a slow run go ahead", () => {
  const schedule = new HandlerSchedule<string, string>();
  schedule.add("1", ["slow", "after"]);
  schedule.add("2", ["slow"]);
  schedule.add("3", ["after"]);
  schedule.add("4", ["other"]);
  strictEqual(schedule.next()?.handler, "slow");
  schedule.giveWay("slow");
  deepStrictEqual(drain(schedule), ["4:other"]);
  schedule.finish("slow");
  deepStrictEqual(drain(schedule), ["1:after", "2:slow", "3:after"]);
});

Deno.test("HandlerSchedule.giveWay() of a run without the turn changes nothing", () => {
  const schedule = new HandlerSchedule<string, string>();
  schedule.add("1", ["a"]);
  schedule.add("2", ["b"]);
  schedule.add("3", ["c"]);
  schedule.next();
  schedule.giveWay("a");
  strictEqual(schedule.next()?.handler, "b");
  schedule.giveWay("a");
  strictEqual(schedule.next(), undefined);
});

Deno.test("HandlerSchedule.waiting() counts runs that have not begun", () => {
  const schedule = new HandlerSchedule<string, string>();
  schedule.add("1", ["a"]);
  schedule.add("2", ["a", "b"]);
  strictEqual(schedule.waiting("a"), 2);
  schedule.next();
  strictEqual(schedule.waiting("a"), 1);
  strictEqual(schedule.waiting("c"), 0);
});

Deno.test("HandlerSchedule keeps order per handler and per event, whoever is slow", () => {
  const handlers = ["a", "b", "c"];
  const step = fc.oneof(
    fc.record({ add: fc.subarray(handlers) }),
    fc.record({ give: fc.constantFrom(...handlers) }),
    fc.record({ finish: fc.constantFrom(...handlers) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const schedule = new HandlerSchedule<string, number>();
    const running = new Map<string, number>();
    const begun: { handler: string; event: number }[] = [];
    let booked = 0;
    let events = 0;
    const pump = () => {
      for (let run = schedule.next(); run; run = schedule.next()) {
        ok(!running.has(run.handler), "a handler runs for one event at a time");
        ok(![...running.values()].includes(run.event), "an event has one handler at a time");
        running.set(run.handler, run.event);
        begun.push(run);
      }
    };
    const finish = (handler: string) => {
      if (running.delete(handler)) schedule.finish(handler);
      pump();
    };
    for (const each of steps) {
      if ("add" in each) {
        schedule.add(events++, each.add);
        booked += each.add.length;
        pump();
      } else if ("give" in each) {
        schedule.giveWay(each.give);
        pump();
      } else finish(each.finish);
    }
    while (running.size > 0) [...running.keys()].forEach(finish);

    strictEqual(begun.length, booked);
    for (const handler of handlers) {
      const own = begun.filter((run) => run.handler === handler).map(({ event }) => event);
      deepStrictEqual(own, own.toSorted((a, b) => a - b));
    }
    for (let event = 0; event < events; event++) {
      const own = begun.filter((run) => run.event === event).map(({ handler }) => handler);
      deepStrictEqual(own, own.toSorted());
    }
  }));
});
