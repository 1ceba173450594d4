/**
 * Serf's messages against the bytes that both references wrote: each is read as
 * recorded and written back byte for byte.
 */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { complete } from "../../src/bytes/steps.ts";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import { addressFromBytes } from "../../src/ports/address.ts";
import {
  readConflictResponse,
  writeConflictResponse,
} from "../../src/serf/queries/conflict_message.ts";
import { readEvent, writeEvent } from "../../src/serf/events/event_message.ts";
import { readJoin, readLeave, writeJoin, writeLeave } from "../../src/serf/intent_messages.ts";
import {
  type PushPullState,
  readPushPull,
  writePushPull,
} from "../../src/serf/push_pull_message.ts";
import {
  readKeyRequest,
  readKeyResponse,
  writeKeyRequest,
  writeKeyResponse,
} from "../../src/serf/queries/key_messages.ts";
import type { SerfMember } from "../../src/serf/member.ts";
import { encodeFilters, QueryFilters } from "../../src/serf/queries/query_filter.ts";
import { SimClock } from "../../src/sim/sim_clock.ts";
import {
  readQuery,
  readRelayHeader,
  readResponse,
  writeQuery,
  writeRelayHeader,
  writeResponse,
} from "../../src/serf/queries/query_messages.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { RecordingLog } from "../support/recorders.ts";
import { bothProducers, bytesFromHex, readVectors } from "../support/vectors.ts";

interface RecordedBytes {
  readonly hex: string;
}

/** The recorded fields of all kinds of messages; each kind has some of them. */
interface Value {
  readonly Addr: RecordedBytes;
  readonly CC: boolean;
  readonly DelegateCur: number;
  readonly DelegateMax: number;
  readonly DelegateMin: number;
  readonly DestAddr: { readonly IP: RecordedBytes; readonly Port: number };
  readonly DestName: string;
  readonly EventLTime: number;
  readonly Events?: readonly (RecordedSlot | null)[];
  readonly Filters_hex: readonly string[] | null;
  readonly Flags: number;
  readonly From: string;
  readonly ID: number;
  readonly Key: RecordedBytes | null;
  readonly Keys: readonly string[] | null;
  /** A number, but for one that no clock here can have. */
  readonly LTime: number;
  readonly LeftMembers: readonly string[];
  readonly Message: string;
  readonly Name: string;
  readonly Node: string;
  readonly Payload: RecordedBytes | null;
  readonly Port: number;
  readonly PrimaryKey: string;
  readonly ProtocolCur: number;
  readonly ProtocolMax: number;
  readonly ProtocolMin: number;
  readonly Prune: boolean;
  readonly QueryLTime: number;
  readonly RelayFactor: number;
  readonly Result: boolean;
  readonly SourceNode: string;
  readonly Status: number;
  readonly StatusLTimes: Readonly<Record<string, number>>;
  readonly Tags: Readonly<Record<string, string>>;
  readonly Timeout: number;
  readonly inner_hex: string;
}

interface RecordedSlot {
  readonly LTime: number;
  readonly Events: readonly { readonly Name: string; readonly Payload: RecordedBytes | null }[];
}

interface Message {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  /** Nothing only in an answer about a name that is not known. */
  readonly value: Value | null;
  readonly hex: string;
}

interface FilterVector {
  readonly name: string;
  readonly type: number;
  readonly hex: string;
  readonly nodes?: readonly string[];
  readonly Tag?: string;
  readonly Expr?: string;
}

interface SerfMessages {
  readonly messages: readonly Message[];
  readonly filters: readonly FilterVector[];
}

function bytes(recorded: RecordedBytes | null): Uint8Array | undefined {
  return recorded === null ? undefined : bytesFromHex(recorded.hex);
}

/** A kind of message: what the recording says, in our terms, and how to read and write it. */
interface Kind<T> {
  readonly recorded: (value: Value) => T;
  readonly read: (reader: MsgpackReader) => T;
  readonly write: (writer: MsgpackWriter, message: T) => void;
}

