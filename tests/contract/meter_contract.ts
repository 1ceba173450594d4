/** What every `Meter` promises, whoever provides it. */

import { deepStrictEqual, ok } from "node:assert/strict";
import type { Meter } from "../../src/ports/meter.ts";

/** A meter to test, and what it holds; `undefined` if that is nothing. */
export interface MeterUnderTest {
  readonly meter: Meter;
  counter(name: string): number | undefined;
  gauge(name: string): number | undefined;
  /** How many samples there are of a name, and their sum. */
  samples(name: string): { count: number; sum: number } | undefined;
  readonly isSilent: boolean;
}

/** Registers the suite for one kind of meter. */
export function testMeter(kind: string, create: () => MeterUnderTest): void {
  const test = (title: string, body: (subject: MeterUnderTest) => void) => {
    Deno.test(`${kind} ${title}`, () => body(create()));
  };

  test("adds counts up, each name for itself", (subject) => {
    subject.meter.count("memberlist.msg.alive", 1);
    subject.meter.count("memberlist.udp.sent", 1400);
    subject.meter.count("memberlist.msg.alive", 2);
    const found = [subject.counter("memberlist.msg.alive"), subject.counter("memberlist.udp.sent")];
    deepStrictEqual(found, subject.isSilent ? [undefined, undefined] : [3, 1400]);
  });

  test("keeps the last value of a gauge", (subject) => {
    for (const value of [3, -1, 0.5]) subject.meter.gauge("memberlist.health.score", value);
    deepStrictEqual(
      subject.gauge("memberlist.health.score"),
      subject.isSilent ? undefined : 0.5,
    );
  });

  test("keeps how many samples there were, and their sum", (subject) => {
    for (const value of [1, 2.5, 0]) subject.meter.sample("serf.queue.Event", value);
    deepStrictEqual(
      subject.samples("serf.queue.Event"),
      subject.isSilent ? undefined : { count: 3, sum: 3.5 },
    );
  });

  test("takes any name that peers can think of", (subject) => {
    const names = ["serf.events.", "serf.events.a b\n\u0000ä", `serf.events.${"x".repeat(9000)}`];
    for (const name of names) {
      subject.meter.count(name, 1);
      subject.meter.sample(name, 1);
      subject.meter.gauge(name, 1);
    }
    ok(true);
  });
}
