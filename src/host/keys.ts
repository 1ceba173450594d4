/** The cluster's encryption keys, with promises. */

import type { KeyManager, KeyOptions, KeyReport, KeyReportHandler } from "../serf/key_manager.ts";
import { SerfError } from "./errors.ts";

export type { KeyOptions, KeyReport } from "../serf/key_manager.ts";

/**
 * Installs, uses, removes and lists encryption keys on every member.
 *
 * Each operation resolves to what the members said; whether all agreed is for the
 * caller to see from `error`. It rejects with a `SerfError` only if nobody could be asked.
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

/** Returns a core's key operations with promises. */
export function clusterKeys(manager: KeyManager): ClusterKeys {
  return {
    install: (key, options = {}) => run((done) => manager.install(key, options, done)),
    use: (key, options = {}) => run((done) => manager.use(key, options, done)),
    remove: (key, options = {}) => run((done) => manager.remove(key, options, done)),
    list: (options = {}) => run((done) => manager.list(options, done)),
  };
}

function run(start: (done: KeyReportHandler) => void): Promise<KeyReport> {
  const { promise, resolve, reject } = Promise.withResolvers<KeyReport>();
  start((outcome) => {
    if (outcome.ok) resolve(outcome.value);
    else reject(new SerfError(outcome.error.message, { cause: outcome.error }));
  });
  return promise;
}
