import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { MemberListing } from "../../../../src/agent/clients/member_listing.ts";
import { toMemberRecord } from "../../../../src/agent/clients/member_record.ts";
import { MsgpackReader } from "../../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../../src/bytes/msgpack_writer.ts";
import { itemsPerSlice } from "../../../../src/bytes/steps.ts";
import { membersResponse } from "../../../../src/rpc/commands.ts";
import type { SerfMember } from "../../../../src/serf/member.ts";
import { makeMember } from "../../../support/fake_agent.ts";

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

async function encode(
  listing: MemberListing,
  members: readonly SerfMember[],
): Promise<Uint8Array> {
  const writer = new MsgpackWriter("modern");
  (await listing.bodyOf(members)).write(writer);
  return writer.copy();
}

function names(bytes: Uint8Array): string[] {
  return membersResponse.read(new MsgpackReader(bytes)).members.map(({ name }) => name);
}

Deno.test("MemberListing.bodyOf() encodes the same members only once", async () => {
  const looks = { count: 0 };
  const members = ["a", "b"].map((name) => watched(name, looks));
  const listing = new MemberListing();
  const first = await encode(listing, members);
  strictEqual(looks.count, 2);
  const second = await encode(listing, [...members]);
  strictEqual(looks.count, 2);
  deepStrictEqual(second, first);
  notStrictEqual(second, first);
  deepStrictEqual(names(first), ["a", "b"]);
});

Deno.test("MemberListing.bodyOf() sees every member that comes, goes or changes", async () => {
  const listing = new MemberListing();
  const [a, b, c] = ["a", "b", "c"].map((name) => makeMember(name));
  deepStrictEqual(names(await encode(listing, [a!, b!])), ["a", "b"]);
  deepStrictEqual(names(await encode(listing, [a!, b!, c!])), ["a", "b", "c"]);
  deepStrictEqual(names(await encode(listing, [a!, c!])), ["a", "c"]);
  const changed = { ...a!, status: "failed" as const };
  const members =
    membersResponse.read(new MsgpackReader(await encode(listing, [changed, c!]))).members;
  strictEqual(members[0]!.status, "failed");
  deepStrictEqual(names(await encode(listing, [])), []);
});

Deno.test("MemberListing.bodyOf() encodes of a long list only the part that changed", async () => {
  const looks = { count: 0 };
  const members = Array.from(
    { length: 2 * itemsPerSlice + 7 },
    (_, i) => watched(`m${i}`, looks),
  );
  const listing = new MemberListing();
  const writer = new MsgpackWriter("modern");
  membersResponse.write(writer, { members: members.map(toMemberRecord) });
  looks.count = 0;
  deepStrictEqual(await encode(listing, members), writer.copy());
  strictEqual(looks.count, members.length);

  looks.count = 0;
  const changed = members.with(itemsPerSlice, watched("other", looks));
  const listed = names(await encode(listing, changed));
  deepStrictEqual(listed, changed.map(({ name }) => name));
  strictEqual(looks.count, itemsPerSlice);

  // Whoever goes moves all behind.
  looks.count = 0;
  const fewer = changed.toSpliced(2 * itemsPerSlice, 1);
  deepStrictEqual(names(await encode(listing, fewer)), fewer.map(({ name }) => name));
  strictEqual(looks.count, 6);
});

Deno.test("MemberListing.bodyOf() answers several clients at once, each with its list", async () => {
  const looks = { count: 0 };
  const members = Array.from({ length: 3 * itemsPerSlice }, (_, i) => watched(`m${i}`, looks));
  const listing = new MemberListing();
  const lists = [members, members.slice(1), members.toReversed(), []];
  const answers = await Promise.all(lists.map((list) => encode(listing, list)));
  for (const [i, list] of lists.entries()) {
    deepStrictEqual(names(answers[i]!), list.map(({ name }) => name));
  }
});