function kind<T>(kind: Kind<T>): Kind<unknown> {
  return {
    ...kind,
    write: (writer, message) => kind.write(writer, message as T),
  };
}

const kinds = new Map<string, Kind<unknown>>([
  [
    "join",
    kind({
      recorded: ({ LTime, Node }) => ({ ltime: LTime, node: Node }),
      read: readJoin,
      write: writeJoin,
    }),
  ],
  [
    "leave",
    kind({
      recorded: ({ LTime, Node, Prune }) => ({ ltime: LTime, node: Node, prune: Prune }),
      read: readLeave,
      write: writeLeave,
    }),
  ],
  [
    "userEvent",
    kind({
      recorded: ({ LTime, Name, Payload, CC }) => ({
        ltime: LTime,
        name: Name,
        payload: bytes(Payload),
        coalesce: CC,
      }),
      read: readEvent,
      write: writeEvent,
    }),
  ],
  [
    "query",
    kind({
      recorded: (value) => ({
        ltime: value.LTime,
        id: value.ID,
        ip: bytes(value.Addr)!,
        port: value.Port,
        sourceNode: value.SourceNode,
        filters: (value.Filters_hex ?? []).map(bytesFromHex),
        flags: value.Flags,
        relayFactor: value.RelayFactor,
        timeout: BigInt(value.Timeout),
        name: value.Name,
        payload: bytes(value.Payload),
      }),
      read: readQuery,
      write: writeQuery,
    }),
  ],
  [
    "queryResponse",
    kind({
      recorded: ({ LTime, ID, From, Flags, Payload }) => ({
        ltime: LTime,
        id: ID,
        from: From,
        flags: Flags,
        payload: bytes(Payload),
      }),
      read: readResponse,
      write: writeResponse,
    }),
  ],
  [
    "relay",
    kind({
      recorded: ({ DestAddr, DestName, inner_hex }) => ({
        header: {
          address: { ip: bytes(DestAddr.IP)!, port: DestAddr.Port, zone: "" },
          name: DestName,
        },
        inner: bytesFromHex(inner_hex),
      }),
      read: (reader) => ({ header: readRelayHeader(reader), inner: reader.takeRest().slice() }),
      write: (writer, { header, inner }) => {
        writeRelayHeader(writer, header);
        writer.writeRaw(inner);
      },
    }),
  ],
  [
    "pushPull",
    kind({
      recorded: recordedState,
      read: (reader) => complete(readPushPull(reader)),
      write: (writer, state) => complete(writePushPull(writer, state)),
    }),
  ],
  [
    "keyRequest",
    kind({
      // No key and an empty one are one to us.
      recorded: ({ Key }) => ({ key: bytes(Key) ?? new Uint8Array(0) }),
      read: readKeyRequest,
      write: writeKeyRequest,
    }),
  ],
  [
    "keyResponse",
    kind({
      recorded: ({ Result, Message, Keys, PrimaryKey }) => ({
        isOk: Result,
        message: Message,
        keys: Keys ?? undefined,
        primaryKey: PrimaryKey,
      }),
      read: readKeyResponse,
      write: writeKeyResponse,
    }),
  ],
]);

function recordedState(value: Value): PushPullState {
  const slots = value.Events ?? Array.from({ length: 512 }, () => null);
  return {
    memberTime: value.LTime,
    eventTime: value.EventLTime,
    queryTime: value.QueryLTime,
    statusTimes: new Map(Object.entries(value.StatusLTimes)),
    leftMembers: value.LeftMembers,
    eventSlots: slots.map((slot) =>
      slot === null ? undefined : {
        ltime: slot.LTime,
        events: slot.Events.map(({ Name, Payload }) => ({ name: Name, payload: bytes(Payload) })),
      }
    ),
  };
}

