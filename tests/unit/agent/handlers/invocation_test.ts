import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { describeInvocation } from "../../../../src/agent/handlers/invocation.ts";
import { itemsPerSlice } from "../../../../src/bytes/steps.ts";
import type { SerfEvent } from "../../../../src/serf/event.ts";
import { makeMember, makeQuery } from "../../../support/fake_agent.ts";

const self = makeMember("me", { tags: { role: "web", "my-tag.x": "a b", "ß": "1" } });
const input = (event: SerfEvent) => {
  return new TextDecoder().decode(inputBytes(event));
};
const inputBytes = (event: SerfEvent) => {
  return Uint8Array.from([...describeInvocation(event, self).input].flatMap((piece) => [...piece]));
};
const user = (payload: string | undefined): SerfEvent => {
  const bytes = payload === undefined ? undefined : new TextEncoder().encode(payload);
  return { type: "user", name: "deploy", ltime: 42, payload: bytes, coalesce: true };
};

Deno.test("describeInvocation() tells about the event and this agent in variables", () => {
  deepStrictEqual(describeInvocation(user("x"), self).environment, {
    SERF_EVENT: "user",
    SERF_SELF_NAME: "me",
    SERF_SELF_ROLE: "web",
    SERF_TAG_ROLE: "web",
    SERF_TAG_MY_TAG_X: "a b",
    SERF_TAG__: "1",
    SERF_USER_EVENT: "deploy",
    SERF_USER_LTIME: "42",
  });
});

Deno.test("describeInvocation() sets the role even if there is none, and names queries", () => {
  const { environment } = describeInvocation(makeQuery("load"), makeMember("me"));
  deepStrictEqual(environment, {
    SERF_EVENT: "query",
    SERF_SELF_NAME: "me",
    SERF_SELF_ROLE: "",
    SERF_QUERY_NAME: "load",
    SERF_QUERY_LTIME: String(makeQuery("load").ltime),
  });
});

Deno.test("describeInvocation() gives each member a line of name, address, role and tags", () => {
  const ipv6 = new Uint8Array(16);
  ipv6[15] = 1;
  const members = [
    makeMember("a\tb\nc", { tags: { role: "w\tx", dc: "east\n1" } }),
    makeMember("plain", { ip: ipv6 }),
  ];
  strictEqual(
    input({ type: "member-join", members }),
    "a\\tb\\nc\t127.0.0.1\tw\\tx\tdc=east\\n1,role=w\\tx\nplain\t::1\t\t\n",
  );
});

Deno.test("describeInvocation() makes the lines of many members piece by piece", () => {
  const looks: string[] = [];
  const members = Array.from({ length: itemsPerSlice + 1 }, (_, i) => {
    const member = makeMember(`m${i}`);
    return {
      ...member,
      get name() {
        looks.push(member.name);
        return member.name;
      },
    };
  });
  const event: SerfEvent = { type: "member-join", members };
  const pieces = describeInvocation(event, self).input[Symbol.iterator]();
  strictEqual(looks.length, 0);
  const [first, second, end] = [pieces.next(), pieces.next(), pieces.next()];
  strictEqual(end.done, true);
  const lines = members.map(({ name }) => `${name}\t127.0.0.1\t\t\n`);
  const decoder = new TextDecoder();
  strictEqual(decoder.decode(first.value), lines.slice(0, itemsPerSlice).join(""));
  strictEqual(decoder.decode(second.value), lines[itemsPerSlice]);
});

Deno.test("describeInvocation() ends a payload with one newline, unless there is none to end", () => {
  strictEqual(input(user("v42")), "v42\n");
  strictEqual(input(user("v42\n")), "v42\n");
  strictEqual(input(user("\n\n")), "\n\n");
  strictEqual(input(user("")), "");
  strictEqual(input(user(undefined)), "");
});

Deno.test("describeInvocation() leaves the payload alone", () => {
  const payload = Uint8Array.of(1, 0xff, 3);
  const event: SerfEvent = { type: "user", name: "x", ltime: 1, payload, coalesce: false };
  deepStrictEqual(inputBytes(event), Uint8Array.of(1, 0xff, 3, 10));
  deepStrictEqual(payload, Uint8Array.of(1, 0xff, 3));
});
