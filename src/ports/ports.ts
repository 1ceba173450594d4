/** Everything a core needs from the world, in one bundle. */

import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import type { Meter } from "./meter.ts";
import type { Observer } from "./observer.ts";
import type { Random } from "./random.ts";
import type { Transport } from "./transport.ts";

export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly log: Log;
  readonly meter: Meter;
  /** Who takes facts; often nobody. */
  readonly observer?: Observer;
}
