import assert from "node:assert/strict";
import { stallLimit } from "../../../../src/agent/clients/connected_client.ts";
import {
  arrivalLimit,
  introductionLimit,
  refusalLimit,
  requestLimit,
  strangerRequestLimit,
} from "../../../../src/agent/clients/rpc_session.ts";
import { toMemberRecord } from "../../../../src/agent/clients/member_record.ts";
import { nextTurn } from "../../../../src/agent/next_turn.ts";
import { MsgpackWriter } from "../../../../src/bytes/msgpack_writer.ts";
import { itemsPerSlice } from "../../../../src/bytes/steps.ts";
import { encodeText } from "../../../../src/bytes/text.ts";
import * as commands from "../../../../src/rpc/commands.ts";
import { encodable, encodeMessage } from "../../../../src/rpc/frames.ts";
import type { UserEvent } from "../../../../src/serf/event.ts";
import { makeMember } from "../../../support/fake_agent.ts";
import { settle } from "../../../support/memory_connection.ts";
import { header, ServedClient } from "../../../support/served_client.ts";

const deploy: UserEvent = {
  type: "user",
  ltime: 1,
  name: "deploy",
  payload: undefined,
  coalesce: false,
};

Deno.test("RpcSession wants a handshake first, and closes on anything else", async () => {
  const client = new ServedClient();
  assert.deepEqual(await client.ask("members", 4), [header(4, "Handshake required")]);
  assert.equal(client.isClosed, true);
  await client.done;
  assert.deepEqual(client.lines, [
    "error agent.ipc: Failed to evaluate request: Handshake required",
  ]);
});

Deno.test("RpcSession lets a client try another version, and shakes hands once", async () => {
  const client = new ServedClient();
  const shake = (seq: number, version: number) => {
    return client.ask("handshake", seq, commands.handshakeRequest, { version });
  };
  assert.deepEqual(await shake(1, 2), [header(1, "Unsupported IPC version")]);
  assert.deepEqual(await shake(2, 1), [header(2)]);
  assert.deepEqual(await shake(3, 1), [header(3, "Handshake already performed")]);
  assert.deepEqual(await shake(4, 0), [header(4, "Unsupported IPC version")]);
  assert.equal(client.isClosed, false);
  await client.leave();
});

Deno.test("RpcSession refuses commands without the token, and steps over their bodies", async () => {
  const client = await ServedClient.welcome("sesame");
  const refused = header(2, "Authentication required");
  assert.deepEqual(
    await client.ask("event", 2, commands.eventRequest, {
      name: "Command",
      payload: undefined,
      coalesce: false,
    }),
    [refused],
  );
  assert.deepEqual(await client.ask("members", 2), [refused]);
  assert.deepEqual(await client.ask("no-such-command", 2), [refused]);
  assert.deepEqual(client.lines, [
    "warn agent.ipc: Client sending commands before auth",
    "warn agent.ipc: Client sending commands before auth",
    "warn agent.ipc: Client sending commands before auth",
  ]);
  const auth = (seq: number, authKey: string) => {
    return client.ask("auth", seq, commands.authRequest, { authKey });
  };
  assert.deepEqual(await auth(3, "open"), [header(3, "Invalid authentication token")]);
  assert.deepEqual(await auth(4, ""), [header(4, "Invalid authentication token")]);
  assert.deepEqual(await auth(5, "sesame"), [header(5)]);
  assert.deepEqual(await client.ask("members", 6), [header(6), new Map([["Members", []]])]);
  assert.deepEqual(client.agent.calls, []);
  await client.leave();
});

Deno.test("RpcSession without a token takes only the empty one", async () => {
  const client = await ServedClient.welcome();
  const auth = (seq: number, authKey: string) => {
    return client.ask("auth", seq, commands.authRequest, { authKey });
  };
  assert.deepEqual(await auth(2, "x"), [header(2, "Invalid authentication token")]);
  assert.deepEqual(await auth(3, ""), [header(3)]);
  await client.leave();
});

