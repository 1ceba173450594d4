/**
 * Byte streams recorded at the RPC port of real agents (`tests/vectors/rpc`), and
 * an agent that behaves as the recorded one did.
 *
 * The order of keys is free in maps that are maps by nature (tags, messages, keys,
 * facts), and fixed in records; `canonical` sorts the former only.
 */

import { type MsgpackValue, readAny } from "./msgpack_value.ts";
import { MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { ValueSplitter } from "../../src/rpc/frames.ts";
import { failure, type Result, success } from "../../src/ports/result.ts";
import type { MemberEventType, SerfEvent } from "../../src/serf/event.ts";
import type { KeyReport } from "../../src/serf/queries/key_manager.ts";
import type { QueryOptions } from "../../src/serf/queries/queries.ts";
import type { QueryListener } from "../../src/serf/queries/running_query.ts";
import type { SerfMember } from "../../src/serf/member.ts";
import type { SimClock } from "../../src/sim/sim_clock.ts";
import type { LogLevelName, QueryHandle } from "../../src/agent/agent_control.ts";
import { FakeAgent, makeMember, makeQuery } from "./fake_agent.ts";
import { readVectorFile } from "./vectors.ts";

/** One value of a command's stream. */
export interface RecordedValue {
  readonly dir: "client to agent" | "agent to client";
  readonly hex: string;
}

/** A command line tool talking to an agent. */
export interface CommandRun {
  readonly command: readonly string[];
  readonly stream: readonly RecordedValue[];
}

/** One step of a hand-made exchange. */
export type RawStep =
  | {
    readonly send: string;
    readonly received: string;
    readonly connection: "open" | "closed" | "reset";
  }
  | { readonly wait_seconds: number }
  | "half-close";

/** A hand-made exchange with an agent. */
export interface RawRun {
  readonly exchange: readonly RawStep[];
  readonly agent_log: readonly string[];
}

/** A recording with both releases; one that is the same as the other is filled in. */
export interface Recording<R> {
  readonly id: string;
  readonly runs: ReadonlyMap<string, R>;
}

const folder = new URL("../vectors/rpc/", import.meta.url);

/** Reads all recordings whose name does, or does not, start with `raw-`. */
export function readRecordings(kind: "raw"): Recording<RawRun>[];
export function readRecordings(kind: "command"): Recording<CommandRun>[];
export function readRecordings(kind: "raw" | "command"): Recording<RawRun | CommandRun>[] {
  const names = [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
  return names
    .filter((name) => name.endsWith(".json") && name.startsWith("raw-") === (kind === "raw"))
    .map((name) => {
      const file = readVectorFile<{ id: string; runs: Record<string, unknown> }>(
        `rpc/${name.slice(0, -".json".length)}`,
      );
      const head = file.runs["head"] as RawRun | CommandRun;
      const runs = new Map(
        Object.entries(file.runs).map(([release, run]) => {
          return [release, run === "same as head" ? head : run as RawRun | CommandRun];
        }),
      );
      return { id: file.id, runs };
    });
}

/** Cuts bytes into MessagePack values; what is incomplete at the end is left out. */
export function splitValues(bytes: Uint8Array): Uint8Array[] {
  const splitter = new ValueSplitter(1 << 24);
  splitter.push(bytes);
  const values: Uint8Array[] = [];
  for (let value = splitter.take(); value; value = splitter.take()) values.push(value.slice());
  return values;
}

/** Decodes one value without knowing what it is. */
export function decodeValue(bytes: Uint8Array): MsgpackValue {
  return readAny(new MsgpackReader(bytes));
}

/** A field of a decoded record. */
export function fieldOf(value: MsgpackValue, name: string): MsgpackValue {
  return value instanceof Map ? value.get(name) : undefined;
}

/** An answer or a record: its number, and header and body in canonical hex. */
export interface Message {
  readonly seq: string;
  readonly hex: readonly string[];
}

/** Puts headers and bodies together, grouped by number; within a number the order stays. */
export function messagesOf(values: readonly Uint8Array[]): Message[] {
  const messages: { seq: string; hex: string[] }[] = [];
  for (const bytes of values) {
    const value = decodeValue(bytes);
    const isHeader = value instanceof Map && value.has("Error") && value.has("Seq");
    if (isHeader) messages.push({ seq: String(value.get("Seq")), hex: [canonical(bytes)] });
    else messages.at(-1)?.hex.push(canonical(bytes));
  }
  return messages.toSorted((a, b) => a.seq < b.seq ? -1 : a.seq > b.seq ? 1 : 0);
}

const freeMaps = new Set(["Tags", "Messages", "Keys", "FilterTags"]);

/** Returns a value's bytes as hex, with the keys of maps that are no records sorted. */
export function canonical(bytes: Uint8Array): string {
  const facts = fieldOf(decodeValue(bytes), "agent") instanceof Map;
  return canonicalValue(bytes, facts ? 2 : 0);
}

/** `free` tells how many levels of maps from here on have no order of their own. */
function canonicalValue(bytes: Uint8Array, free: number): string {
  const reader = new MsgpackReader(bytes);
  const next = (): Uint8Array => {
    const start = reader.position;
    reader.skip();
    return bytes.subarray(start, reader.position);
  };

  if (reader.isArrayNext()) {
    const length = reader.readArrayLength() ?? 0;
    const head = bytes.subarray(0, reader.position).toHex();
    return head + Array.from({ length }, () => canonicalValue(next(), free)).join("");
  }
  const type = bytes[0] ?? 0;
  if ((type & 0xf0) !== 0x80 && type !== 0xde && type !== 0xdf) return bytes.toHex();

  const length = reader.readMapLength() ?? 0;
  const head = bytes.subarray(0, reader.position).toHex();
  const entries: string[] = [];
  for (let i = 0; i < length; i++) {
    const key = next();
    const inner = freeMaps.has(String(decodeValue(key))) ? 1 : Math.max(0, free - 1);
    entries.push(key.toHex() + canonicalValue(next(), inner));
  }
  return head + (free > 0 ? entries.sort() : entries).join("");
}

/** What the recorded agent had, as far as its answers show. */
export interface Traits {
  /** All values that the agent sent, decoded. */
  readonly sent: readonly MsgpackValue[];
  readonly clock: SimClock;
}

/** Behaves as the agent of a recording did. */
export class RecordedAgent extends FakeAgent {
  readonly #traits: Traits;
  #knowsLog = false;

  constructor(traits: Traits) {
    super();
    this.#traits = traits;
    this.memberList = [makeMember("n1")];
    for (const value of traits.sent) this.#learn(value);
  }

  override async userEvent(
    name: string,
    payload: Uint8Array | undefined,
    coalesce: boolean,
  ): Promise<void> {
    if (name.length + (payload?.length ?? 0) > 512) {
      throw new Error("user event exceeds configured limit of 512 bytes before encoding");
    }
    await super.userEvent(name, payload, coalesce);
    this.emit({ type: "user", ltime: this.#ltime(name), name, payload, coalesce });
  }

  override updateTags(
    set: ReadonlyMap<string, string>,
    remove: readonly string[],
  ): Promise<void> {
    const length = [...set].flat().join("").length;
    if (length > 512) throw new Error("Encoded length of tags exceeds limit of 512 bytes");
    return super.updateTags(set, remove);
  }

  override query(
    name: string,
    payload: Uint8Array | undefined,
    options: QueryOptions,
    listener: QueryListener,
  ): QueryHandle {
    if (name.startsWith("_serf_") && (name !== "_serf_ping" || payload)) {
      throw new Error("Queries cannot contain the '_serf_' prefix");
    }
    const handle = super.query(name, payload, options, listener);
    const { clock } = this.#traits;
    const deadline = clock.now() + (options.timeout ?? 3200);
    clock.after(deadline - clock.now(), () => listener.onDone());

    if (options.requestAck) listener.onAck("n1");
    if (name === "load") listener.onResponse("n1", new TextEncoder().encode("0.42\n"));
    if (!name.startsWith("_serf_")) this.#emitQuery(name, payload, listener, deadline);
    return handle;
  }

  override coordinate(node: string) {
    const known = this.#traits.sent.some((value) => fieldOf(value, "Ok") === true);
    if (!known || node !== "n1") return undefined;
    return { vec: new Array<number>(8).fill(0), error: 1.5, adjustment: 0, height: 1e-5 };
  }

  /** Makes happen what led to a record that the agent sent of its own accord. */
  cause(record: MsgpackValue): void {
    const event = fieldOf(record, "Event");
    if (typeof event !== "string") return;
    const payload = fieldOf(record, "Payload");
    const bytes = payload instanceof Uint8Array ? payload : undefined;
    const name = String(fieldOf(record, "Name"));
    const ltime = this.#ltime(name);
    if (event === "user") {
      const coalesce = fieldOf(record, "Coalesce") === true;
      this.emit({ type: "user", ltime, name, payload: bytes, coalesce });
    } else if (event === "query") {
      this.emit(makeQuery(name, { ltime, ...bytes ? { payload: bytes } : {} }));
    } else {
      const members = listOf(fieldOf(record, "Members")).map(toMember);
      const memberEvent: SerfEvent = { type: event as MemberEventType, members };
      this.emit(memberEvent);
    }
  }

  #emitQuery(
    name: string,
    payload: Uint8Array | undefined,
    listener: QueryListener,
    deadline: number,
  ): void {
    let answered = false;
    const respond = (answer: Uint8Array): Result<void> => {
      if (answered) return failure("response already sent");
      if (answer.length > 1000) return failure("response exceeds limit of 1024 bytes");
      answered = true;
      listener.onResponse("n1", answer);
      return success(undefined);
    };
    const ltime = this.#ltime(name);
    this.emit(makeQuery(name, { ltime, deadline, respond, ...payload ? { payload } : {} }));
  }

  /** The logical time that the recorded agent gave to what has this name. */
  #ltime(name: string): number {
    const record = this.#traits.sent.find((value) => {
      return fieldOf(value, "Name") === name && fieldOf(value, "LTime") !== undefined;
    });
    return Number(fieldOf(record, "LTime") ?? 1);
  }

  #learn(value: MsgpackValue): void {
    const members = fieldOf(value, "Members");
    if (members && fieldOf(value, "Event") === undefined) {
      this.memberList = listOf(members).map(toMember);
    }
    if (fieldOf(value, "agent") instanceof Map) this.statistics = factsOf(value);
    const log = fieldOf(value, "Log");
    if (typeof log === "string") this.#learnLog(log);
    const num = fieldOf(value, "Num");
    if (typeof num === "number") this.contacted = num;
    if (fieldOf(value, "NumNodes") !== undefined) {
      this.keyOutcome = { ...outcomeOf(value), error: this.keyOutcome.error };
    }
    this.#learnError(fieldOf(value, "Error"));
  }

  /** A second monitor gets the same past again: from its first line on nothing is new. */
  #learnLog(line: string): void {
    if (this.logFeed.entries[0]?.text === line) this.#knowsLog = true;
    if (this.#knowsLog) return;
    this.logFeed.write(/\[(\w+)\]/.exec(line)?.[1] as LogLevelName, line);
  }

  #learnError(error: MsgpackValue): void {
    if (typeof error !== "string") return;
    if (error.includes("failed to join") || error.includes("Failed to join")) {
      this.refusals.set("join", error);
    }
    if (error.includes("reported failure") || error.startsWith("illegal base64")) {
      this.keyOutcome = { ...this.keyOutcome, error };
    }
  }
}

