import assert from "node:assert/strict";
import { formatEvent } from "../../../../src/cli/output/event_notation.ts";
import { memberRecord } from "../../../support/command_context.ts";

Deno.test("formatEvent() shows a user event's fields sorted, in Go's notation", () => {
  const event = {
    event: "user",
    ltime: 1,
    name: "de\nploy",
    payload: Uint8Array.of(0x76, 0x01),
    coalesce: false,
  } as const;
  assert.equal(
    formatEvent(event),
    'Event Info:\n\tCoalesce: false\n\tEvent: "user"\n\tLTime: 1\n\tName: "de\\nploy"\n' +
      "\tPayload: []byte{0x76, 0x1}",
  );
});

Deno.test("formatEvent() tells no payload from an empty one", () => {
  const event = { event: "query", id: 3, ltime: 127, name: "q", payload: undefined } as const;
  assert(formatEvent(event).endsWith('\n\tName: "q"\n\tPayload: <nil>'));
  const empty = { ...event, payload: new Uint8Array() };
  assert(formatEvent(empty).endsWith("\n\tPayload: []byte{}"));
});

Deno.test("formatEvent() shows integers above 127 as hexadecimal", () => {
  const event = { event: "query", id: 128, ltime: 301, name: "", payload: undefined } as const;
  assert.equal(
    formatEvent(event),
    'Event Info:\n\tEvent: "query"\n\tID: 0x80\n\tLTime: 0x12d\n\tName: ""\n\tPayload: <nil>',
  );
});

Deno.test("formatEvent() shows members as nested maps with sorted keys", () => {
  const member = memberRecord({ status: "left", tags: new Map([["role", "web"], ["a", "1"]]) });
  assert.equal(
    formatEvent({ event: "member-leave", members: [member, memberRecord({ name: "n2" })] }),
    'Event Info:\n\tEvent: "member-leave"\n\tMembers: []interface {}{' +
      'map[interface {}]interface {}{"Addr":[]uint8{0x7f, 0x0, 0x0, 0x1}, "DelegateCur":5, ' +
      '"DelegateMax":5, "DelegateMin":2, "Name":"n1", "Port":0x1f0a, "ProtocolCur":2, ' +
      '"ProtocolMax":5, "ProtocolMin":1, "Status":"left", ' +
      '"Tags":map[interface {}]interface {}{"a":"1", "role":"web"}}, ' +
      'map[interface {}]interface {}{"Addr":[]uint8{0x7f, 0x0, 0x0, 0x1}, "DelegateCur":5, ' +
      '"DelegateMax":5, "DelegateMin":2, "Name":"n2", "Port":0x1f0a, "ProtocolCur":2, ' +
      '"ProtocolMax":5, "ProtocolMin":1, "Status":"alive", ' +
      '"Tags":map[interface {}]interface {}{}}}',
  );
});