Deno.test("RpcSession closes on an unknown command, whose name is logged in part", async () => {
  const client = await ServedClient.welcome();
  const name = "x".repeat(1000);
  assert.deepEqual(await client.ask(name, 2), [header(2, "Unsupported command")]);
  assert.equal(client.isClosed, true);
  assert.deepEqual(client.lines, [
    `error agent.ipc: Failed to evaluate request: command '${"x".repeat(64)}' not recognized`,
  ]);
});

Deno.test("RpcSession closes without a word on what it cannot decode, and logs why", async () => {
  const cases: [bytes: Uint8Array, line: RegExp][] = [
    [Uint8Array.of(0xc1), /^error agent\.ipc: failed to decode request header: ./],
    [encodeText("GET / HTTP/1.1\r\n\r\n"), /failed to decode request header: ./],
    [Uint8Array.fromHex("81a3536571ff"), /failed to decode request header: ./],
    [
      Uint8Array.fromHex("82a7436f6d6d616e64a56576656e74a3536571020582a0"),
      /^error agent\.ipc: Failed to evaluate request: decode failed: ./,
    ],
  ];
  for (const [bytes, line] of cases) {
    const client = await ServedClient.welcome();
    assert.deepEqual(await client.sendBytes(bytes), []);
    assert.equal(client.isClosed, true);
    assert.equal(client.lines.length, 1);
    assert.match(client.lines[0] ?? "", line);
  }
});

Deno.test("RpcSession refuses values beyond its limit as soon as they are announced", async () => {
  const client = await ServedClient.welcome();
  const tooLong = Uint8Array.of(0xdb, 0x00, 0x10, 0x00, 0x00);
  assert.equal(requestLimit, 0x10_0000);
  assert.deepEqual(await client.sendBytes(tooLong), []);
  assert.equal(client.isClosed, true);
  assert.match(client.lines[0] ?? "", /request header: value exceeds limit of 1048576 bytes$/);
});

Deno.test("RpcSession closes on a request that hangs half sent, but not on an idle client", async () => {
  const client = await ServedClient.welcome();
  client.clock.advance(24 * 3_600_000);
  assert.equal(client.isClosed, false);
  await client.sendBytes(Uint8Array.of(0x82));
  client.clock.advance(arrivalLimit - 1);
  assert.equal(client.isClosed, false);
  client.clock.advance(1);
  assert.equal(client.isClosed, true);
  assert.deepEqual(client.lines, [
    "warn agent.ipc: Request of ipc.client: 127.0.0.1:5000 is incomplete, closing",
  ]);
});

Deno.test("RpcSession gives a header's missing body no more time than any request", async () => {
  const client = await ServedClient.welcome();
  await client.ask("event", 2);
  client.clock.advance(arrivalLimit);
  assert.equal(client.isClosed, true);
});

Deno.test("RpcSession closes on clients that never introduce themselves", async () => {
  const silent = new ServedClient();
  silent.clock.advance(introductionLimit - 1);
  assert.equal(silent.isClosed, false);
  silent.clock.advance(1);
  assert.equal(silent.isClosed, true);

  const stranger = await ServedClient.welcome("sesame");
  stranger.clock.advance(introductionLimit);
  assert.equal(stranger.isClosed, true);

  const friend = await ServedClient.welcome("sesame");
  await friend.ask("auth", 2, commands.authRequest, { authKey: "sesame" });
  friend.clock.advance(24 * 3_600_000);
  assert.equal(friend.isClosed, false);
  await friend.leave();
  assert.equal(friend.clock.pending, 0);
});

Deno.test("RpcSession carries requests out one after another, with records in between", async () => {
  const client = await ServedClient.welcome();
  await client.ask("stream", 2, commands.streamRequest, { type: "*" });
  const gate = Promise.withResolvers<void>();
  client.agent.gate = gate.promise;
  await client.ask("join", 3, commands.joinRequest, { existing: ["a"], replay: false });
  assert.deepEqual(await client.ask("members", 4), []);
  client.agent.emit(deploy);
  const [record] = await client.received();
  assert.deepEqual(record, header(2));
  gate.resolve();
  assert.deepEqual(await client.received(), [
    header(3),
    new Map([["Num", 1]]),
    header(4),
    new Map([["Members", []]]),
  ]);
  await client.leave();
});

