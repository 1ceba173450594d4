/**
 * The queries that Serf answers itself, all named `_serf_…`: who has a contested
 * name, and what becomes of encryption keys (gossip.md section 25).
 */

import { emptyBytes } from "../../bytes/empty_bytes.ts";
import { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { decodeText } from "../../bytes/text.ts";
import type { Keyring } from "../../memberlist/keyring.ts";
import type { Log } from "../../ports/log.ts";
import { done, type Result } from "../../ports/result.ts";
import { WireError } from "../../wire/wire_error.ts";
import { writeConflictResponse } from "./conflict_message.ts";
import type { QueryEvent } from "../event.ts";
import type { KeyGuard } from "./key_guard.ts";
import { type KeyResponse, readKeyRequest, writeKeyResponse } from "./key_messages.ts";
import type { SerfMember } from "../member.ts";

/** Names that begin so belong to Serf. */
export const internalPrefix = "_serf_";
/** The one that nobody answers and everybody acknowledges. */
export const pingQuery = `${internalPrefix}ping`;

/** At least this many bytes of an answer go to each listed key: 16 of them in base64, and a length. */
const bytesPerListedKey = 25;

/** What answering works with. */
export interface InternalQueriesOptions {
  readonly log: Log;
  readonly self: string;
  readonly member: (name: string) => SerfMember | undefined;
  readonly keyGuard: KeyGuard;
  /** `undefined` if encryption is off. */
  readonly keyring: Keyring | undefined;
  /** Stores changed keys; a failure is told to who asked. */
  readonly keyringChanged: ((keys: readonly Uint8Array[]) => Result<void>) | undefined;
  /** A whole query response may have this many bytes. */
  readonly responseSizeLimit: number;
}

type KeyChange = (keyring: Keyring, key: Uint8Array) => Result<void>;

const keyChanges: ReadonlyMap<string, KeyChange> = new Map([
  ["install-key", (keyring: Keyring, key: Uint8Array) => keyring.add(key)],
  ["use-key", (keyring: Keyring, key: Uint8Array) => keyring.use(key)],
  ["remove-key", (keyring: Keyring, key: Uint8Array) => keyring.remove(key)],
]);

/** Answers Serf's own queries. */
export class InternalQueries {
  readonly #options: InternalQueriesOptions;
  readonly #writer = new MsgpackWriter("raw");

  constructor(options: InternalQueriesOptions) {
    this.#options = options;
  }

  /** Answers `query` if it is one of Serf's own; returns whether it is. */
  answer(query: QueryEvent, isOwn: boolean): boolean {
    if (!query.name.startsWith(internalPrefix)) return false;
    const name = query.name.slice(internalPrefix.length);
    const change = keyChanges.get(name);
    if (change && (isOwn || !this.#options.keyring)) this.#changeKeys(query, name, change);
    else if (change) {
      this.#options.keyGuard.judge(query.ltime, (isOfNow) => {
        if (isOfNow) this.#changeKeys(query, name, change);
        else this.#refuseOld(query, name);
      });
    } else if (name === "list-keys") this.#listKeys(query);
    else if (name === "conflict") this.#tellOfName(query);
    else if (query.name !== pingQuery) {
      this.#options.log.warn(`Unhandled internal query '${query.name}'`);
    }
    return true;
  }

  /** The one contested stays silent: its own opinion is no evidence. */
  #tellOfName(query: QueryEvent): void {
    const { log, self, member } = this.#options;
    const name = decodeText(query.payload ?? emptyBytes);
    if (name === self) return;

    log.debug(`Got conflict resolution query for '${name}'`);
    this.#writer.reset();
    writeConflictResponse(this.#writer, member(name));
    this.#respond(query, this.#writer.copy());
  }

  /** Who asks now, of a node that came just now, has to repeat it. */
  #refuseOld(query: QueryEvent, name: string): void {
    this.#options.log.warn(`Refusing to obey ${name} from before this node came`);
    const message = "the query is older than this member's place in the cluster";
    this.#respondKeys(query, { isOk: false, message, keys: undefined, primaryKey: "" });
  }

  #changeKeys(query: QueryEvent, name: string, change: KeyChange): void {
    this.#options.log.info(`Received ${name} query`);
    const changed = this.#change(query, change);
    this.#respondKeys(query, {
      isOk: changed.ok,
      message: changed.ok ? "" : changed.error.message,
      keys: undefined,
      primaryKey: "",
    });
  }

  #change(query: QueryEvent, change: KeyChange): Result<void> {
    const { log, keyring, keyringChanged } = this.#options;
    const key = this.#keyOf(query);
    if (!key) return { ok: false, error: new Error("") };
    if (!keyring) return failed(log, "No keyring to modify (encryption not enabled)");

    const changed = change(keyring, key);
    if (!changed.ok) return failed(log, changed.error.message);
    const stored = keyringChanged?.(keyring.keys) ?? done;
    return stored.ok ? done : failed(log, stored.error.message);
  }

  #keyOf({ name, payload }: QueryEvent): Uint8Array | undefined {
    try {
      return readKeyRequest(new MsgpackReader(payload ?? emptyBytes, 1)).slice();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#options.log.error(`Failed to decode the key request of ${name}: ${error.message}`);
      return undefined;
    }
  }

  /** Lists as many keys as an answer has room for. */
  #listKeys(query: QueryEvent): void {
    const { log, keyring, responseSizeLimit } = this.#options;
    log.info("Received list-keys query");
    if (!keyring) {
      const message = "Keyring is empty (encryption not enabled)";
      log.error(message);
      return this.#respondKeys(query, {
        isOk: false,
        message,
        keys: undefined,
        primaryKey: "",
      });
    }

    const all = keyring.keys.map((key) => key.toBase64());
    const primaryKey = all[0] ?? "";
    const response: KeyResponse = { isOk: true, message: "", keys: all, primaryKey };
    let sent = query.respond(this.#encode(response));
    if (sent.ok) return;

    const most = Math.min(Math.floor(responseSizeLimit / bytesPerListedKey), all.length);
    for (let count = most; count >= 0; count--) {
      const message = `truncated key list response, showing first ${count} of ${all.length} keys`;
      sent = query.respond(this.#encode({ ...response, message, keys: all.slice(0, count) }));
      if (sent.ok) return log.warn(message);
    }
    log.error(`Failed to respond to ${query.name}: ${sent.error.message}`);
  }

  #respondKeys(query: QueryEvent, response: KeyResponse): void {
    this.#respond(query, this.#encode(response));
  }

  #encode(response: KeyResponse): Uint8Array {
    this.#writer.reset();
    writeKeyResponse(this.#writer, response);
    return this.#writer.copy();
  }

  #respond(query: QueryEvent, payload: Uint8Array): void {
    const sent = query.respond(payload);
    if (sent.ok) return;
    this.#options.log.error(`Failed to respond to ${query.name}: ${sent.error.message}`);
  }
}

function failed(log: Log, reason: string): Result<void> {
  log.error(reason);
  return { ok: false, error: new Error(reason) };
}