/** Whether the time is recorded as text, being one that no clock here can have. */
function isImpossibleTime({ LTime }: Value): boolean {
  return typeof LTime === "string";
}

Deno.test("every Serf message is read as recorded and written back byte for byte", () => {
  const { messages } = readVectors<SerfMessages>("serf-messages");
  for (const message of messages.filter(({ type }) => type !== "conflictResponse")) {
    const { name, type, value } = message;
    const codec = kinds.get(type);
    ok(codec && value, `${name} is of an unknown kind ${type}`);
    const forms = bothProducers<string>({ ...message }, "hex");
    for (const hex of forms) {
      const reader = new MsgpackReader(bytesFromHex(hex));
      strictEqual(reader.takeByte(), message.id, name);
      if (isImpossibleTime(value)) throws(() => codec.read(reader), WireError, name);
      else deepStrictEqual(codec.read(reader), codec.recorded(value), name);
    }
    // A request for no key is written with an empty one, which peers take for the same.
    if (isImpossibleTime(value) || name === "key-request-nil") continue;
    const writer = new MsgpackWriter("raw");
    codec.write(writer, codec.recorded(value));
    strictEqual(writer.view().toHex(), forms[0], name);
  }
  strictEqual(messages.length, 62);
});

Deno.test("every answer about a contested name is read as recorded and written back", () => {
  const { messages } = readVectors<SerfMessages>("serf-messages");
  const answers = messages.filter(({ type }) => type === "conflictResponse");
  strictEqual(answers.length, 3);
  for (const { hex, id, name, value } of answers) {
    const reader = new MsgpackReader(bytesFromHex(hex));
    strictEqual(reader.takeByte(), id, name);
    deepStrictEqual(
      readConflictResponse(reader),
      value === null ? undefined : { ip: bytes(value.Addr), port: value.Port },
      name,
    );
    const writer = new MsgpackWriter("raw");
    writeConflictResponse(writer, value === null ? undefined : contestedMember(value));
    strictEqual(writer.view().toHex(), hex, name);
  }
});

function contestedMember(value: Value): SerfMember {
  const ip = bytesFromHex(value.Addr.hex);
  strictEqual(value.Status, 1);
  return {
    name: value.Name,
    ip,
    address: addressFromBytes(ip, value.Port),
    tags: value.Tags,
    status: "alive",
    versions: {
      protocolMin: value.ProtocolMin,
      protocolMax: value.ProtocolMax,
      protocolCurrent: value.ProtocolCur,
      delegateMin: value.DelegateMin,
      delegateMax: value.DelegateMax,
      delegateCurrent: value.DelegateCur,
    },
  };
}

Deno.test("encodeFilters() writes the recorded bytes, and QueryFilters reads them", () => {
  const { filters } = readVectors<SerfMessages>("serf-messages");
  const log = new RecordingLog();
  const all = new QueryFilters({ clock: new SimClock(), log });
  for (const { name, hex, nodes, Tag = "", Expr = "" } of filters) {
    const written = encodeFilters(nodes ?? [], new Map(nodes ? [] : [[Tag, Expr]]));
    // A query that names no nodes carries no such filter, although one could be written.
    const expected = nodes?.length === 0 ? [] : [hex];
    deepStrictEqual(written.map((filter) => filter.toHex()), expected, name);

    const matches = (node: string, value: string) => {
      return all.judge([bytesFromHex(hex)], node, { [Tag]: value }) === "meant";
    };
    const matching = { web: "a web", "^(eu|us)-AAAAA$": "us-AAAAA", ".*": "" }[Expr] ?? "";
    strictEqual(matches(nodes?.at(-1) ?? "a", matching), nodes?.length !== 0, name);
    if (nodes || Expr !== ".*") strictEqual(matches("nobody", "xx"), false, name);
  }
  strictEqual(filters.length, 6);
  deepStrictEqual(log.lines, []);
});
