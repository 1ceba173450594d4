/**
 * Claims: what members say about members (gossip.md sections 7.5 and 7.6).
 *
 * Bytes in a claim that was read are views on the packet or shared with others:
 * copy what you keep, and change nothing.
 */

import type { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { StructReader } from "../bytes/msgpack_struct.ts";
import { encodeKey, type MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { readBody, readName, uint16, uint32, type Writable } from "./message_body.ts";
import { messageType } from "./message_type.ts";

/** A member is alive, here is where and with what. Only the member itself raises `incarnation`. */
export interface Alive {
  readonly node: string;
  readonly incarnation: number;
  /** Raw IP bytes, 4 or 16 from honest peers. */
  readonly ip: Uint8Array;
  /** 0 from peers of protocol version 1, which have none. */
  readonly port: number;
  /** `undefined` and empty both mean none. */
  readonly meta: Uint8Array | undefined;
  /** Protocol minimum, maximum and current, then the same of Serf; odd peers send fewer than 6. */
  readonly versions: Uint8Array;
}

/** `from` doubts that `node` is alive. */
export interface Suspect {
  readonly node: string;
  readonly incarnation: number;
  readonly from: string;
}

/** `node` is gone; if `from` is the same, it said goodbye. */
export interface Dead {
  readonly node: string;
  readonly incarnation: number;
  readonly from: string;
}

const keys = {
  addr: encodeKey("Addr"),
  from: encodeKey("From"),
  incarnation: encodeKey("Incarnation"),
  meta: encodeKey("Meta"),
  node: encodeKey("Node"),
  port: encodeKey("Port"),
  vsn: encodeKey("Vsn"),
};

const noBytes = new Uint8Array(0);

const aliveStruct = new StructReader<Writable<Alive>>({
  Incarnation: (reader, alive) => alive.incarnation = reader.readUint(uint32),
  Node: (reader, alive) => alive.node = readName(reader),
  Addr: (reader, alive) => alive.ip = reader.readInternedBytes() ?? noBytes,
  Port: (reader, alive) => alive.port = reader.readUint(uint16),
  Meta: (reader, alive) => alive.meta = reader.readInternedBytes(),
  Vsn: (reader, alive) => alive.versions = reader.readInternedBytes() ?? noBytes,
});

const doubtStruct = new StructReader<Writable<Suspect>>({
  Incarnation: (reader, doubt) => doubt.incarnation = reader.readUint(uint32),
  Node: (reader, doubt) => doubt.node = readName(reader),
  From: (reader, doubt) => doubt.from = readName(reader),
});

const emptyAlive: Alive = {
  node: "",
  incarnation: 0,
  ip: noBytes,
  port: 0,
  meta: undefined,
  versions: noBytes,
};

const emptyDoubt: Suspect = { node: "", incarnation: 0, from: "" };

/**
 * Reads one claim after the other without allocating: each is borrowed until the
 * next one is read.
 *
 * Methods throw `WireError` like the functions of the same names.
 */
export class ClaimReader {
  readonly #alive: Writable<Alive> = { ...emptyAlive };
  readonly #doubt: Writable<Suspect> = { ...emptyDoubt };

  readAlive(reader: MsgpackReader): Alive {
    return readBody(aliveStruct, reader, Object.assign(this.#alive, emptyAlive));
  }

  readSuspect(reader: MsgpackReader): Suspect {
    return readBody(doubtStruct, reader, Object.assign(this.#doubt, emptyDoubt));
  }

  readDead(reader: MsgpackReader): Dead {
    return this.readSuspect(reader);
  }
}

/**
 * Reads the body of an alive message.
 *
 * @throws {WireError} if the bytes are not one.
 */
export function readAlive(reader: MsgpackReader): Alive {
  return readBody(aliveStruct, reader, { ...emptyAlive });
}

/** Writes an alive message, type byte included. */
export function writeAlive(writer: MsgpackWriter, alive: Alive): void {
  writer.writeByte(messageType.alive);
  writer.writeMapLength(6);
  writer.writeEncoded(keys.addr);
  writer.writeBytes(alive.ip);
  writer.writeEncoded(keys.incarnation);
  writer.writeUint(alive.incarnation);
  writer.writeEncoded(keys.meta);
  writer.writeBytes(alive.meta);
  writer.writeEncoded(keys.node);
  writer.writeText(alive.node);
  writer.writeEncoded(keys.port);
  writer.writeUint(alive.port);
  writer.writeEncoded(keys.vsn);
  writer.writeBytes(alive.versions.length > 0 ? alive.versions : undefined);
}

/**
 * Reads the body of a suspect message.
 *
 * @throws {WireError} if the bytes are not one.
 */
export function readSuspect(reader: MsgpackReader): Suspect {
  return readBody(doubtStruct, reader, { ...emptyDoubt });
}

/** Writes a suspect message, type byte included. */
export function writeSuspect(writer: MsgpackWriter, suspect: Suspect): void {
  writeDoubt(writer, messageType.suspect, suspect);
}

/**
 * Reads the body of a dead message.
 *
 * @throws {WireError} if the bytes are not one.
 */
export function readDead(reader: MsgpackReader): Dead {
  return readBody(doubtStruct, reader, { ...emptyDoubt });
}

/** Writes a dead message, type byte included. */
export function writeDead(writer: MsgpackWriter, dead: Dead): void {
  writeDoubt(writer, messageType.dead, dead);
}

function writeDoubt(writer: MsgpackWriter, type: number, doubt: Suspect | Dead): void {
  writer.writeByte(type);
  writer.writeMapLength(3);
  writer.writeEncoded(keys.from);
  writer.writeText(doubt.from);
  writer.writeEncoded(keys.incarnation);
  writer.writeUint(doubt.incarnation);
  writer.writeEncoded(keys.node);
  writer.writeText(doubt.node);
}
