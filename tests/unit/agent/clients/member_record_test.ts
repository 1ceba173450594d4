import assert from "node:assert/strict";
import { toMemberRecord } from "../../../../src/agent/clients/member_record.ts";
import { makeMember } from "../../../support/fake_agent.ts";

Deno.test("toMemberRecord() keeps both kinds of versions and the raw address apart", () => {
  const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1);
  const member = makeMember("n1", {
    ip: mapped,
    port: 7950,
    status: "failed",
    tags: { role: "web", ["__proto__"]: "odd" },
  });
  assert.deepEqual(toMemberRecord(member), {
    name: "n1",
    addr: mapped,
    port: 7950,
    tags: new Map([["role", "web"], ["__proto__", "odd"]]),
    status: "failed",
    protocolMin: 1,
    protocolMax: 5,
    protocolCur: 2,
    delegateMin: 2,
    delegateMax: 5,
    delegateCur: 5,
  });
});
