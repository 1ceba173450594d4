/**
 * What a member knows of a contested name: the answer to the query about it
 * (gossip.md sections 19 and 26).
 */

import { bytes, int, optional, text, uint16, uint8, writeOnly } from "../../bytes/msgpack_codec.ts";
import type { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { struct } from "../../bytes/msgpack_struct.ts";
import type { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { readBody } from "../../wire/message_body.ts";
import type { MemberStatus, SerfMember } from "../member.ts";
import { serfMessageType } from "../message_type.ts";
import { emptyTags, writeTags } from "../tags.ts";

/** Statuses in the order of their numbers on the wire. */
const statuses: readonly MemberStatus[] = ["none", "alive", "leaving", "left", "failed"];

const contestedMember = optional(struct({
  name: ["Name", writeOnly(text)],
  ip: ["Addr", bytes],
  port: ["Port", uint16],
  tags: ["Tags", writeOnly({ zero: emptyTags, write: writeTags })],
  status: ["Status", writeOnly(int)],
  protocolMin: ["ProtocolMin", writeOnly(uint8)],
  protocolMax: ["ProtocolMax", writeOnly(uint8)],
  protocolCurrent: ["ProtocolCur", writeOnly(uint8)],
  delegateMin: ["DelegateMin", writeOnly(uint8)],
  delegateMax: ["DelegateMax", writeOnly(uint8)],
  delegateCurrent: ["DelegateCur", writeOnly(uint8)],
}));

/** Writes the answer, type byte included; nil for a name that is not known. */
export function writeConflictResponse(writer: MsgpackWriter, member: SerfMember | undefined): void {
  writer.writeByte(serfMessageType.conflictResponse);
  contestedMember.write(
    writer,
    member && {
      ...member.versions,
      name: member.name,
      ip: member.ip,
      port: member.address.port,
      tags: member.tags,
      status: statuses.indexOf(member.status),
    },
  );
}

/**
 * Reads where the answering member sees the name, from behind the type byte; it is borrowed.
 *
 * @returns `undefined` if that member does not know the name.
 * @throws {WireError} if the answer is malformed.
 */
export function readConflictResponse(reader: MsgpackReader) {
  const seen = readBody(contestedMember, reader);
  return seen && { ip: seen.ip, port: seen.port };
}
