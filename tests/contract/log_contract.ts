/** What every `Log` promises, whoever provides it. */

import { deepStrictEqual, ok } from "node:assert/strict";
import type { Log } from "../../src/ports/log.ts";

/** A log to test, and what it has written. */
export interface LogUnderTest {
  readonly log: Log;
  /** Entries as `LEVEL component: message`; undefined if they go nowhere. */
  entries(): string[] | undefined;
}

/** Registers the suite for one kind of log. */
export function testLog(kind: string, create: () => LogUnderTest): void {
  Deno.test(`${kind} writes each level, in order`, () => {
    const { log, entries } = create();
    const component = log.named("memberlist");
    component.debug("a");
    component.info("b");
    component.warn("c", { peer: "x", count: 2, isOdd: true, nothing: undefined });
    component.error("d");
    const written = entries();
    if (!written) return;
    deepStrictEqual(written, [
      "DEBUG memberlist: a",
      "INFO memberlist: b",
      "WARN memberlist: c",
      "ERR memberlist: d",
    ]);
  });

  Deno.test(`${kind} keeps components apart, and names none after another's`, () => {
    const { log, entries } = create();
    const one = log.named("one");
    const two = one.named("two");
    one.info("x");
    two.info("y");
    one.info("z");
    const written = entries();
    if (written) deepStrictEqual(written, ["INFO one: x", "INFO two: y", "INFO one: z"]);
  });

  Deno.test(`${kind} takes any text, also one with placeholders or half a character`, () => {
    const { log, entries } = create();
    const texts = ["", "{x} %s", "\ud800", "ä\n\tb", "x".repeat(100_000)];
    for (const text of texts) log.named("c").info(text);
    const written = entries();
    if (written) ok(written.length === texts.length && written[1] === "INFO c: {x} %s");
  });

  Deno.test(`${kind} says whether debug entries go anywhere`, () => {
    const { log, entries } = create();
    log.named("c").debug("x");
    deepStrictEqual(log.debugEnabled, (entries()?.length ?? 0) > 0);
  });
}
