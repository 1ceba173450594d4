/**
 * Serf: who is in the cluster, who failed, who left, and events and queries for
 * all of them, as a library.
 *
 * @example
 * ```ts
 * import { Serf } from "@serf/serf";
 *
 * await using serf = await Serf.start({ name: "web-1", bind: { host: "127.0.0.1", port: 0 } });
 * console.log(serf.members().length);
 * ```
 *
 * @module
 */

export { type JoinOptions, maxWaitingEvents, Serf } from "./host/serf.ts";
export type { SerfOptions } from "./host/serf_options.ts";
export { JoinError, SerfError, StartError } from "./host/errors.ts";
