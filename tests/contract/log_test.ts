import { LogWriter } from "../../src/agent/telemetry/log_writer.ts";
import { boundedLog } from "../../src/ports/bounded_log.ts";
import { silentLog } from "../../src/ports/silence.ts";
import { SimClock } from "../../src/sim/sim_clock.ts";
import { RecordingLog } from "../support/recorders.ts";
import { testLog } from "./log_contract.ts";

const levels: Readonly<Record<string, string>> = {
  debug: "DEBUG",
  info: "INFO",
  warn: "WARN",
  error: "ERR",
};

function entriesOf(log: RecordingLog): string[] {
  return log.lines.map((line) => line.replace(/^\w+/, (level) => levels[level] ?? level));
}

testLog("LogWriter", () => {
  const writer = new LogWriter();
  return {
    log: writer.log("agent"),
    entries: () => writer.recent().map(({ text }) => text.replace(/^\S+ \S+ \[(\w+)\] /, "$1 ")),
  };
});

testLog("boundedLog()", () => {
  const log = new RecordingLog();
  return { log: boundedLog(log, new SimClock()), entries: () => entriesOf(log) };
});

testLog("RecordingLog", () => {
  const log = new RecordingLog();
  return { log, entries: () => entriesOf(log) };
});

testLog("silentLog", () => ({ log: silentLog, entries: () => undefined }));
