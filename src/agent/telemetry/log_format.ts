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
  type TextFormatter,
} from "@logtape/logtape";
import type { LogLevelName } from "../agent_control.ts";

/** Levels of log entries, least severe first. */
export const logLevelNames: readonly LogLevelName[] = ["TRACE", "DEBUG", "INFO", "WARN", "ERR"];

const libraryLevels: Readonly<Record<LogLevelName, LogLevel>> = {
  TRACE: "trace",
  DEBUG: "debug",
  INFO: "info",
  WARN: "warning",
  ERR: "error",
};

const levelNames: Readonly<Record<LogLevel, LogLevelName>> = {
  trace: "TRACE",
  debug: "DEBUG",
  info: "INFO",
  warning: "WARN",
  error: "ERR",
  fatal: "ERR",
};

/** The level's name in LogTape. */
export function toLibraryLevel(level: LogLevelName): LogLevel {
  return libraryLevels[level];
}

/** The level's name in Serf. */
export function fromLibraryLevel(level: LogLevel): LogLevelName {
  return levelNames[level];
}

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

/** Prints `YYYY/MM/DD hh:mm:ss` in local time. */
export function formatLogTime(timestamp: number): string {
  const date = new Date(timestamp);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())}`;
  return `${day} ${date.toTimeString().slice(0, 8)}`;
}

const formatLine = getTextFormatter({
  timestamp: formatLogTime,
  level: fromLibraryLevel,
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
