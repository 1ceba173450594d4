/** Every measure, in the order in which the table shows them. */

import { measureCalls } from "./calls.ts";
import { measureKill, measureLeave, measureStop } from "./churn.ts";
import { measureDelivery, measureEvents } from "./events.ts";
import type { Measure } from "./figures.ts";
import { measureFlood } from "./flood.ts";
import { measureJoin } from "./join.ts";
import { measurePartition } from "./partition.ts";
import { measureQueries } from "./queries.ts";
import { measureIdle } from "./resources.ts";
import { measureStart } from "./start.ts";

/** What can be measured, by the name that `--only` takes. */
export const measures: ReadonlyMap<string, Measure> = new Map([
  ["events", measureEvents],
  ["delivery", measureDelivery],
  ["flood", measureFlood],
  ["queries", measureQueries],
  ["join", measureJoin],
  ["leave", measureLeave],
  ["kill", measureKill],
  ["stop", measureStop],
  ["partition", measurePartition],
  ["calls", measureCalls],
  ["start", measureStart],
  ["idle", measureIdle],
]);

/** Those that need a network of their own, because they drop what others send. */
export const networkMeasures: ReadonlySet<string> = new Set(["partition"]);
