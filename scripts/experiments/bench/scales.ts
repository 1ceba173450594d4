/** How much the short and the full form measure. */

import type { Scale } from "./figures.ts";

/** Enough to see where things stand. */
export const shortScale: Scale = {
  agents: 20,
  starts: 10,
  events: 30,
  deliveries: 100,
  deliverySizes: [9, 20, 40],
  queries: 8,
  commandQueries: 5,
  floodSeconds: 3,
  callSeries: 8,
  listed: 1000,
  leaves: 3,
  kills: 3,
  stops: 2,
  joins: 3,
  joining: 40,
  partitions: 1,
  partitionSizes: [10, 20],
  partitionSeconds: 60,
  idleSeconds: 20,
};

/** Enough to judge what seldom happens. */
export const fullScale: Scale = {
  ...shortScale,
  starts: 40,
  events: 250,
  deliveries: 5000,
  queries: 50,
  commandQueries: 20,
  floodSeconds: 10,
  callSeries: 20,
  leaves: 8,
  kills: 8,
  stops: 6,
  joins: 20,
  partitions: 3,
  idleSeconds: 60,
};
