import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { MemberEventType, SerfEvent } from "../../../../src/serf/event.ts";
import type { SerfMember } from "../../../../src/serf/member.ts";
import { MemberGathering } from "../../../../src/serf/events/member_coalescer.ts";

function member(name: string, tags: SerfMember["tags"] = {}): SerfMember {
  const ip = Uint8Array.of(10, 0, 0, 1);
  const versions = {
    protocolMin: 1,
    protocolMax: 5,
    protocolCurrent: 2,
    delegateMin: 2,
    delegateMax: 5,
    delegateCurrent: 5,
  };
  return { name, ip, address: { host: "10.0.0.1", port: 1 }, tags, status: "alive", versions };
}

function happen(gathering: MemberGathering, type: MemberEventType, ...names: string[]): void {
  strictEqual(gathering.take({ type, members: names.map((name) => member(name)) }), true);
}

/** What a flush delivers, as `type name name`. */
function flush(gathering: MemberGathering): string[] {
  return gathering.flush().map((event: SerfEvent) => {
    if (!("members" in event)) return event.type;
    return [event.type, ...event.members.map(({ name }) => name)].join(" ");
  });
}

Deno.test("MemberGathering joins members of the same fate in one event", () => {
  const gathering = new MemberGathering();
  happen(gathering, "member-join", "a");
  happen(gathering, "member-failed", "b");
  happen(gathering, "member-join", "c", "d");
  deepStrictEqual(flush(gathering), ["member-join a c d", "member-failed b"]);
});

Deno.test("MemberGathering keeps only the latest that happened to a member", () => {
  const gathering = new MemberGathering();
  happen(gathering, "member-join", "a");
  happen(gathering, "member-failed", "a");
  happen(gathering, "member-leave", "a");
  deepStrictEqual(flush(gathering), ["member-leave a"]);
});

Deno.test("MemberGathering delivers a member as it was at the latest event", () => {
  const gathering = new MemberGathering();
  gathering.take({ type: "member-update", members: [member("a", { role: "old" })] });
  gathering.take({ type: "member-update", members: [member("a", { role: "new" })] });
  const [event] = gathering.flush();
  deepStrictEqual(event, { type: "member-update", members: [member("a", { role: "new" })] });
});

Deno.test("MemberGathering leaves out who is again what was last told", () => {
  const gathering = new MemberGathering();
  happen(gathering, "member-join", "a");
  flush(gathering);
  happen(gathering, "member-failed", "a");
  happen(gathering, "member-join", "a");
  deepStrictEqual(flush(gathering), []);
  happen(gathering, "member-failed", "a");
  deepStrictEqual(flush(gathering), ["member-failed a"]);
});

Deno.test("MemberGathering tells every update, but each only once", () => {
  const gathering = new MemberGathering();
  happen(gathering, "member-update", "a");
  deepStrictEqual(flush(gathering), ["member-update a"]);
  happen(gathering, "member-update", "a");
  deepStrictEqual(flush(gathering), ["member-update a"]);
  happen(gathering, "member-failed", "b");
  deepStrictEqual(flush(gathering), ["member-failed b"]);
  deepStrictEqual(flush(gathering), []);
});

Deno.test("MemberGathering tells of a member that comes back after it was reaped", () => {
  const gathering = new MemberGathering();
  for (const type of ["member-join", "member-reap", "member-join", "member-reap"] as const) {
    happen(gathering, type, "a");
    deepStrictEqual(flush(gathering), [`${type} a`]);
  }
});

Deno.test("MemberGathering takes nothing but member events", () => {
  const gathering = new MemberGathering();
  const event: SerfEvent = {
    type: "user",
    ltime: 1,
    name: "a",
    payload: undefined,
    coalesce: true,
  };
  strictEqual(gathering.take(event), false);
  deepStrictEqual(flush(gathering), []);
});
