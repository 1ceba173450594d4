/** The kind of flag whose value is a Go duration such as `15s` or `1h30m`. */

import { parseGoDuration } from "../go/duration.ts";
import type { Milliseconds } from "../ports/clock.ts";
import { type Flag, FlagValueError, type Spelling } from "./flags.ts";

/** A flag with a duration; the last one counts. */
export function durationFlag(
  spelling: Spelling & { readonly initial: Milliseconds },
): Flag<Milliseconds> {
  return { spellings: [spelling], isSwitch: false, initial: spelling.initial, read: readDuration };
}

function readDuration(text: string): Milliseconds {
  try {
    return parseGoDuration(text);
  } catch {
    throw new FlagValueError("parse error");
  }
}