Deno.test("RpcSession sends no record before the answer that opens the stream", async () => {
  const client = await ServedClient.welcome();
  client.end.capacity = 1;
  const asked = client.ask("stream", 2, commands.streamRequest, { type: "*" });
  await asked;
  client.agent.emit(deploy);
  assert.equal(client.agent.listenerCount, 0, "the answer is not written yet");
  client.end.capacity = Infinity;
  await client.received();
  client.agent.emit(deploy);
  assert.deepEqual((await client.received())[0], header(2));
  await client.leave();
});

Deno.test("RpcSession answers all that was sent before a half-close, then closes", async () => {
  const client = await ServedClient.welcome();
  await client.end.write(Uint8Array.fromHex("82a7436f6d6d616e64a76d656d62657273a353657102"));
  await client.end.write(Uint8Array.fromHex("82a7436f6d6d616e64a57374617473a353657103"));
  client.end.closeWrite();
  assert.deepEqual(await client.received(), [
    header(2),
    new Map([["Members", []]]),
    header(3),
    new Map(),
  ]);
  await client.done;
  assert.equal(client.isClosed, true);
  assert.deepEqual(client.lines, []);
});

Deno.test("RpcSession ends everything that ran for a client that is gone", async () => {
  const client = await ServedClient.welcome();
  await client.ask("stream", 2, commands.streamRequest, { type: "*" });
  await client.ask("monitor", 3, commands.monitorRequest, { logLevel: "info" });
  await client.ask("query", 4, commands.queryRequest, commands.queryRequest.zero());
  assert.equal(client.agent.listenerCount, 1);
  assert.equal(client.agent.logFeed.listenerCount, 1);
  await client.leave();
  assert.equal(client.agent.listenerCount, 0);
  assert.equal(client.agent.logFeed.listenerCount, 0);
  assert.equal(client.agent.queries[0]?.isCancelled, true);
  assert.equal(client.clock.pending, 0);
  assert.deepEqual(client.lines, []);
});

Deno.test("RpcSession gives up on a client that reads nothing for a minute", async () => {
  const client = await ServedClient.welcome();
  await client.ask("stream", 2, commands.streamRequest, { type: "*" });
  client.end.capacity = 0;
  for (let i = 0; i < 100; i++) client.agent.emit(deploy);
  await settle();
  client.clock.advance(stallLimit);
  await client.done;
  assert.equal(client.agent.listenerCount, 0);
  assert.deepEqual(client.lines, [
    "warn agent.ipc: Client accepts no data, closing ipc.client: 127.0.0.1:5000",
  ]);
});

Deno.test("RpcSession answers a leave and then ends the agent, also for a client that is gone", async () => {
  const client = await ServedClient.welcome();
  assert.deepEqual(await client.ask("leave", 2), [header(2)]);
  assert.deepEqual(client.agent.calls, ["leave", "shutdown"]);
  await client.leave();

  const gone = await ServedClient.welcome();
  const gate = Promise.withResolvers<void>();
  gone.agent.gate = gate.promise;
  await gone.ask("leave", 2);
  gone.end.close();
  gate.resolve();
  await gone.done;
  assert.deepEqual(gone.agent.calls, ["leave", "shutdown"]);

  const dropped = await ServedClient.welcome();
  const otherGate = Promise.withResolvers<void>();
  dropped.agent.gate = otherGate.promise;
  await dropped.ask("leave", 2);
  dropped.session.close();
  otherGate.resolve();
  await dropped.done;
  assert.deepEqual(dropped.agent.calls, ["leave", "shutdown"]);
});

Deno.test("RpcSession echoes every number, and repeats what a header leaves out", async () => {
  const client = await ServedClient.welcome();
  for (const seq of [0, 2 ** 53 - 1, 2n ** 64n - 1n]) {
    assert.deepEqual((await client.ask("stats", seq))[0], header(seq));
  }
  assert.deepEqual(await client.sendBytes(Uint8Array.of(0x80)), [
    header(2n ** 64n - 1n),
    new Map(),
  ]);
  await client.leave();
});

