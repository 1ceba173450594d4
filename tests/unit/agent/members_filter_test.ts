import assert from "node:assert/strict";
import { filterMembers, type MemberConditions } from "../../../src/agent/members_filter.ts";
import { makeMember } from "../../support/fake_agent.ts";

const members = [
  makeMember("web-1", { tags: { role: "web", dc: "east" } }),
  makeMember("web-2", { tags: { role: "web", dc: "west" }, status: "failed" }),
  makeMember("db-1", { tags: { role: "db", ["__proto__"]: "odd" }, status: "left" }),
  makeMember("plain"),
];

function names(conditions: Partial<MemberConditions>): string {
  const all = { name: "", status: "", tags: new Map(), ...conditions };
  return filterMembers(members, all).map(({ name }) => name).join(" ");
}

function byTags(tags: Readonly<Record<string, string>>): string {
  return names({ tags: new Map(Object.entries(tags)) });
}

Deno.test("filterMembers() takes everybody if nothing is asked for", () => {
  assert.equal(names({}), "web-1 web-2 db-1 plain");
});

Deno.test("filterMembers() wants the whole value to match", () => {
  assert.equal(names({ name: "web" }), "");
  assert.equal(names({ name: "web-." }), "web-1 web-2");
  assert.equal(names({ status: "aliv" }), "");
  assert.equal(names({ status: "alive" }), "web-1 plain");
});

Deno.test("filterMembers() anchors an expression without parentheses, as the reference does", () => {
  assert.equal(names({ name: "web|1" }), "web-1 web-2 db-1");
  assert.equal(names({ name: "(web|1)" }), "");
});

Deno.test("filterMembers() wants every condition", () => {
  assert.equal(names({ name: "web.*", status: "failed" }), "web-2");
  assert.equal(byTags({ role: "web", dc: "e.*" }), "web-1");
  assert.equal(byTags({ role: "web", dc: "north" }), "");
});

Deno.test("filterMembers() compares a tag that is missing as empty, and an empty expression too", () => {
  assert.equal(byTags({ role: "" }), "plain");
  assert.equal(byTags({ dc: "(east)?" }), "web-1 db-1 plain");
  assert.equal(byTags({ toString: "" }), "web-1 web-2 db-1 plain");
  assert.equal(names({ tags: new Map([["__proto__", "odd"]]) }), "db-1");
});

Deno.test("filterMembers() reads RE2, not JavaScript's expressions", () => {
  assert.equal(names({ name: "(?i)WEB-1" }), "web-1");
  assert.equal(names({ name: "(?P<kind>web)-[[:digit:]]" }), "web-1 web-2");
  assert.throws(() => names({ name: "(?=web).*" }), /^Error: Failed to compile regex: /);
});

Deno.test("filterMembers() refuses bad expressions in the reference's words", () => {
  const message = "Failed to compile regex: error parsing regexp: missing closing ]: `[$`";
  assert.throws(() => names({ name: "[" }), { message });
  assert.throws(() => names({ status: "[" }), { message });
  assert.throws(() => byTags({ role: "[" }), { message });
});

Deno.test("filterMembers() takes no more time for expressions made to take long", () => {
  const long = [makeMember("a".repeat(5000))];
  const conditions = { name: "(a*)*b", status: "", tags: new Map() };
  assert.deepEqual(filterMembers(long, conditions), []);
});
