/** A log and a meter for those who want neither: the defaults of the library. */

import type { Log } from "./log.ts";
import type { Meter } from "./meter.ts";

export const silentLog: Log = {
  debugEnabled: false,
  debug() {},
  info() {},
  warn() {},
  error() {},
  named: () => silentLog,
};

export const silentMeter: Meter = {
  count() {},
  gauge() {},
  sample() {},
};
