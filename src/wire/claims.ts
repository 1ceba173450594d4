/**
 * Claims: what members say about members (gossip.md sections 7.5 and 7.6).
 *
 * Bytes in a claim that was read are views on the packet or shared with others:
 * copy what you keep, and change nothing.
 */

import { type Codec, uint16, uint32 } from "../bytes/msgpack_codec.ts";
import type { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { internedBytes, memberName, message, optionalInternedBytes } from "./message_body.ts";
import { messageType } from "./message_type.ts";

const noBytes = internedBytes.zero();

/** Parity: no versions are nil here, and empty in a push/pull. */
const versionBytes: Codec<Uint8Array> = {
  ...internedBytes,
  write: (writer, versions) => writer.writeBytes(versions.length > 0 ? versions : undefined),
};

/** A member is alive, here is where and with what. Only the member itself raises `incarnation`. */
export type Alive = ReturnType<typeof readAlive>;

const alive = message(messageType.alive, {
  incarnation: ["Incarnation", uint32],
  node: ["Node", memberName],
  /** Raw IP bytes, 4 or 16 from honest peers. */
  ip: ["Addr", internedBytes],
  /** 0 from peers of protocol version 1, which have none. */
  port: ["Port", uint16],
  /** `undefined` and empty both mean none. */
  meta: ["Meta", optionalInternedBytes],
  /** Protocol minimum, maximum and current, then the same of Serf; odd peers send fewer than 6. */
  versions: ["Vsn", versionBytes],
});

export const { read: readAlive, write: writeAlive } = alive;

const doubt = {
  incarnation: ["Incarnation", uint32],
  node: ["Node", memberName],
  from: ["From", memberName],
} as const;

/** `from` doubts that `node` is alive. */
export type Suspect = ReturnType<typeof readSuspect>;

const suspect = message(messageType.suspect, doubt);

export const { read: readSuspect, write: writeSuspect } = suspect;

/** `node` is gone; if `from` is the same, it said goodbye. */
export type Dead = ReturnType<typeof readDead>;

export const { read: readDead, write: writeDead } = message(messageType.dead, doubt);

/** An object that is filled in again and again. */
type Reused<T> = { -readonly [P in keyof T]: T[P] };

/**
 * Reads one claim after the other without allocating: each is borrowed until the
 * next one is read.
 *
 * Methods throw `WireError` like the functions of the same names. They clear the
 * fields by hand, because a loop over them takes a fifth of the time for a claim.
 */
export class ClaimReader {
  readonly #alive: Reused<Alive> = alive.zero();
  readonly #doubt: Reused<Suspect> = suspect.zero();

  readAlive(reader: MsgpackReader): Alive {
    const claim = this.#alive;
    claim.incarnation = 0;
    claim.node = "";
    claim.ip = noBytes;
    claim.port = 0;
    claim.meta = undefined;
    claim.versions = noBytes;
    return alive.readInto(reader, claim);
  }

  readSuspect(reader: MsgpackReader): Suspect {
    const claim = this.#doubt;
    claim.incarnation = 0;
    claim.node = "";
    claim.from = "";
    return suspect.readInto(reader, claim);
  }

  readDead(reader: MsgpackReader): Dead {
    return this.readSuspect(reader);
  }
}
