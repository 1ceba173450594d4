import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Witness } from "../../../src/host/witness.ts";
import { makeMember } from "../../support/fake_agent.ts";

const address = { host: "10.0.0.1", port: 7946 };

Deno.test("Witness gives an account with times of the day and addresses as text", () => {
  const witness = new Witness(() => 2000);
  const { observer } = witness;
  observer.note({ type: "member-alive", at: 0, member: "web", address, incarnation: 1 });
  observer.heard(500, address, "packet", "web");
  observer.note({ type: "suspected", at: 1000, member: "web", incarnation: 1, by: "cache" });
  const member = makeMember("web", { status: "failed" });
  const account = witness.account("web", "db", member, 2000);
  deepStrictEqual(JSON.parse(JSON.stringify(account)), {
    member: "web",
    witness: "db",
    now: "1970-01-01T00:00:02.000Z",
    status: "failed",
    address: "10.0.0.1:7946",
    seenFrom: "10.0.0.1:7946",
    packetAt: "1970-01-01T00:00:00.500Z",
    story: [{
      time: "1970-01-01T00:00:01.000Z",
      type: "suspected",
      member: "web",
      incarnation: 1,
      by: "cache",
    }],
  });
});

Deno.test("Witness tells of its own node what happened to that, and nothing of strangers", () => {
  const witness = new Witness(() => 0);
  witness.observer.note({ type: "refuting", at: 0, claim: "dead", by: "web" });
  const account = witness.account("db", "db", makeMember("db"), 0);
  strictEqual(account?.story[0]?.type, "refuting");
  strictEqual(witness.account("nobody", "db", undefined, 0), undefined);
});
