/**
 * The answer to "who is there", of which only what changed is encoded anew.
 *
 * Members change rarely and are asked for often, by dashboards and scripts, so
 * the bytes of the last answer are kept, in pieces. A member is replaced with every
 * change, never altered: the very same members have the very same piece.
 */

import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { slicesOf } from "../../bytes/steps.ts";
import { writeMembersHead } from "../../rpc/commands.ts";
import type { Encodable } from "../../rpc/frames.ts";
import type { SerfMember } from "../../serf/member.ts";
import { writeMemberRecords } from "./member_record.ts";
import { nextTurn } from "../next_turn.ts";

/** Members that follow each other, and their records. */
interface Piece {
  readonly members: readonly SerfMember[];
  readonly bytes: Uint8Array;
}

/** Encodes lists of members, each part of them only once. */
export class MemberListing {
  #pieces: readonly Piece[] = [];

  /** Returns the body that lists these members; a long list takes several turns. */
  async bodyOf(members: readonly SerfMember[]): Promise<Encodable> {
    const pieces: Piece[] = [];
    let isLong = false;
    for (const slice of slicesOf(members)) {
      const known = this.#pieces[pieces.length];
      if (known && isSame(known.members, slice)) {
        pieces.push(known);
        continue;
      }
      if (isLong) await nextTurn();
      isLong = true;
      pieces.push(encode(slice));
    }
    this.#pieces = pieces;
    return {
      write(writer) {
        writeMembersHead(writer, members.length);
        for (const { bytes } of pieces) writer.writeRaw(bytes);
      },
    };
  }
}

function encode(members: readonly SerfMember[]): Piece {
  const writer = new MsgpackWriter("modern");
  writeMemberRecords(writer, members);
  return { members, bytes: writer.copy() };
}

function isSame(known: readonly SerfMember[], members: readonly SerfMember[]): boolean {
  if (known.length !== members.length) return false;
  for (let i = 0; i < members.length; i++) if (known[i] !== members[i]) return false;
  return true;
}
