import { deepStrictEqual, match, strictEqual, throws } from "node:assert/strict";
import type { LogLevel, LogRecord } from "@logtape/logtape";
import {
  formatLogTime,
  jsonLine,
  logLevelNames,
  makeRecord,
  parseLogLevel,
  textLine,
} from "../../../../src/agent/telemetry/log_format.ts";

function record(message: string, level: LogLevel = "info", category = ["agent", "ipc"]): LogRecord {
  return {
    category,
    level,
    message: [message],
    rawMessage: message,
    timestamp: Date.parse("2026-11-23T04:51:38"),
    properties: {},
  };
}

Deno.test("textLine() prints time, level, component and text", () => {
  strictEqual(textLine(record("hello")), "2026/11/23 04:51:38 [INFO] agent.ipc: hello");
  strictEqual(textLine(record("a\n\tb", "error", [])), "2026/11/23 04:51:38 [ERR] a\n\tb");
  strictEqual(
    textLine(record("{x} %s", "warning")),
    "2026/11/23 04:51:38 [WARN] agent.ipc: {x} %s",
  );
});

Deno.test("textLine() does not ring the terminal's bell for a peer", () => {
  strictEqual(textLine(record("a\x07b")), "2026/11/23 04:51:38 [INFO] agent.ipc: a\\x07b");
});

Deno.test("formatLogTime() pads every part, in local time", () => {
  strictEqual(formatLogTime(new Date(2026, 0, 2, 3, 4, 5).getTime()), "2026/01/02 03:04:05");
});

Deno.test("jsonLine() prints one object a line", () => {
  const line = jsonLine(record('a\n"b"', "warning"));
  match(line, /^\{[^\n]*\}$/);
  const parsed = JSON.parse(line);
  deepStrictEqual([parsed.message, parsed.level, parsed.logger], [
    'a\n"b"',
    "WARN",
    "agent.ipc",
  ]);
});

Deno.test("jsonLine() prints properties where there are some", () => {
  deepStrictEqual("properties" in JSON.parse(jsonLine(record("a"))), false);
  const line = jsonLine({ ...record('{"properties":{}}'), properties: { member: "b" } });
  deepStrictEqual(JSON.parse(line).properties, { member: "b" });
  deepStrictEqual(JSON.parse(jsonLine(record('x,"properties":{}}'))).message, 'x,"properties":{}}');
});

Deno.test("parseLogLevel() takes any case, and lists the levels if there is none of that name", () => {
  strictEqual(parseLogLevel("wArN"), "WARN");
  for (const text of ["error", "", "INFO "]) {
    throws(() => parseLogLevel(text), {
      message: `Invalid log level: ${text.toUpperCase()}. ` +
        "Valid log levels are: [TRACE DEBUG INFO WARN ERR]",
    });
  }
});

Deno.test("makeRecord() and textLine() are each other's inverse", () => {
  for (const level of logLevelNames) {
    const line = textLine(makeRecord(level, "agent.ipc", "x", 0));
    strictEqual(line.slice("1970/01/01 00:00:00 ".length), `[${level}] agent.ipc: x`);
  }
});
