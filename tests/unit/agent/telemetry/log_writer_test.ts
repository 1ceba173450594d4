import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { LogRecord } from "@logtape/logtape";
import { jsonLine, textLine } from "../../../../src/agent/telemetry/log_format.ts";
import {
  heldLimit,
  isAtLeast,
  LogWriter,
  recentLimit,
} from "../../../../src/agent/telemetry/log_writer.ts";
import { formatMessage } from "../../../../src/agent/telemetry/syslog.ts";

const timeLength = "1970/01/01 00:00:00 ".length;

/** A log, and what has come out of it. */
function setUp() {
  const writer = new LogWriter(() => 0);
  const printed: string[] = [];
  writer.addSink((record) => printed.push(textLine(record).slice(timeLength)));
  const recent = () => writer.recent().map(({ text }) => text.slice(timeLength));
  return { writer, printed, recent };
}

Deno.test("LogWriter holds lines back until the gate opens, then lets them out in order", () => {
  const { writer, printed } = setUp();
  writer.log("agent").info("1");
  writer.log("serf").warn("2");
  deepStrictEqual(printed, []);
  writer.openGate();
  writer.log("agent").error("3");
  deepStrictEqual(printed, ["[INFO] agent: 1", "[WARN] serf: 2", "[ERR] agent: 3"]);
});

Deno.test("LogWriter.releaseHeld() lets lines out and goes on holding back", () => {
  const { writer, printed } = setUp();
  writer.log("agent").info("1");
  writer.releaseHeld();
  writer.log("agent").info("2");
  deepStrictEqual(printed, ["[INFO] agent: 1"]);
  writer.openGate();
  deepStrictEqual(printed, ["[INFO] agent: 1", "[INFO] agent: 2"]);
});

Deno.test("LogWriter gives sinks only what passes the level of the moment", () => {
  const { writer, printed } = setUp();
  writer.openGate();
  const log = writer.log("agent");
  log.debug("1");
  writer.level = "DEBUG";
  log.debug("2");
  writer.level = "ERR";
  log.warn("3");
  log.error("4");
  deepStrictEqual(printed, ["[DEBUG] agent: 2", "[ERR] agent: 4"]);
});

Deno.test("LogWriter remembers the latest lines of every level, and tells listeners", () => {
  const { writer, recent } = setUp();
  const heard: string[] = [];
  const listener = ({ text }: { text: string }) => heard.push(text.slice(timeLength));
  const stop = writer.onEntry(listener);
  writer.onEntry(listener);
  writer.log("").debug("first");
  stop();
  stop();
  for (let i = 1; i <= recentLimit; i++) writer.log("a").info(`${i}`);
  strictEqual(recent().length, recentLimit);
  deepStrictEqual([recent()[0], recent().at(-1)], ["[INFO] a: 1", `[INFO] a: ${recentLimit}`]);
  deepStrictEqual(heard.slice(0, 3), ["[DEBUG] first", "[DEBUG] first", "[INFO] a: 1"]);
  strictEqual(heard.length, recentLimit + 2);
});

Deno.test("LogWriter drops the earliest of too many lines held back", () => {
  const { writer, printed } = setUp();
  for (let i = 0; i <= heldLimit; i++) writer.write("INFO", "a", `${i}`);
  writer.openGate();
  strictEqual(printed.length, heldLimit);
  strictEqual(printed[0], "[INFO] a: 1");
});

Deno.test("LogWriter does not add a second line end", () => {
  const { writer, recent } = setUp();
  writer.log("a").warn("2 errors:\n\t* x\n\n");
  deepStrictEqual(recent(), ["[WARN] a: 2 errors:\n\t* x\n"]);
});

Deno.test("LogWriter names components", () => {
  const { writer, recent } = setUp();
  writer.log("agent").named("agent.mdns").info("x");
  deepStrictEqual(recent(), ["[INFO] agent.mdns: x"]);
});

Deno.test("LogWriter escapes names for text, JSON, syslog and monitor alike", () => {
  const writer = new LogWriter(() => 0);
  const printed: string[] = [];
  for (const format of [textLine, jsonLine, (record: LogRecord) => formatMessage(record, 3)]) {
    writer.addSink((record) => printed.push(format(record)));
  }
  writer.openGate();
  writer.log("serf").info("EventMemberJoin: \x1b[31m\x9b1m\u202e 10.0.0.1", { member: "\x9b1m" });
  strictEqual(printed.length, 3);
  for (const text of [...printed, ...writer.recent().map(({ text }) => text)]) {
    match(text, /\\x1b\[31m\\+x9b1m\\+u202e/);
    for (const raw of "\x1b\x9b\u202e") strictEqual(text.includes(raw), false);
  }
});

Deno.test("LogWriter lets nobody flood it, whoever reads", () => {
  const { writer, printed, recent } = setUp();
  writer.openGate();
  const heard: string[] = [];
  writer.onEntry(({ text }) => heard.push(text));
  for (let i = 0; i < 10_000; i++) writer.log("agent").named("serf").warn(`Refuting ${i}`);
  ok(printed.length > 10 && printed.length < 100, `${printed.length} lines`);
  deepStrictEqual([recent().length, heard.length], [printed.length, printed.length]);
});

Deno.test("isAtLeast() orders levels by severity", () => {
  strictEqual(isAtLeast("WARN", "INFO"), true);
  strictEqual(isAtLeast("INFO", "INFO"), true);
  strictEqual(isAtLeast("DEBUG", "INFO"), false);
});
