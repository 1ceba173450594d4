import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import {
  filterMatches,
  InvalidFilterError,
  parseEventFilters,
  parseEventHandlers,
} from "../../../../src/agent/handlers/event_filter.ts";
import type { SerfEvent } from "../../../../src/serf/event.ts";

const user = (name: string): SerfEvent => {
  return { type: "user", name, ltime: 1, payload: undefined, coalesce: false };
};
const joined: SerfEvent = { type: "member-join", members: [] };

Deno.test("parseEventFilters() reads a list, and an empty one as everything", () => {
  deepStrictEqual(parseEventFilters("member-join,user:a:b,query:,query"), [
    { type: "member-join", name: "" },
    { type: "user", name: "a:b" },
    { type: "query", name: "" },
    { type: "query", name: "" },
  ]);
  deepStrictEqual(parseEventFilters(""), [{ type: "*", name: "" }]);
});

Deno.test("parseEventFilters() refuses items that name no event, blanks included", () => {
  for (const list of ["foo", "member-join, member-leave", "user,", "users:x", "member-join:x"]) {
    throws(() => parseEventFilters(list), InvalidFilterError, list);
  }
});

Deno.test("parseEventHandlers() divides at the first equals sign", () => {
  deepStrictEqual(parseEventHandlers("user:deploy,query=A=1 ./x"), [
    { filter: { type: "user", name: "deploy" }, script: "A=1 ./x" },
    { filter: { type: "query", name: "" }, script: "A=1 ./x" },
  ]);
  deepStrictEqual(parseEventHandlers("./x.sh"), [
    { filter: { type: "*", name: "" }, script: "./x.sh" },
  ]);
  deepStrictEqual(parseEventHandlers(""), [{ filter: { type: "*", name: "" }, script: "" }]);
});

Deno.test("parseEventHandlers() words its error like the reference", () => {
  const cases: [string, string][] = [
    ["foo=bar.sh", "Invalid event script: Event 'foo' invoking 'bar.sh'"],
    ["FOO=1 ./x.sh", "Invalid event script: Event 'FOO' invoking '1 ./x.sh'"],
    ["member-join, member-leave=b", "Invalid event script: Event ' member-leave' invoking 'b'"],
    ["foo:name=b", "Invalid event script: Event 'foo:name' invoking 'b'"],
    ["user:=b", "Invalid event script: Event 'user:' invoking 'b'"],
    ["member-join,query:=b", "Invalid event script: Event 'query:' invoking 'b'"],
  ];
  for (const [text, message] of cases) throws(() => parseEventHandlers(text), { message });
});

Deno.test("filterMatches() compares types, and names where one is given", () => {
  strictEqual(filterMatches({ type: "*", name: "" }, joined), true);
  strictEqual(filterMatches({ type: "member-join", name: "" }, joined), true);
  strictEqual(filterMatches({ type: "member-leave", name: "" }, joined), false);
  strictEqual(filterMatches({ type: "user", name: "" }, user("a")), true);
  strictEqual(filterMatches({ type: "user", name: "a" }, user("a")), true);
  strictEqual(filterMatches({ type: "user", name: "b" }, user("a")), false);
  strictEqual(filterMatches({ type: "query", name: "a" }, user("a")), false);
});
