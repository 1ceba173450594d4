/**
 * The wire against what both references wrote: every message, every envelope,
 * datagrams, streams, and captures of live traffic.
 */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import { complete } from "../../src/bytes/steps.ts";
import { encodeText } from "../../src/bytes/text.ts";
import type { Random } from "../../src/ports/random.ts";
import {
  readAlive,
  readDead,
  readSuspect,
  writeAlive,
  writeDead,
  writeSuspect,
} from "../../src/wire/claims.ts";
import { forEachPart, PacketBuilder } from "../../src/wire/compound.ts";
import { readCompressedPart, writeCompressed } from "../../src/wire/compression.ts";
import {
  encryptedLength,
  type EnvelopeVersion,
  readEncrypted,
  writeEncrypted,
} from "../../src/wire/encryption.ts";
import {
  type NodeState,
  readFullState,
  readFullStateHeader,
  readNodeState,
  writeFullState,
  writeNodeState,
} from "../../src/wire/full_state.ts";
import { messageType } from "../../src/wire/message_type.ts";
import { type Envelope, openPacket, sealPacket } from "../../src/wire/packet.ts";
import {
  readAck,
  readIndirectPing,
  readNack,
  readPing,
  writeAck,
  writeIndirectPing,
  writeNack,
  writePing,
} from "../../src/wire/pings.ts";
import { StreamFramer } from "../../src/wire/stream_framer.ts";
import { openReply, openRequest, sealReply, sealRequest } from "../../src/wire/stream_message.ts";
import {
  readErrorMessage,
  readUserMessage,
  readUserMessageLength,
  writeErrorMessage,
  writeUserMessage,
} from "../../src/wire/user_message.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { bothProducers, bytesFromHex, readVectors } from "../support/vectors.ts";

type Fields = Readonly<Record<string, unknown>>;
type Vector = Readonly<Record<string, unknown>> & { readonly name: string };

/** Chance that hands out a recorded nonce. */
function fixedNonce(hex: string): Random {
  return {
    uniform: () => 0,
    below: () => 0,
    fill: (target) => target.set(bytesFromHex(hex)),
  };
}

function envelopeOf(vector: Fields): Envelope {
  const key = vector.key_hex as string;
  return {
    label: encodeText(vector.label as string),
    skipInboundLabelCheck: false,
    keys: key === "" ? [] : [bytesFromHex(key)],
    verifyIncoming: true,
    verifyOutgoing: true,
    compression: Boolean(vector.compression_enabled ?? vector.compressed),
    protocolVersion: (vector.local_protocol_version as number | undefined) ?? 2,
  };
}

/** What a recorded field says, in the form that the readers give. */
function recorded(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value === "object" && "hex" in value) {
    return "nil" in value && value.nil ? undefined : bytesFromHex(value.hex as string);
  }
  return value;
}

/** A kind of message: its recorded names for our fields, and how to read and write it. */
interface Kind {
  readonly fields: Readonly<Record<string, string>>;
  readonly read: (reader: MsgpackReader) => object;
  readonly write: (writer: MsgpackWriter, message: never) => void;
}

const pingFields = {
  SeqNo: "seq",
  Node: "node",
  SourceAddr: "sourceIp",
  SourcePort: "sourcePort",
  SourceNode: "sourceNode",
};
const accusationFields = { Node: "node", Incarnation: "incarnation", From: "from" };

const kinds: Readonly<Record<string, Kind>> = {
  ping: { fields: pingFields, read: readPing, write: writePing },
  indirectPing: {
    fields: { ...pingFields, Target: "targetIp", Port: "targetPort", Nack: "nack" },
    read: readIndirectPing,
    write: writeIndirectPing,
  },
  ack: { fields: { SeqNo: "seq", Payload: "payload" }, read: readAck, write: writeAck },
  nack: { fields: { SeqNo: "seq" }, read: readNack, write: writeNack },
  suspect: { fields: accusationFields, read: readSuspect, write: writeSuspect },
  dead: { fields: accusationFields, read: readDead, write: writeDead },
  alive: {
    fields: {
      Node: "node",
      Incarnation: "incarnation",
      Addr: "ip",
      Port: "port",
      Meta: "meta",
      Vsn: "versions",
    },
    read: readAlive,
    write: writeAlive,
  },
};

function writtenBy(write: (writer: MsgpackWriter) => void): string {
  const writer = new MsgpackWriter("raw");
  write(writer);
  return writer.view().toHex();
}