function listOf(value: MsgpackValue): readonly MsgpackValue[] {
  return Array.isArray(value) ? value : [];
}

function textsOf(value: MsgpackValue): Map<string, string> {
  const entries = value instanceof Map ? [...value] : [];
  return new Map(entries.map(([key, text]) => [key, String(text)]));
}

function factsOf(value: MsgpackValue): Map<string, Map<string, string>> {
  const entries = value instanceof Map ? [...value] : [];
  return new Map(entries.map(([section, facts]) => [section, textsOf(facts)]));
}

function toMember(value: MsgpackValue): SerfMember {
  return makeMember(String(fieldOf(value, "Name")), {
    ip: fieldOf(value, "Addr") as Uint8Array,
    port: Number(fieldOf(value, "Port")),
    status: fieldOf(value, "Status") as SerfMember["status"],
    tags: Object.fromEntries(textsOf(fieldOf(value, "Tags"))),
  });
}

function outcomeOf(value: MsgpackValue): KeyReport {
  const keys = fieldOf(value, "Keys");
  return {
    messages: textsOf(fieldOf(value, "Messages")),
    keys: keys instanceof Map
      ? new Map([...keys].map(([key, count]) => [key, Number(count)]))
      : undefined,
    primaryKeys: undefined,
    numNodes: Number(fieldOf(value, "NumNodes")),
    numErr: Number(fieldOf(value, "NumErr")),
    numResp: Number(fieldOf(value, "NumResp")),
    error: undefined,
  };
}
