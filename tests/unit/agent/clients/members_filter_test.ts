import assert from "node:assert/strict";
import {
  filterMembers,
  type MemberConditions,
} from "../../../../src/agent/clients/members_filter.ts";
import { itemsPerSlice } from "../../../../src/bytes/steps.ts";
import { makeMember } from "../../../support/fake_agent.ts";

const members = [
  makeMember("web-1", { tags: { role: "web", dc: "east" } }),
  makeMember("web-2", { tags: { role: "web", dc: "west" }, status: "failed" }),
  makeMember("db-1", { tags: { role: "db", ["__proto__"]: "odd" }, status: "left" }),
  makeMember("plain"),
];

async function names(conditions: Partial<MemberConditions>): Promise<string> {
  const all = { name: "", status: "", tags: new Map(), ...conditions };
  return (await filterMembers(members, all)).map(({ name }) => name).join(" ");
}

function byTags(tags: Readonly<Record<string, string>>): Promise<string> {
  return names({ tags: new Map(Object.entries(tags)) });
}

Deno.test("filterMembers() takes everybody if nothing is asked for", async () => {
  assert.equal(await names({}), "web-1 web-2 db-1 plain");
});

Deno.test("filterMembers() wants the whole value to match", async () => {
  assert.equal(await names({ name: "web" }), "");
  assert.equal(await names({ name: "web-." }), "web-1 web-2");
  assert.equal(await names({ status: "aliv" }), "");
  assert.equal(await names({ status: "alive" }), "web-1 plain");
});

Deno.test("filterMembers() anchors an expression without parentheses, as the reference does", async () => {
  assert.equal(await names({ name: "web|1" }), "web-1 web-2 db-1");
  assert.equal(await names({ name: "(web|1)" }), "");
});

Deno.test("filterMembers() wants every condition", async () => {
  assert.equal(await names({ name: "web.*", status: "failed" }), "web-2");
  assert.equal(await byTags({ role: "web", dc: "e.*" }), "web-1");
  assert.equal(await byTags({ role: "web", dc: "north" }), "");
});

Deno.test("filterMembers() compares a tag that is missing as empty, and an empty expression too", async () => {
  assert.equal(await byTags({ role: "" }), "plain");
  assert.equal(await byTags({ dc: "(east)?" }), "web-1 db-1 plain");
  assert.equal(await byTags({ toString: "" }), "web-1 web-2 db-1 plain");
  assert.equal(await names({ tags: new Map([["__proto__", "odd"]]) }), "db-1");
});

Deno.test("filterMembers() reads RE2, not JavaScript's expressions", async () => {
  assert.equal(await names({ name: "(?i)WEB-1" }), "web-1");
  assert.equal(await names({ name: "(?P<kind>web)-[[:digit:]]" }), "web-1 web-2");
  await assert.rejects(() => names({ name: "(?=web).*" }), /^Error: Failed to compile regex: /);
});

Deno.test("filterMembers() refuses bad expressions in the reference's words", async () => {
  const message = "Failed to compile regex: error parsing regexp: missing closing ]: `[$`";
  await assert.rejects(() => names({ name: "[" }), { message });
  await assert.rejects(() => names({ status: "[" }), { message });
  await assert.rejects(() => byTags({ role: "[" }), { message });
});

Deno.test("filterMembers() takes no more time for expressions made to take long", async () => {
  const long = [makeMember("a".repeat(5000))];
  const conditions = { name: "(a*)*b", status: "", tags: new Map() };
  assert.deepEqual(await filterMembers(long, conditions), []);
});

Deno.test("filterMembers() finds the same in a long list, and lets others go on meanwhile", async () => {
  const many = Array.from(
    { length: 3 * itemsPerSlice },
    (_, i) => makeMember(`m-${i}`, { tags: { role: i % 2 === 0 ? "web" : "db", id: `${i}` } }),
  );
  const conditions = {
    name: "",
    status: "alive",
    tags: new Map([["role", "w.b"], ["id", ".*1."]]),
  };
  let others = 0;
  const other = setImmediate(() => others++);
  const found = await filterMembers(many, conditions);
  clearImmediate(other);
  assert.equal(others, 1);
  const expected = many.filter(({ tags }) => tags.role === "web" && /^.*1.$/.test(tags.id!));
  assert.deepEqual(found, expected);
});
