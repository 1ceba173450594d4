/**
 * The answer to "who is there", encoded once for each state of the cluster.
 *
 * Members change rarely and are asked for often, by dashboards and scripts, so
 * the bytes of the last answer are kept. A member is replaced with every change,
 * never altered: a list of the very same members has the very same answer.
 */

import { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { membersResponse } from "../rpc/commands.ts";
import type { Encodable } from "../rpc/frames.ts";
import type { SerfMember } from "../serf/member.ts";
import { toMemberRecord } from "./member_record.ts";

/** Encodes lists of members, the same one only once. */
export class MemberListing {
  #members: readonly SerfMember[] | undefined;
  #bytes = new Uint8Array(0);

  /** Returns the body that lists these members. */
  bodyOf(members: readonly SerfMember[]): Encodable {
    if (!this.#isCurrent(members)) {
      const writer = new MsgpackWriter("modern");
      membersResponse.write(writer, { members: members.map(toMemberRecord) });
      this.#bytes = writer.copy();
      this.#members = members;
    }
    const bytes = this.#bytes;
    return { write: (writer) => writer.writeRaw(bytes) };
  }

  #isCurrent(members: readonly SerfMember[]): boolean {
    const known = this.#members;
    if (known?.length !== members.length) return false;
    for (let i = 0; i < members.length; i++) if (known[i] !== members[i]) return false;
    return true;
  }
}
