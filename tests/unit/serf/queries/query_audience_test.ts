import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { complete, itemsPerSlice } from "../../../../src/bytes/steps.ts";
import { unknownVersions } from "../../../../src/memberlist/membership/versions.ts";
import type { MemberStatus, SerfMember } from "../../../../src/serf/member.ts";
import type { QueryOptions } from "../../../../src/serf/queries/queries.ts";
import { meantMembers, QueryAudience } from "../../../../src/serf/queries/query_audience.ts";

function member(name: string, role = "web", status: MemberStatus = "alive"): SerfMember {
  return {
    name,
    ip: Uint8Array.of(10, 0, 0, 1),
    address: { host: "10.0.0.1", port: 1 },
    tags: { role },
    status,
    versions: unknownVersions,
  };
}

const members = [member("a"), member("b", "db"), member("c"), member("d", "web", "failed")];

const both = { acks: true, answers: true };
const answers = { acks: false, answers: true };

function meantAmong(members: readonly SerfMember[], filters: QueryOptions): ReadonlySet<string> {
  const meant = complete(meantMembers(members, filters));
  if (!meant.ok) throw meant.error;
  return meant.value;
}

Deno.test("meantMembers() are alive and match names and tags", () => {
  const meant = (filters = {}) => [...meantAmong(members, filters)];
  deepStrictEqual(meant(), ["a", "b", "c"]);
  deepStrictEqual(meant({ filterNodes: ["c", "d", "x"] }), ["c"]);
  deepStrictEqual(meant({ filterTags: new Map([["role", "w.b"]]) }), ["a", "c"]);
  deepStrictEqual(meant({ filterTags: new Map([["zone", "^$"]]) }), ["a", "b", "c"]);
  deepStrictEqual(
    meant({ filterNodes: ["a", "b"], filterTags: new Map([["role", "db"]]) }),
    ["b"],
  );
  deepStrictEqual(meant({ filterTags: new Map([["role", "("]]) }), []);
});

Deno.test("QueryAudience.isSatisfied holds when all have acknowledged and answered", () => {
  const audience = new QueryAudience(new Set(["a", "b"]), both, () => true);
  for (const name of ["a", "b"]) audience.noteResponse(name);
  audience.noteAck("a");
  audience.noteAck("stranger");
  strictEqual(audience.isSatisfied, false);
  audience.noteAck("b");
  strictEqual(audience.isSatisfied, true);

  const withoutAcks = new QueryAudience(new Set(["a"]), answers, () => true);
  strictEqual(withoutAcks.isSatisfied, false);
  withoutAcks.noteResponse("a");
  strictEqual(withoutAcks.isSatisfied, true);
});

Deno.test("QueryAudience.isSatisfied awaits nothing of those who died meanwhile", () => {
  const dead = new Set<string>();
  const audience = new QueryAudience(new Set(["a", "b"]), answers, (name) => !dead.has(name));
  audience.noteResponse("a");
  strictEqual(audience.isSatisfied, false);
  dead.add("b");
  strictEqual(audience.isSatisfied, true);
});

Deno.test("QueryAudience.isSatisfied awaits nothing of those who died, however many", () => {
  const names = Array.from({ length: 100 }, (_, i) => `m${i}`);
  const audience = new QueryAudience(new Set(names), answers, (name) => name === "m99");
  strictEqual(audience.isSatisfied, false);
  audience.noteResponse("m99");
  strictEqual(audience.isSatisfied, true);
});

Deno.test("QueryAudience.isSatisfied does not hold if nobody is known to be meant", () => {
  strictEqual(new QueryAudience(new Set(), both, () => true).isSatisfied, false);
});

Deno.test("meantMembers() finds the same among many, and pauses", () => {
  const many = Array.from({ length: 1000 }, (_, i) => member(`m${i}`, i % 3 === 0 ? "web" : "db"));
  const filters = { filterTags: new Map([["role", "^web$"]]) };
  strictEqual(meantAmong(many, filters).size, 334);
  strictEqual([...meantMembers(many, filters)].length, Math.floor(1000 / itemsPerSlice));
});

Deno.test("QueryAudience.noteAck() awaits no answer of who says that none will follow", () => {
  const audience = new QueryAudience(new Set(["a", "b"]), both, () => true);
  audience.noteAck("a", true);
  audience.noteAck("b");
  strictEqual(audience.isSatisfied, false, "b may answer");
  audience.noteResponse("b");
  strictEqual(audience.isSatisfied, true);
});