Deno.test("every datagram message is read as recorded and written back byte for byte", () => {
  const vectors = readVectors<(Vector & { hex: string; type: string; value: Fields })[]>(
    "memberlist-messages",
  );
  for (const vector of vectors) {
    for (const hex of bothProducers<string>(vector, "hex")) {
      const reader = new MsgpackReader(bytesFromHex(hex));
      strictEqual(reader.takeByte(), vector.id, vector.name);
      if (vector.type === "err") {
        strictEqual(readErrorMessage(reader), vector.value.Error, vector.name);
        strictEqual(
          writtenBy((writer) => writeErrorMessage(writer, vector.value.Error as string)),
          vector.hex,
        );
        continue;
      }
      // Its content is no LZW stream: compression.json has those that are.
      if (vector.type === "compress") {
        throws(() => readCompressedPart(reader, 100), { reason: "compression" });
        continue;
      }
      const kind = kinds[vector.type];
      ok(kind, `${vector.name} is of an unknown kind`);
      const message = kind.read(reader) as Record<string, unknown>;
      for (const [name, value] of Object.entries(vector.value)) {
        const field: string | undefined = kind.fields[name];
        ok(field, `${vector.name} has an unknown field ${name}`);
        // No versions and an empty list of them are one to us.
        const expected = recorded(value) ?? (name === "Vsn" ? new Uint8Array(0) : undefined);
        deepStrictEqual(message[field], expected, `${vector.name} ${name}`);
      }
      strictEqual(
        writtenBy((writer) => kind.write(writer, message as never)),
        vector.hex,
        vector.name,
      );
    }
  }
  strictEqual(vectors.length, 48);
});

Deno.test("stream headers and node states are read as recorded", () => {
  const vectors = readVectors<(Vector & { hex: string; type: string; value: Fields })[]>(
    "stream-headers",
  );
  for (const vector of vectors) {
    for (const hex of bothProducers<string>(vector, "hex")) {
      const reader = new MsgpackReader(bytesFromHex(hex));
      const { value } = vector;
      switch (vector.type) {
        case "pushPullHeader":
          deepStrictEqual(readFullStateHeader(reader), {
            joining: value.Join,
            nodeCount: value.Nodes,
            userStateLength: value.UserStateLen,
          }, vector.name);
          break;
        case "userMsgHeader":
          strictEqual(readUserMessageLength(reader), value.UserMsgLen, vector.name);
          break;
        case "pushNodeState": {
          const node = readNodeState(reader);
          deepStrictEqual(node, {
            name: value.Name,
            ip: recorded(value.Addr),
            port: value.Port,
            incarnation: value.Incarnation,
            meta: recorded(value.Meta),
            state: ["alive", "suspect", "dead", "left"][value.State as number],
            versions: recorded(value.Vsn),
          }, vector.name);
          const written = writtenBy((writer) => writeNodeState(writer, node));
          strictEqual(written, vector.hex, vector.name);
          break;
        }
        default:
          throw new Error(`${vector.name} is of an unknown kind ${vector.type}`);
      }
    }
  }
  strictEqual(vectors.length, 37);
});

Deno.test("packets are sealed byte for byte and opened again, whatever is around them", () => {
  const vectors = readVectors<Vector[]>("packets");
  for (const vector of vectors) {
    const envelope = envelopeOf(vector);
    const message = bytesFromHex(vector.message_hex as string);
    const crc = (vector.peer_pmax as number) >= 5;
    const random = fixedNonce(vector.nonce_hex as string);
    const sealed = sealPacket(message, envelope, { crc }, random).slice();
    strictEqual(sealed.toHex(), vector.packet_hex, vector.name);

    let opened: Uint8Array = openPacket(sealed, envelope);
    if (opened[0] === messageType.compress) {
      opened = readCompressedPart(new MsgpackReader(opened, 1), 65_536);
    }
    deepStrictEqual(opened.slice(), message, vector.name);
  }
  strictEqual(vectors.length, 80);
});

interface StreamVectors {
  readonly nodes: readonly Fields[];
  readonly user_state_hex: string;
  readonly vectors: readonly Vector[];
}

