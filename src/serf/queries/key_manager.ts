/**
 * Encryption keys of the whole cluster: install, use, remove and list them
 * (gossip.md section 25.1).
 *
 * Each operation is a query that every member answers. It is over when all did,
 * or when the query's time is. Who keeps silent is asked again under every key: one that
 * missed an earlier operation cannot read what the primary key seals.
 */

import { emptyBytes } from "../../bytes/empty_bytes.ts";
import { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { failure, type Result, success } from "../../ports/result.ts";
import { WireError } from "../../wire/wire_error.ts";
import { type KeyResponse, readKeyResponse, writeKeyRequest } from "./key_messages.ts";
import { serfMessageType } from "../message_type.ts";
import type { QueryHandlers, QueryOptions } from "./queries.ts";
import type { RunningQuery } from "./running_query.ts";

/** What the members of the cluster said to a key operation. */
export interface KeyReport {
  /** How many members were alive when it was asked. */
  readonly numNodes: number;
  /** How many members answered. */
  readonly numResp: number;
  /** How many of them refused, or answered something unreadable. */
  readonly numErr: number;
  /** What members had to say: errors, and remarks such as a shortened list. */
  readonly messages: ReadonlyMap<string, string>;
  /** Key in base64 to the number of members that have it; empty unless keys were listed. */
  readonly keys: ReadonlyMap<string, number>;
  /** The same for the key that seals. */
  readonly primaryKeys: ReadonlyMap<string, number>;
  /** Why the operation counts as failed; `undefined` if every member agreed. */
  readonly error: string | undefined;
}

/** How a key operation is done. */
export interface KeyOptions {
  /** Over how many other members each answer also goes, 0 to 255. */
  readonly relayFactor?: number;
}

/** Takes the outcome: a failure only if nobody could be asked. */
export type KeyReportHandler = (report: Result<KeyReport>) => void;

/** What a key manager works with. */
export interface KeyManagerParts {
  readonly ask: (
    name: string,
    payload: Uint8Array,
    options: QueryOptions,
    handlers: QueryHandlers,
  ) => Result<RunningQuery>;
  /** The number of members alive or suspect. */
  readonly aliveCount: () => number;
}

/** Changes and lists the encryption keys of all members. */
export class KeyManager {
  readonly #parts: KeyManagerParts;

  constructor(parts: KeyManagerParts) {
    this.#parts = parts;
  }

  /** Adds a key of 16, 24 or 32 bytes to every member's ring. */
  install(key: Uint8Array, options: KeyOptions, done: KeyReportHandler): void {
    this.#run("_serf_install-key", key, options, done);
  }

  /** Makes an installed key the one that seals. */
  use(key: Uint8Array, options: KeyOptions, done: KeyReportHandler): void {
    this.#run("_serf_use-key", key, options, done);
  }

  /** Removes a key, which must not be the one that seals. */
  remove(key: Uint8Array, options: KeyOptions, done: KeyReportHandler): void {
    this.#run("_serf_remove-key", key, options, done);
  }

  /** Asks every member for its keys. */
  list(options: KeyOptions, done: KeyReportHandler): void {
    this.#run("_serf_list-keys", emptyBytes, options, done);
  }

  #run(name: string, key: Uint8Array, options: KeyOptions, done: KeyReportHandler): void {
    const writer = new MsgpackWriter("raw");
    writeKeyRequest(writer, key);
    const tally = new KeyTally(this.#parts.aliveCount());
    let isDone = false;
    let running: RunningQuery | undefined;
    const finish = () => {
      if (isDone) return;
      isDone = true;
      running?.cancel();
      done(success(tally.report()));
    };
    const asked = this.#parts.ask(name, writer.copy(), { ...options, asksAgain: true }, {
      onAck() {},
      onResponse: (from, payload) => {
        tally.add(from, payload);
        if (tally.isComplete) finish();
      },
      onDone: finish,
    });
    if (!asked.ok) done(failure(asked.error));
    else running = asked.value;
  }
}

/** Adds up what members say. */
class KeyTally {
  readonly #numNodes: number;
  #numResp = 0;
  #numErr = 0;
  readonly #messages = new Map<string, string>();
  readonly #keys = new Map<string, number>();
  readonly #primaryKeys = new Map<string, number>();

  constructor(numNodes: number) {
    this.#numNodes = numNodes;
  }

  get isComplete(): boolean {
    return this.#numResp >= this.#numNodes;
  }

  add(from: string, payload: Uint8Array): void {
    this.#numResp++;
    const response = readResponse(payload);
    if (typeof response === "string") {
      this.#messages.set(from, response);
      this.#numErr++;
      return;
    }
    if (!response.isOk) this.#numErr++;
    if (!response.isOk || response.message !== "") this.#messages.set(from, response.message);
    for (const key of response.keys ?? []) addOne(this.#keys, key);
    if (response.primaryKey !== "") addOne(this.#primaryKeys, response.primaryKey);
  }

  report(): KeyReport {
    return {
      numNodes: this.#numNodes,
      numResp: this.#numResp,
      numErr: this.#numErr,
      messages: this.#messages,
      keys: this.#keys,
      primaryKeys: this.#primaryKeys,
      error: this.#error(),
    };
  }

  #error(): string | undefined {
    if (this.#numErr !== 0) return `${this.#numErr}/${this.#numNodes} nodes reported failure`;
    if (this.#numResp === this.#numNodes) return undefined;
    return `${this.#numResp}/${this.#numNodes} nodes reported success`;
  }
}

/** Reads an answer, or returns why it cannot be read. */
function readResponse(payload: Uint8Array): KeyResponse | string {
  if (payload[0] !== serfMessageType.keyResponse) {
    return `Invalid key query response type: ${payload[0] ?? "none"}`;
  }
  try {
    return readKeyResponse(new MsgpackReader(payload, 1));
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return `Failed to decode key query response: ${error.message}`;
  }
}

function addOne(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
