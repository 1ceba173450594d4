/**
 * What a member knows of a contested name: the answer to the query about it
 * (gossip.md sections 19 and 26).
 */

import type { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { StructReader } from "../bytes/msgpack_struct.ts";
import { encodeKey, type MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { readBody, uint16 } from "../wire/message_body.ts";
import type { MemberStatus, SerfMember } from "./member.ts";
import { serfMessageType } from "./message_type.ts";

/** Where the answering member sees the contested name. */
export interface ContestedName {
  readonly ip: Uint8Array;
  readonly port: number;
}

/** Statuses in the order of their numbers on the wire. */
const statuses: readonly MemberStatus[] = ["none", "alive", "leaving", "left", "failed"];

const keys = {
  addr: encodeKey("Addr"),
  delegateCur: encodeKey("DelegateCur"),
  delegateMax: encodeKey("DelegateMax"),
  delegateMin: encodeKey("DelegateMin"),
  name: encodeKey("Name"),
  port: encodeKey("Port"),
  protocolCur: encodeKey("ProtocolCur"),
  protocolMax: encodeKey("ProtocolMax"),
  protocolMin: encodeKey("ProtocolMin"),
  status: encodeKey("Status"),
  tags: encodeKey("Tags"),
};

const skip = (reader: MsgpackReader) => reader.skip();

// Fields stand in the order in which the reference declares them.
const memberStruct = new StructReader<{ ip: Uint8Array; port: number }>({
  Name: skip,
  Addr: (reader, member) => member.ip = reader.readBytes() ?? new Uint8Array(0),
  Port: (reader, member) => member.port = reader.readUint(uint16),
  Tags: skip,
  Status: skip,
  ProtocolMin: skip,
  ProtocolMax: skip,
  ProtocolCur: skip,
  DelegateMin: skip,
  DelegateMax: skip,
  DelegateCur: skip,
});

/** Writes the answer, type byte included; nil for a name that is not known. */
export function writeConflictResponse(writer: MsgpackWriter, member: SerfMember | undefined): void {
  writer.writeByte(serfMessageType.conflictResponse);
  if (!member) return writer.writeNil();

  const { versions } = member;
  const tags = Object.entries(member.tags);
  writer.writeMapLength(11);
  writer.writeEncoded(keys.addr);
  writer.writeBytes(member.ip);
  writer.writeEncoded(keys.delegateCur);
  writer.writeUint(versions.delegateCurrent);
  writer.writeEncoded(keys.delegateMax);
  writer.writeUint(versions.delegateMax);
  writer.writeEncoded(keys.delegateMin);
  writer.writeUint(versions.delegateMin);
  writer.writeEncoded(keys.name);
  writer.writeText(member.name);
  writer.writeEncoded(keys.port);
  writer.writeUint(member.address.port);
  writer.writeEncoded(keys.protocolCur);
  writer.writeUint(versions.protocolCurrent);
  writer.writeEncoded(keys.protocolMax);
  writer.writeUint(versions.protocolMax);
  writer.writeEncoded(keys.protocolMin);
  writer.writeUint(versions.protocolMin);
  writer.writeEncoded(keys.status);
  writer.writeInt(statuses.indexOf(member.status));
  writer.writeEncoded(keys.tags);
  writer.writeMapLength(tags.length);
  for (const [key, value] of tags) {
    writer.writeText(key);
    writer.writeText(value);
  }
}

/**
 * Reads an answer from behind its type byte; the address is borrowed.
 *
 * @returns `undefined` if the answering member does not know the name.
 * @throws {WireError} if the answer is malformed.
 */
export function readConflictResponse(reader: MsgpackReader): ContestedName | undefined {
  if (reader.tryNil()) return undefined;
  return readBody(memberStruct, reader, { ip: new Uint8Array(0), port: 0 });
}
