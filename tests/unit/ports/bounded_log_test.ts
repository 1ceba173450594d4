import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  boundedLog,
  budgetInterval,
  complaintBudget,
  complaintsBudget,
  levelBudget,
  maxLogMessage,
  printableLine,
} from "../../../src/ports/bounded_log.ts";
import { silentLog } from "../../../src/ports/silence.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";
import { RecordingLog } from "../../support/recorders.ts";

function build() {
  const clock = new SimClock();
  const { lines } = new RecordingLog();
  return { clock, lines, log: boundedLog(new RecordingLog("", lines), clock).named("serf") };
}

/** What `lines` take in a file, with the time in front. */
function bytesOf(lines: readonly string[]): number {
  const time = "2026/12/01 12:20:39 ".length;
  return lines.reduce((sum, line) => sum + time + new TextEncoder().encode(`${line}\n`).length, 0);
}

Deno.test("boundedLog() logs a cluster of 1,000 whole when it joins", () => {
  const { lines, log } = build();
  for (let i = 0; i < 1000; i++) log.info(`EventMemberJoin: node-${1000 + i} 10.0.10.123`);
  strictEqual(lines.length, 1000);
});

Deno.test("boundedLog() keeps any flood of 5 s under 100 kB, whatever it says", () => {
  const floods = [
    "EventMemberJoin: a 10.0.0.1",
    `EventMemberUpdate: ${"ä".repeat(60_000)} 10.0.0.1`,
    `EventMemberLeave: ${"\u202e".repeat(900)} 10.0.0.1`,
  ];
  for (const flood of [...floods.map((line) => [line]), floods]) {
    const { clock, lines, log } = build();
    for (let i = 0; i < 5000; i++) {
      for (const line of flood) log.info(line);
      for (const line of flood) log.named("agent").warn(line);
      clock.advance(1);
    }
    ok(bytesOf(lines) < 100_000, `${bytesOf(lines)} bytes`);
    ok(lines.length > 20, `${lines.length} lines`);
  }
});

Deno.test("boundedLog() leaves room for other kinds, other levels, and what comes later", () => {
  const { clock, lines, log } = build();
  for (let i = 0; i < 10_000; i++) {
    log.info(`EventMemberJoin: node-${i} 10.0.0.1`);
    log.warn("Refuting a suspect message (from: x)");
  }
  const before = lines.length;
  log.info("EventMemberFailed: b 10.0.0.2");
  log.warn("Suspicious");
  log.error("Refuting");
  deepStrictEqual(lines.slice(before), [
    "info serf: EventMemberFailed: b 10.0.0.2",
    "warn serf: Suspicious",
    "error serf: Refuting",
  ]);
  clock.advance(1000);
  log.info("EventMemberJoin: c 10.0.0.3");
  strictEqual(lines.at(-1), "info serf: EventMemberJoin: c 10.0.0.3");
});

Deno.test("boundedLog() tells once a minute how many lines of each kind it left out", () => {
  const { clock, lines, log } = build();
  for (let i = 0; i < 1000; i++) log.warn(`Refuting a suspect message (from: ${i})`);
  for (let i = 0; i < 1000; i++) log.named("agent").error("Invoking failed", { kind: "x" });
  const left = (text: string) => 1000 - lines.filter((line) => line.includes(text)).length;
  const [refuted, invoked] = [left("Refuting a"), left("Invoking failed")];
  ok(refuted > 900 && invoked > 900);

  const before = lines.length;
  clock.advance(budgetInterval);
  log.debug("anything");
  deepStrictEqual(lines.slice(before), [
    `warn serf: ${refuted} more lines "Refuting …" were left out`,
    `error agent: ${invoked} more lines "Invoking …" (x) were left out`,
    "debug serf: anything",
  ]);
  clock.advance(10 * budgetInterval);
  log.debug("anything");
  strictEqual(lines.length, before + 4);
});

Deno.test("boundedLog() logs a line about a peer once a minute for each kind", () => {
  const { clock, lines, log } = build();
  const warn = (peer: string, kind: string) => log.warn(`Dropping ${kind}`, { peer, kind });
  for (let i = 0; i < 100; i++) for (const peer of ["a", "b"]) warn(peer, "label");
  warn("a", "checksum");
  strictEqual(lines.length, 3);
  clock.advance(budgetInterval);
  warn("a", "label");
  deepStrictEqual(lines.slice(3), [
    'warn serf: 198 more lines "Dropping …" (label) were left out',
    "warn serf: Dropping label",
  ]);
});

Deno.test("boundedLog() shares one budget for all kinds and components of a level", () => {
  const { lines, log } = build();
  for (let kind = 0; kind < 1000; kind++) {
    const component = log.named(`c${kind}`);
    for (let i = 0; i < 100; i++) component.warn(`Kind-${kind} is odd`);
    for (let i = 0; i < 10; i++) component.info(`Kind-${kind} is fine`);
  }
  const warnings = lines.filter((line) => line.startsWith("warn"));
  ok(bytesOf(warnings) < complaintsBudget + complaintBudget);
  ok(bytesOf(lines) < complaintsBudget + complaintBudget + levelBudget);
});

Deno.test("boundedLog() cuts lines and escapes what is in them, fields too", () => {
  const heard: unknown[] = [];
  const log = boundedLog(
    { ...silentLog, warn: (...line: unknown[]) => heard.push(line), named: () => log },
    new SimClock(),
  );
  log.warn(`x ${"\x1b".repeat(60_000)}`, { node: "\x9b31m", count: 3 });
  deepStrictEqual(heard, [[
    `x ${"\\x1b".repeat(maxLogMessage).slice(0, maxLogMessage - 2)}…`,
    { node: "\\x9b31m", count: 3 },
  ]]);
});

Deno.test("boundedLog() wraps no log twice, and not the silent one", () => {
  const { clock, log } = build();
  strictEqual(boundedLog(log, clock), log);
  strictEqual(boundedLog(silentLog, clock), silentLog);
});

Deno.test("printableLine() escapes what moves cursors, colours or reorders text", () => {
  strictEqual(printableLine("\x1b[31mred\x07\x7f\x9b\r", 99), "\\x1b[31mred\\x07\\x7f\\x9b\\r");
  strictEqual(
    printableLine("a\u202eb\u2066c\u200fd\u2028", 99),
    "a\\u202eb\\u2066c\\u200fd\\u2028",
  );
  strictEqual(printableLine("größe 名前 🦊", 99), "größe 名前 🦊");
});

Deno.test("printableLine() keeps lists of errors, and lets nobody forge an entry", () => {
  strictEqual(printableLine("2 errors:\n\t* x\n", 99), "2 errors:\n\t* x\n");
  const forged = "a\r\n  2026/11/23 04:51:38 [ERR] disk full\n==> Bye\n<13>x";
  strictEqual(
    printableLine(forged, 99),
    "a\\r\\n  2026/11/23 04:51:38 [ERR] disk full\\n==> Bye\\n<13>x",
  );
});
