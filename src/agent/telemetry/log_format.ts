/**
 * How a log record looks: as the reference prints it, or as one JSON object a line.
 *
 * Both are LogTape formatters, so whatever LogTape can write to gets the same
 * lines. The text form is what tools match on (agent.md section 2.2).
 */

import {
  getJsonLinesFormatter,
  getTextFormatter,
  type LogLevel,
  type LogRecord,
  type TextFormatter,
} from "@logtape/logtape";
import type { LogFields } from "../../ports/log.ts";
import type { LogLevelName } from "../agent_control.ts";

/** Levels of log entries, least severe first. */
export const logLevelNames: readonly LogLevelName[] = ["TRACE", "DEBUG", "INFO", "WARN", "ERR"];

/** What LogTape calls them, in the same order. */
const libraryLevels: readonly LogLevel[] = ["trace", "debug", "info", "warning", "error"];

/**
 * Reads a level in any case.
 *
 * @throws {Error} `Invalid log level: FOO. Valid log levels are: [TRACE DEBUG INFO WARN ERR]`.
 */
export function parseLogLevel(text: string): LogLevelName {
  const upper = text.toUpperCase();
  const level = logLevelNames.find((name) => name === upper);
  if (level) return level;
  throw new Error(
    `Invalid log level: ${upper}. Valid log levels are: [${logLevelNames.join(" ")}]`,
  );
}

/** Makes a record of an entry. A component such as "agent.ipc" becomes LogTape's category. */
export function makeRecord(
  level: LogLevelName,
  component: string,
  text: string,
  timestamp: number,
  properties: LogFields = {},
): LogRecord {
  return {
    category: component === "" ? [] : component.split("."),
    level: libraryLevels[logLevelNames.indexOf(level)]!,
    message: [text],
    rawMessage: text,
    timestamp,
    properties: { ...properties },
  };
}

/** Prints `YYYY/MM/DD hh:mm:ss` in local time. */
export function formatLogTime(timestamp: number): string {
  const date = new Date(timestamp);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())}`;
  return `${day} ${date.toTimeString().slice(0, 8)}`;
}

const formatLine = getTextFormatter({
  timestamp: formatLogTime,
  level: (level) => logLevelNames[libraryLevels.indexOf(level)] ?? "ERR",
  category: ".",
  format: ({ timestamp, level, category, message }) => {
    return `${timestamp} [${level}] ${category === "" ? "" : `${category}: `}${message}`;
  },
});

const formatJson = getJsonLinesFormatter();

/** Prints a record as `2026/11/23 04:51:38 [INFO] agent: text`, without a line end. */
export const textLine: TextFormatter = (record) => formatLine(record).slice(0, -1);

/** Prints a record as one JSON object, without a line end, and without properties if it has none. */
export const jsonLine: TextFormatter = (record) => {
  return formatJson(record).slice(0, -1).replace(/,"properties":\{\}\}$/, "}");
};
