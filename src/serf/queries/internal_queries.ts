/**
 * The queries that Serf answers itself, all named `_serf_…`: who has a contested
 * name, and what becomes of encryption keys (gossip.md section 25).
 */

import { emptyBytes } from "../../bytes/empty_bytes.ts";
import { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { decodeText } from "../../bytes/text.ts";
import type { Keyring } from "../../memberlist/keyring.ts";
import { done, failure, type Result } from "../../ports/result.ts";
import { WireError } from "../../wire/wire_error.ts";
import type { QueryEvent } from "../event.ts";
import type { MemberBook } from "../members/member_book.ts";
import type { SerfNode } from "../node.ts";
import { writeConflictResponse } from "./conflict_message.ts";
import type { KeyGuard } from "./key_guard.ts";
import { type KeyResponse, readKeyRequest, writeKeyResponse } from "./key_messages.ts";

/** Names that begin so belong to Serf. */
export const internalPrefix = "_serf_";
/** The one that nobody answers and everybody acknowledges. */
export const pingQuery = `${internalPrefix}ping`;

/** At least this many bytes of an answer go to each listed key: 16 of them in base64, and a length. */
const bytesPerListedKey = 25;
/** Where the encryption keys of a node are. */
export interface KeyPorts {
  /** The encryption keys; without one, traffic is plain and keys cannot be managed. */
  readonly keyring?: Keyring;
  /** Stores changed keys; a failure is told to the member that asked for the change. */
  readonly keyringChanged?: (keys: readonly Uint8Array[]) => Result<void>;
}

type KeyChange = (keyring: Keyring, key: Uint8Array) => Result<void>;

const keyChanges: ReadonlyMap<string, KeyChange> = new Map([
  ["install-key", (keyring: Keyring, key: Uint8Array) => keyring.add(key)],
  ["use-key", (keyring: Keyring, key: Uint8Array) => keyring.use(key)],
  ["remove-key", (keyring: Keyring, key: Uint8Array) => keyring.remove(key)],
]);

/** Answers Serf's own queries. */
export class InternalQueries {
  readonly #node: SerfNode;
  readonly #book: Pick<MemberBook, "member">;
  readonly #keyGuard: KeyGuard;
  readonly #keyPorts: KeyPorts;
  readonly #writer = new MsgpackWriter("raw");

  constructor(
    node: SerfNode,
    book: Pick<MemberBook, "member">,
    keyGuard: KeyGuard,
    keyPorts: KeyPorts,
  ) {
    this.#node = node;
    this.#book = book;
    this.#keyGuard = keyGuard;
    this.#keyPorts = keyPorts;
  }

  /** Answers `query` if it is one of Serf's own; returns whether it is. */
  answer(query: QueryEvent, isOwn: boolean): boolean {
    if (!query.name.startsWith(internalPrefix)) return false;
    const name = query.name.slice(internalPrefix.length);
    const change = keyChanges.get(name);
    if (change && (isOwn || !this.#keyPorts.keyring)) this.#changeKeys(query, name, change);
    else if (change) {
      this.#keyGuard.judge(query.ltime, (isOfNow) => {
        if (isOfNow) this.#changeKeys(query, name, change);
        else this.#refuseOld(query, name);
      });
    } else if (name === "list-keys") this.#listKeys(query);
    else if (name === "conflict") this.#tellOfName(query);
    else if (query.name !== pingQuery) {
      this.#node.log.warn(`Unhandled internal query '${query.name}'`);
    }
    return true;
  }

  /** The one contested stays silent: its own opinion is no evidence. */
  #tellOfName(query: QueryEvent): void {
    const { config, log } = this.#node;
    const name = decodeText(query.payload ?? emptyBytes);
    if (name === config.name) return;

    log.debug(`Got conflict resolution query for '${name}'`);
    this.#writer.reset();
    writeConflictResponse(this.#writer, this.#book.member(name));
    this.#respond(query, this.#writer.copy());
  }

  /** A member that asks now, of a node that came just now, has to repeat it. */
  #refuseOld(query: QueryEvent, name: string): void {
    this.#node.log.warn(`Refusing to obey ${name} from before this node came`);
    this.#tellOutcome(query, "the query is older than this member's place in the cluster");
  }

  #changeKeys(query: QueryEvent, name: string, change: KeyChange): void {
    this.#node.log.info(`Received ${name} query`);
    const key = this.#readKey(query);
    const changed = key ? this.#change(key, change) : failure("");
    this.#tellOutcome(query, changed.ok ? undefined : changed.error.message);
  }

  #change(key: Uint8Array, change: KeyChange): Result<void> {
    const { keyring, keyringChanged } = this.#keyPorts;
    let result = keyring
      ? change(keyring, key)
      : failure("No keyring to modify (encryption not enabled)");
    if (keyring && result.ok) result = keyringChanged?.(keyring.keys) ?? done;
    if (!result.ok) this.#node.log.error(result.error.message);
    return result;
  }

  #readKey({ name, payload }: QueryEvent): Uint8Array | undefined {
    try {
      return readKeyRequest(new MsgpackReader(payload ?? emptyBytes, 1)).key.slice();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#node.log.error(`Failed to decode the key request of ${name}: ${error.message}`);
      return undefined;
    }
  }

  /** Lists as many keys as an answer has room for. */
  #listKeys(query: QueryEvent): void {
    const { config, log } = this.#node;
    log.info("Received list-keys query");
    const { keyring } = this.#keyPorts;
    if (!keyring) {
      const message = "Keyring is empty (encryption not enabled)";
      log.error(message);
      return this.#tellOutcome(query, message);
    }

    const all = keyring.keys.map((key) => key.toBase64());
    const response = { isOk: true, message: "", keys: all, primaryKey: all[0] ?? "" };
    let sent = query.respond(this.#encode(response));
    if (sent.ok) return;

    const most = Math.floor(config.queryResponseSizeLimit / bytesPerListedKey);
    for (let count = Math.min(most, all.length); count >= 0; count--) {
      const message = `truncated key list response, showing first ${count} of ${all.length} keys`;
      sent = query.respond(this.#encode({ ...response, message, keys: all.slice(0, count) }));
      if (sent.ok) return log.warn(message);
    }
    log.error(`Failed to respond to ${query.name}: ${sent.error.message}`);
  }

  /** Answers without a list of keys. */
  #tellOutcome(query: QueryEvent, problem: string | undefined): void {
    const response = { isOk: problem === undefined, message: problem ?? "", primaryKey: "" };
    this.#respond(query, this.#encode({ ...response, keys: undefined }));
  }

  #encode(response: KeyResponse): Uint8Array {
    this.#writer.reset();
    writeKeyResponse(this.#writer, response);
    return this.#writer.copy();
  }

  #respond(query: QueryEvent, payload: Uint8Array): void {
    const sent = query.respond(payload);
    if (sent.ok) return;
    this.#node.log.error(`Failed to respond to ${query.name}: ${sent.error.message}`);
  }
}
