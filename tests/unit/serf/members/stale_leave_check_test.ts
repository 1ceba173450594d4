import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { MsgpackReader } from "../../../../src/bytes/msgpack_reader.ts";
import { formatAddress } from "../../../../src/ports/address.ts";
import { StaleLeaveCheck } from "../../../../src/serf/members/stale_leave_check.ts";
import { readLeave } from "../../../../src/serf/intent_messages.ts";
import { BookUnderTest, reportedMember } from "../../../support/serf_parts.ts";

function build() {
  const parts = new BookUnderTest();
  const asked: string[] = [];
  parts.memberlist.sendUserMessage = (to, message) => {
    const { node, ltime, prune } = readLeave(new MsgpackReader(message, 1));
    asked.push(`${formatAddress(to)} ${node} ${ltime} ${prune}`);
  };
  const check = new StaleLeaveCheck(parts, parts.book, parts.intents);
  for (const name of ["foo", "bar"]) parts.book.memberJoined(reportedMember(name));
  return { parts, asked, check };
}

Deno.test("StaleLeaveCheck asks who is leaving for longer than a leave takes", () => {
  const { parts, asked, check } = build();
  check.start();
  parts.intents.receiveLeave({ node: "foo", ltime: 5, prune: false });
  parts.clock.advance(11_000);
  deepStrictEqual(asked, []);
  parts.clock.advance(11_000);
  deepStrictEqual(asked, ["10.0.0.102:7946 foo 6 false"]);
  strictEqual(parts.status("foo"), "leaving");

  parts.intents.receiveJoin({ node: "foo", ltime: 8 });
  strictEqual(parts.status("foo"), "alive");
  parts.clock.advance(60_000);
  strictEqual(asked.length, 1);
  check.stop();
  strictEqual(parts.clock.pending, 0);
});

Deno.test("StaleLeaveCheck.check() asks neither who is gone nor itself", () => {
  const { parts, asked, check } = build();
  parts.current = "leaving";
  for (const node of ["foo", "self"]) {
    parts.intents.receiveLeave({ node, ltime: 5, prune: false });
  }
  check.check();
  parts.book.memberLeft(reportedMember("foo"));
  check.check();
  deepStrictEqual([parts.status("foo"), parts.status("self")], ["left", "leaving"]);
  deepStrictEqual(asked, []);
});
