import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { MemberListing } from "../../../src/agent/member_listing.ts";
import { MsgpackReader } from "../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import { membersResponse } from "../../../src/rpc/commands.ts";
import type { SerfMember } from "../../../src/serf/member.ts";
import { makeMember } from "../../support/fake_agent.ts";

/** Members that count how often somebody looks at their tags. */
function watched(name: string, looks: { count: number }): SerfMember {
  const member = makeMember(name);
  return {
    ...member,
    get tags() {
      looks.count++;
      return member.tags;
    },
  };
}

function encode(listing: MemberListing, members: readonly SerfMember[]): Uint8Array {
  const writer = new MsgpackWriter("modern");
  listing.bodyOf(members).write(writer);
  return writer.copy();
}

function names(bytes: Uint8Array): string[] {
  return membersResponse.read(new MsgpackReader(bytes)).members.map(({ name }) => name);
}

Deno.test("MemberListing.bodyOf() encodes the same members only once", () => {
  const looks = { count: 0 };
  const members = ["a", "b"].map((name) => watched(name, looks));
  const listing = new MemberListing();
  const first = encode(listing, members);
  strictEqual(looks.count, 2);
  const second = encode(listing, [...members]);
  strictEqual(looks.count, 2);
  deepStrictEqual(second, first);
  notStrictEqual(second, first);
  deepStrictEqual(names(first), ["a", "b"]);
});

Deno.test("MemberListing.bodyOf() sees every member that comes, goes or changes", () => {
  const listing = new MemberListing();
  const [a, b, c] = ["a", "b", "c"].map((name) => makeMember(name));
  deepStrictEqual(names(encode(listing, [a!, b!])), ["a", "b"]);
  deepStrictEqual(names(encode(listing, [a!, b!, c!])), ["a", "b", "c"]);
  deepStrictEqual(names(encode(listing, [a!, c!])), ["a", "c"]);
  const changed = { ...a!, status: "failed" as const };
  const members = membersResponse.read(new MsgpackReader(encode(listing, [changed, c!]))).members;
  strictEqual(members[0]!.status, "failed");
  deepStrictEqual(names(encode(listing, [])), []);
});