Deno.test("RpcSession counts the commands it gets", async () => {
  const client = await ServedClient.welcome();
  await client.ask("stats", 2);
  assert.equal(client.meter.counters.get("agent.ipc.command"), 2);
  await client.leave();
});

Deno.test("RpcSession lets nobody guess tokens for ever", async () => {
  const client = await ServedClient.welcome("sesame");
  for (let i = 1; i <= refusalLimit; i++) {
    assert.equal(client.isClosed, false);
    const guess = i % 2 === 0
      ? client.ask("members", i + 1)
      : client.ask("auth", i + 1, commands.authRequest, { authKey: `guess ${i}` });
    assert.equal((await guess).length, 1);
  }
  assert.equal(client.isClosed, true);
  assert.match(client.lines.at(-1) ?? "", /Client lacks the token, closing ipc\.client/);
  for (const line of client.lines) assert.doesNotMatch(line, /guess|sesame/);
  await client.done;
});

Deno.test("RpcSession lets a wrong token wait for its refusal, and the right one for nothing", async () => {
  const client = await ServedClient.welcome("sesame", () => 3000);
  const auth = (seq: number, authKey: string) =>
    client.ask("auth", seq, commands.authRequest, { authKey });
  assert.deepEqual(await auth(2, "open"), []);
  client.clock.advance(2999);
  assert.deepEqual(await client.received(), []);
  client.clock.advance(1);
  assert.deepEqual(await client.received(), [header(2, "Invalid authentication token")]);
  assert.deepEqual(await auth(3, "sesame"), [header(3)]);
  assert.deepEqual(await auth(4, "open"), []);
  // Whoever does not wait leaves nothing behind.
  client.session.close();
  await client.done;
});

Deno.test("RpcSession gives a stranger little room, and a known client all of it", async () => {
  const long = "x".repeat(strangerRequestLimit);
  const stranger = await ServedClient.welcome("sesame");
  await stranger.ask("event", 2, commands.eventRequest, {
    name: long,
    payload: undefined,
    coalesce: false,
  });
  assert.equal(stranger.isClosed, true);

  const known = await ServedClient.welcome("sesame");
  await known.ask("auth", 2, commands.authRequest, { authKey: "sesame" });
  await known.ask("event", 3, commands.eventRequest, {
    name: long,
    payload: undefined,
    coalesce: false,
  });
  assert.equal(known.isClosed, false);
  assert.equal(known.agent.calls.length, 1);
  await Promise.all([stranger.leave(), known.leave()]);
});

Deno.test("RpcSession sends a long event in several turns, all else in order behind it", async () => {
  const client = await ServedClient.welcome();
  await client.ask("stream", 7, commands.streamRequest, { type: "*" });
  await client.ask("stream", 8, commands.streamRequest, { type: "user" });
  const looks = new Set<number>();
  const members = Array.from({ length: 3 * itemsPerSlice }, (_, i) => {
    const member = makeMember(`m${i}`);
    return {
      ...member,
      get name() {
        looks.add(i);
        return member.name;
      },
    };
  });
  client.agent.emit({ type: "member-join", members });
  client.agent.emit(deploy);

  // One turn for the header, one for the beginning of the event, and one for each slice.
  const received: number[] = [];
  const encodedAfter: number[] = [];
  for (let turn = 0; turn < 6; turn++) {
    await settle(2000);
    received.push(...client.end.takeAll());
    encodedAfter.push(looks.size);
    await nextTurn();
  }
  assert.deepEqual(encodedAfter, [0, 0, 1, 2, 3, 3].map((slices) => slices * itemsPerSlice));

  const writer = new MsgpackWriter("modern");
  const expected: Uint8Array[] = [];
  const expectRecord = (seq: number, record: commands.EventRecord) => {
    const header = encodable(commands.responseHeader, { error: "", seq });
    expected.push(encodeMessage(writer, header, encodable(commands.eventRecord, record)));
  };
  const records = members.map(toMemberRecord);
  expectRecord(7, { event: "member-join", members: records });
  expectRecord(7, { ...deploy, event: "user" });
  expectRecord(8, { ...deploy, event: "user" });
  assert.deepEqual(received, expected.flatMap((bytes) => [...bytes]));
  await client.leave();
});
