/**
 * Encryption keys of the whole cluster: install, use, remove and list them (gossip.md section
 * 25.1).
 *
 * Each operation is a query that every member answers. Silent members are asked again under every
 * key: one that missed an earlier operation cannot read what the primary key seals.
 */

import { emptyBytes } from "../../bytes/empty_bytes.ts";
import { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { failure, type Result, success } from "../../ports/result.ts";
import { WireError } from "../../wire/wire_error.ts";
import { type KeyResponse, readKeyResponse, writeKeyRequest } from "./key_messages.ts";
import { serfMessageType } from "../message_type.ts";
import type { SerfNode } from "../node.ts";
import type { Queries } from "./queries.ts";
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
  /** Key in base64 to the number of members that have it; `undefined` unless keys were listed. */
  readonly keys: ReadonlyMap<string, number> | undefined;
  /** The same for the key that seals. */
  readonly primaryKeys: ReadonlyMap<string, number> | undefined;
  /** Why the operation counts as failed; `undefined` if every member agreed. */
  readonly error: string | undefined;
}

/** What may be done with the keys of a cluster. */
export type KeyOperation = "install" | "use" | "remove" | "list";

/** How a key operation is done. */
export interface KeyOptions {
  /**
   * The number of other members through which each answer is also sent, 0 to 255.
   * @default {0}
   */
  readonly relayFactor?: number;
}

/** Takes the outcome: a failure only if nobody could be asked. */
export type KeyReportHandler = (report: Result<KeyReport>) => void;

/** Changes and lists the encryption keys of all members. */
export class KeyManager {
  readonly #node: SerfNode;
  readonly #ask: Queries["ask"];

  constructor(node: SerfNode, ask: Queries["ask"]) {
    this.#node = node;
    this.#ask = ask;
  }

  /**
   * Does something with a key on every member.
   *
   * @param key 16, 24 or 32 bytes; left out where keys are listed.
   */
  run(
    operation: KeyOperation,
    key: Uint8Array | undefined,
    options: KeyOptions,
    done: KeyReportHandler,
  ): void {
    const name = operation === "list" ? "_serf_list-keys" : `_serf_${operation}-key`;
    const writer = new MsgpackWriter("raw");
    writeKeyRequest(writer, { key: key ?? emptyBytes });
    const tally = new KeyTally(this.#node.memberlist.aliveCount);
    let isDone = false;
    let running: RunningQuery | undefined;
    const finish = () => {
      if (isDone) return;
      isDone = true;
      running?.cancel();
      done(success(tally.report(operation === "list")));
    };
    const asked = this.#ask(name, writer.copy(), { ...options, asksAgain: true }, {
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
class KeyTally implements Omit<KeyReport, "error"> {
  readonly numNodes: number;
  numResp = 0;
  numErr = 0;
  readonly messages = new Map<string, string>();
  readonly keys = new Map<string, number>();
  readonly primaryKeys = new Map<string, number>();

  constructor(numNodes: number) {
    this.numNodes = numNodes;
  }

  get isComplete(): boolean {
    return this.numResp >= this.numNodes;
  }

  add(from: string, payload: Uint8Array): void {
    this.numResp++;
    const response = readResponse(payload);
    if (typeof response === "string") {
      this.messages.set(from, response);
      this.numErr++;
      return;
    }
    if (!response.isOk) this.numErr++;
    if (!response.isOk || response.message !== "") this.messages.set(from, response.message);
    for (const key of response.keys ?? []) addOne(this.keys, key);
    if (response.primaryKey !== "") addOne(this.primaryKeys, response.primaryKey);
  }

  report(isListing: boolean): KeyReport {
    const { keys, primaryKeys, ...numbers } = this;
    const listed = isListing ? { keys, primaryKeys } : { keys: undefined, primaryKeys: undefined };
    return { ...numbers, ...listed, error: this.#error() };
  }

  #error(): string | undefined {
    if (this.numErr !== 0) return `${this.numErr}/${this.numNodes} nodes reported failure`;
    if (this.numResp === this.numNodes) return undefined;
    return `${this.numResp}/${this.numNodes} nodes reported success`;
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
