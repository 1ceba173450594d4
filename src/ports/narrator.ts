/**
 * Makes log lines and measurements of facts, and passes them on to who else listens.
 *
 * The words are pure functions from a fact to an entry, so that each is said in one place.
 */

import type { Log, LogFields } from "./log.ts";
import type { Meter } from "./meter.ts";
import type { Observer } from "./observer.ts";
import { silentLog, silentMeter } from "./silence.ts";

/** A line of the log. */
export interface LogEntry {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields?: LogFields;
}

/** How facts `F` become lines and measurements. */
export interface Narration<F> {
  /** Returns what the log says about a fact, if anything. */
  readonly entryOf: (fact: F) => LogEntry | undefined;
  /** Counts and measures a fact. */
  readonly measure: (fact: F, meter: Meter) => void;
}

/** Returns what takes the facts of a layer; `undefined` if nobody listens at all. */
export function narrate<F>(
  { log, meter, observer }: {
    readonly log: Log;
    readonly meter: Meter;
    readonly observer?: Observer<F>;
  },
  { entryOf, measure }: Narration<F>,
): Observer<F> | undefined {
  if (log === silentLog && meter === silentMeter) return observer;
  return {
    note(fact) {
      measure(fact, meter);
      const entry = entryOf(fact);
      if (entry) log[entry.level](entry.message, entry.fields);
      observer?.note(fact);
    },
    ...(observer?.heard &&
      { heard: (at, from, over, member) => observer.heard?.(at, from, over, member) }),
  };
}