Deno.test("stream messages are sealed byte for byte and opened again", () => {
  const { nodes, user_state_hex, vectors } = readVectors<StreamVectors>("streams");
  const states = nodes.map((node): NodeState => ({
    name: node.Name as string,
    ip: bytesFromHex(node.Addr_hex as string),
    port: node.Port as number,
    incarnation: node.Incarnation as number,
    meta: node.Meta === null ? undefined : bytesFromHex(node.Meta as string),
    state: (["alive", "suspect", "dead", "left"] as const)[node.State as number]!,
    versions: new Uint8Array(node.Vsn as number[]),
  }));
  for (const vector of vectors) {
    const message = streamMessage(vector, states, bytesFromHex(user_state_hex));
    const envelope = envelopeOf(vector);
    const random = fixedNonce(vector.nonce_hex as string);
    const reply = sealReply(message, envelope, random).slice();
    // The newer producer writes lengths from 128 on as signed integers, which is only read.
    const isReadOnly = vector.producer === "new" && vector.name.startsWith("user-600");
    if (!isReadOnly) strictEqual(reply.toHex(), vector.stream_hex, vector.name);

    for (const hex of bothProducers<string>(vector, "stream_hex")) {
      const framed = frame(bytesFromHex(hex), "reply");
      checkStreamMessage(complete(openReply(framed, envelope)).slice(), vector, message);
      const label = envelope.label.length === 0 ? [] : [244, envelope.label.length];
      const request = new Uint8Array([...label, ...envelope.label, ...bytesFromHex(hex)]);
      checkStreamMessage(
        complete(openRequest(frame(request, "request"), envelope)).slice(),
        vector,
        message,
      );
    }
    const request = sealRequest(message, envelope, random).toHex();
    strictEqual(request.endsWith(reply.toHex()), true, vector.name);
  }
  strictEqual(vectors.length, 64);
});

/** Passes bytes through a framer in small chunks. */
function frame(bytes: Uint8Array, direction: "request" | "reply"): Uint8Array {
  const framer = new StreamFramer({ direction });
  for (let at = 0; at < bytes.length; at += 7) {
    const whole = framer.push(bytes.slice(at, at + 7));
    if (whole) return whole.slice();
  }
  throw new Error("The framer found no end");
}

function streamMessage(vector: Vector, nodes: NodeState[], userState: Uint8Array): Uint8Array {
  const writer = new MsgpackWriter("raw");
  const value = vector.value as Fields;
  switch (vector.kind) {
    case "pushPull":
      complete(writeFullState(writer, { joining: vector.join as boolean, nodes, userState }));
      break;
    case "user":
      writeUserMessage(writer, bytesFromHex(vector.payload_hex as string));
      break;
    case "ping":
      writePing(writer, {
        seq: value.SeqNo as number,
        node: value.Node as string,
        sourceIp: bytesFromHex(value.SourceAddr_hex as string),
        sourcePort: value.SourcePort as number,
        sourceNode: value.SourceNode as string,
      });
      break;
    case "ack":
      writeAck(writer, { seq: value.SeqNo as number, payload: undefined });
      break;
    case "err":
      writeErrorMessage(writer, value.Error as string);
      break;
    default:
      throw new Error(`${vector.name} is of an unknown kind ${vector.kind}`);
  }
  return writer.copy();
}

/** Equal in bytes, or, where the producers' integers differ, in what is read. */
function checkStreamMessage(opened: Uint8Array, vector: Vector, expected: Uint8Array): void {
  if (opened.toHex() === expected.toHex()) return;
  const read = (bytes: Uint8Array) => {
    const reader = new MsgpackReader(bytes, 1);
    if (vector.kind === "pushPull") return complete(readFullState(reader));
    if (vector.kind === "user") return readUserMessage(reader);
    throw new Error(`${vector.name}: unexpected bytes ${bytes.toHex()}`);
  };
  strictEqual(opened[0], expected[0], vector.name);
  deepStrictEqual(read(opened), read(expected), vector.name);
}

interface CompoundVectors {
  readonly vectors: readonly (Vector & { packet_hex: string; parts_hex: string[] })[];
  readonly truncation: readonly (Vector & {
    error: string | null;
    packet_hex: string;
    parts_hex: string[];
    truncated: number;
  })[];
  readonly over_255: {
    readonly parts: number;
    readonly parts_hex: string[];
    readonly packets_hex_new: string[];
  };
}

function partsOf(packet: Uint8Array): { parts: string[]; missing: number } {
  const parts: string[] = [];
  const missing = forEachPart(packet, 0, packet.length, (start, end) => {
    parts.push(packet.subarray(start, end).toHex());
  });
  return { parts, missing };
}

Deno.test("compound messages are read as the newer reference reads them", () => {
  const { vectors, truncation, over_255 } = readVectors<CompoundVectors>("compound");
  for (const { name, packet_hex, parts_hex } of vectors) {
    deepStrictEqual(partsOf(bytesFromHex(packet_hex)), { parts: parts_hex, missing: 0 }, name);
  }
  for (const { name, error, packet_hex, parts_hex, truncated } of truncation) {
    const packet = bytesFromHex(packet_hex);
    if (error !== null) throws(() => partsOf(packet), { reason: "truncated" }, name);
    else deepStrictEqual(partsOf(packet), { parts: parts_hex, missing: truncated }, name);
  }
  deepStrictEqual([vectors.length, truncation.length], [7, 8]);
  const split = over_255.packets_hex_new.map((packet) => partsOf(bytesFromHex(packet)));
  deepStrictEqual(split.map(({ missing }) => missing), [0, 0]);
  deepStrictEqual(split.flatMap(({ parts }) => parts), over_255.parts_hex);
  strictEqual(over_255.parts_hex.length, over_255.parts);
});

