import { readAny } from "../../support/msgpack_value.ts";
import assert from "node:assert/strict";
import type { Codec } from "../../../src/bytes/msgpack_codec.ts";
import { MsgpackReader } from "../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import { isNothing } from "../../../src/rpc/codec.ts";
import * as commands from "../../../src/rpc/commands.ts";

function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = new MsgpackWriter("modern");
  codec.write(writer, value);
  return writer.copy();
}

function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const reader = new MsgpackReader(bytes);
  const value = codec.read(reader);
  assert.equal(reader.remaining, 0);
  return value;
}

/** The field names of a written record, in order. */
function fieldsOf<T>(codec: Codec<T>): string[] {
  const value = readAny(new MsgpackReader(encode(codec, codec.zero())));
  return value instanceof Map ? [...value.keys()] : [];
}

Deno.test("rpcCommands has all twenty-five commands, and knows which have a body", () => {
  const withoutBody = ["facts", "leave", "list-keys", "members", "metrics", "reload", "stats"];
  const names = Object.entries(commands.rpcCommands);
  assert.equal(names.length, 25);
  for (const [name, { request }] of names) {
    assert.equal(isNothing(request), withoutBody.includes(name), name);
  }
});

Deno.test("records name their fields as the protocol does, in byte order", () => {
  const expected: [Codec<unknown>, string][] = [
    [commands.requestHeader, "Command Seq"],
    [commands.responseHeader, "Error Seq"],
    [commands.handshakeRequest, "Version"],
    [commands.authRequest, "AuthKey"],
    [commands.eventRequest, "Coalesce Name Payload"],
    [commands.forceLeaveRequest, "Node Prune"],
    [commands.joinRequest, "Existing Replay"],
    [commands.joinResponse, "Num"],
    [commands.membersFilteredRequest, "Name Status Tags"],
    [commands.membersResponse, "Members"],
    [commands.tagsRequest, "DeleteTags Tags"],
    [commands.streamRequest, "Type"],
    [commands.monitorRequest, "LogLevel"],
    [commands.stopRequest, "Stop"],
    [
      commands.queryRequest,
      "FilterNodes FilterTags Name Payload RelayFactor RequestAck Timeout",
    ],
    [commands.respondRequest, "ID Payload"],
    [commands.keyRequest, "Key"],
    [commands.keyRecord, "Keys Messages NumErr NumNodes NumResp"],
    [commands.historyRequest, "Since Wait"],
    [commands.historyResponse, "Cursor Records"],
    [commands.whyRequest, "Node"],
    [commands.whyResponse, "Account"],
    [commands.coordinateRequest, "Node"],
    [commands.coordinateResponse, "Coord Ok"],
    [commands.coordinateRecord, "Adjustment Error Height Vec"],
    [
      commands.memberRecord,
      "Addr DelegateCur DelegateMax DelegateMin Name Port ProtocolCur ProtocolMax ProtocolMin " +
      "Status Tags",
    ],
    [commands.logRecord, "Log"],
    [commands.queryRecord, "From Payload Type"],
  ];
  for (const [codec, names] of expected) assert.equal(fieldsOf(codec).join(" "), names);
});

Deno.test("records in array form have the fields in order of declaration", () => {
  const query = new MsgpackReader(
    Uint8Array.fromHex("9791a16e80c302cf000000003b9aca00a4" + "6c6f6164" + "c40101"),
  );
  assert.deepEqual(commands.queryRequest.read(query), {
    filterNodes: ["n"],
    filterTags: new Map(),
    requestAck: true,
    relayFactor: 2,
    timeoutNanos: 1e9,
    name: "load",
    payload: Uint8Array.of(1),
    untilTimeout: undefined,
  });
  const filter = new MsgpackReader(Uint8Array.fromHex("9381a16ba176a5616c697665a16e"));
  assert.deepEqual(commands.membersFilteredRequest.read(filter), {
    tags: new Map([["k", "v"]]),
    status: "alive",
    name: "n",
  });
  const event = new MsgpackReader(Uint8Array.fromHex("93a16ec0c3"));
  assert.deepEqual(commands.eventRequest.read(event), {
    name: "n",
    payload: undefined,
    coalesce: true,
  });
});

Deno.test("eventRecord gives each kind of event its own fields, and reads them back", () => {
  const user: commands.EventRecord = {
    event: "user",
    ltime: 300,
    name: "deploy",
    payload: undefined,
    coalesce: true,
  };
  const query: commands.EventRecord = {
    event: "query",
    id: 1,
    ltime: 2,
    name: "load",
    payload: new Uint8Array(),
  };
  const members: commands.EventRecord = {
    event: "member-leave",
    members: [{ ...commands.memberRecord.zero(), name: "n1", tags: new Map([["a", "b"]]) }],
  };
  const fields = (value: commands.EventRecord) => {
    const map = readAny(new MsgpackReader(encode(commands.eventRecord, value)));
    return map instanceof Map ? [...map.keys()].join(" ") : "";
  };
  assert.equal(fields(user), "Coalesce Event LTime Name Payload");
  assert.equal(fields(query), "Event ID LTime Name Payload");
  assert.equal(fields(members), "Event Members");
  for (const value of [user, query, members]) {
    assert.deepEqual(decode(commands.eventRecord, encode(commands.eventRecord, value)), value);
  }
});

Deno.test("an unknown coordinate travels as zeros with a nil vector", () => {
  const unknown = encode(commands.coordinateResponse, commands.coordinateResponse.zero());
  assert.deepEqual(
    readAny(new MsgpackReader(unknown)),
    new Map<string, unknown>([
      [
        "Coord",
        new Map<string, unknown>([["Adjustment", 0], ["Error", 0], ["Height", 0], [
          "Vec",
          undefined,
        ]]),
      ],
      ["Ok", false],
    ]),
  );
});
