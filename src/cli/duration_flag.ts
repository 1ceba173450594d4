/** The kind of flag whose value is a Go duration such as `15s` or `1h30m`. */

import { parseGoDuration } from "../go/duration.ts";
import { flagKind, FlagValueError } from "./flags.ts";

/** A flag with a duration, in milliseconds; the last one counts. */
export const durationFlag = flagKind(0, (text) => {
  try {
    return parseGoDuration(text);
  } catch {
    throw new FlagValueError("parse error");
  }
});