Deno.test("PacketBuilder writes compound messages as recorded, and never more than 127 parts", () => {
  const { vectors, over_255 } = readVectors<CompoundVectors>("compound");
  for (const { name, packet_hex, parts_hex } of vectors) {
    if (parts_hex.length > 127) continue;
    const builder = new PacketBuilder();
    builder.reset(60_000);
    for (const part of parts_hex) strictEqual(builder.add(bytesFromHex(part)), true, name);
    const expected = parts_hex.length === 1 ? parts_hex[0] : packet_hex;
    strictEqual(builder.build().toHex(), expected, name);
  }
  const builder = new PacketBuilder();
  builder.reset(60_000);
  const taken = over_255.parts_hex.filter((part) => builder.add(bytesFromHex(part)));
  strictEqual(taken.length, 127);
  deepStrictEqual(partsOf(builder.build().slice()), { parts: taken, missing: 0 });
});

Deno.test("compressed messages are written byte for byte and read back", () => {
  const { vectors } = readVectors<{
    vectors: (Vector & { message_hex: string; input_hex: string; input_len: number })[];
  }>("compression");
  for (const vector of vectors) {
    if (vector.input_hex === undefined || vector.message_hex === undefined) continue;
    const input = bytesFromHex(vector.input_hex);
    const writer = new MsgpackWriter("raw");
    complete(writeCompressed(writer, input));
    strictEqual(writer.view().toHex(), vector.message_hex, vector.name);
    if (input.length === 0) {
      throws(() => readCompressedPart(new MsgpackReader(writer.view(), 1), 10), {
        reason: "empty",
      });
    } else {
      const read = readCompressedPart(new MsgpackReader(writer.copy(), 1), input.length);
      deepStrictEqual(read.slice(), input, vector.name);
    }
  }
});

interface EncryptionVectors {
  readonly vectors: readonly (Vector & {
    aad_hex: string;
    envelope_hex: string;
    key_hex: string;
    nonce_hex: string;
    plaintext_hex: string;
    version: EnvelopeVersion;
  })[];
  readonly decrypt_cases: readonly (Vector & {
    aad_hex: string;
    envelope_hex: string;
    keys_hex: string[];
    ok: boolean;
    error?: string;
    plaintext_hex?: string;
  })[];
  readonly encrypted_length: readonly { input: number; v0: number; v1: number }[];
  readonly overhead: { readonly v0_max: number; readonly v1: number };
}

Deno.test("encrypted envelopes are written byte for byte for every key length and version", () => {
  const { vectors, encrypted_length, overhead } = readVectors<EncryptionVectors>("encryption");
  for (const vector of vectors) {
    const [key, plaintext, extra] = [vector.key_hex, vector.plaintext_hex, vector.aad_hex]
      .map(bytesFromHex) as [Uint8Array, Uint8Array, Uint8Array];
    const writer = new MsgpackWriter("raw");
    writeEncrypted(writer, plaintext, key, extra, vector.version, fixedNonce(vector.nonce_hex));
    strictEqual(writer.view().toHex(), vector.envelope_hex, vector.name);
    deepStrictEqual(
      complete(readEncrypted(writer.copy(), [key], extra, () => true)).slice(),
      plaintext,
      vector.name,
    );
  }
  for (const { input, v0, v1 } of encrypted_length) {
    deepStrictEqual([encryptedLength(0, input), encryptedLength(1, input)], [v0, v1]);
    strictEqual(v1, input + overhead.v1);
    strictEqual(v0 <= input + overhead.v0_max, true);
  }
  deepStrictEqual([vectors.length, encrypted_length.length], [42, 8]);
});

Deno.test("envelopes are opened and refused as the reference does, in the same words", () => {
  const { decrypt_cases } = readVectors<EncryptionVectors>("encryption");
  for (const vector of decrypt_cases) {
    const open = () =>
      complete(readEncrypted(
        bytesFromHex(vector.envelope_hex),
        vector.keys_hex.map(bytesFromHex),
        bytesFromHex(vector.aad_hex),
        () => true,
      ));
    if (vector.ok) strictEqual(open().toHex(), vector.plaintext_hex, vector.name);
    else {
      // Only the old reference begins its texts with a capital letter.
      const message = vector.error!.charAt(0).toLowerCase() + vector.error!.slice(1);
      throws(open, (error: unknown) => error instanceof WireError && error.message === message);
    }
  }
  strictEqual(decrypt_cases.length, 7);
});
