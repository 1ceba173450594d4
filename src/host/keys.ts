/** The cluster's encryption keys, with promises. */

import type { KeyManager, KeyReport, KeyReportHandler } from "../serf/queries/key_manager.ts";
import type { SerfError } from "./errors.ts";
import { unlessAborted, type WaitOptions } from "./waiting.ts";

export type { KeyReport } from "../serf/queries/key_manager.ts";

/** How a key operation is done. */
export interface KeyOptions extends WaitOptions {
  /** Over how many other members each answer also goes, 0 to 255; none by default. */
  readonly relayFactor?: number;
}

/**
 * Installs, uses, removes and lists encryption keys on every member.
 *
 * Each operation resolves to what the members said; whether all agreed is for the
 * caller to see from `error`. It takes at most a query's time, which follows the cluster's
 * size. It rejects only if nobody could be asked: with a `RequestError`, or with a
 * `StoppedError` once the node has ended.
 *
 * @example A new key for the whole cluster
 * ```ts
 * import { Serf } from "@serf/serf";
 *
 * const [oldKey, newKey] = [1, 2].map(() => crypto.getRandomValues(new Uint8Array(32)));
 * const bind = { host: "127.0.0.1", port: 0 };
 * await using serf = await Serf.start({ name: "a", bind, keys: [oldKey!] });
 * for (const step of ["install", "use"] as const) {
 *   const report = await serf.keys[step](newKey!);
 *   if (report.error !== undefined) throw new Error(report.error);
 * }
 * await serf.keys.remove(oldKey!);
 * console.log((await serf.keys.list()).keys?.size); // 1
 * ```
 */
export interface ClusterKeys {
  /** Adds a key of 16, 24 or 32 bytes to every member's ring. */
  install(key: Uint8Array, options?: KeyOptions): Promise<KeyReport>;
  /** Makes an installed key the one that seals. */
  use(key: Uint8Array, options?: KeyOptions): Promise<KeyReport>;
  /** Removes a key, which must not be the one that seals. */
  remove(key: Uint8Array, options?: KeyOptions): Promise<KeyReport>;
  /** Asks every member for its keys. */
  list(options?: KeyOptions): Promise<KeyReport>;
}

/** Returns a core's key operations with promises; `errorFor` makes the errors users see. */
export function clusterKeys(
  manager: KeyManager,
  errorFor: (cause: Error) => SerfError,
): ClusterKeys {
  const run = async (
    { signal }: WaitOptions,
    start: (done: KeyReportHandler) => void,
  ): Promise<KeyReport> => {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<KeyReport>();
    start((outcome) => outcome.ok ? resolve(outcome.value) : reject(errorFor(outcome.error)));
    return await unlessAborted(promise, signal);
  };
  return {
    install: (key, options = {}) =>
      run(options, (done) => manager.run("install", key, options, done)),
    use: (key, options = {}) => run(options, (done) => manager.run("use", key, options, done)),
    remove: (key, options = {}) =>
      run(options, (done) => manager.run("remove", key, options, done)),
    list: (options = {}) => run(options, (done) => manager.run("list", undefined, options, done)),
  };
}
