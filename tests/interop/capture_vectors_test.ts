/**
 * Captures of live traffic between real agents: every field of every message, in
 * datagrams and streams, is read as the reference reads it.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { complete } from "../../src/bytes/steps.ts";
import { encodeText } from "../../src/bytes/text.ts";
import { readEvent } from "../../src/serf/events/event_message.ts";
import { readJoin, readLeave } from "../../src/serf/intent_messages.ts";
import { readPushPull } from "../../src/serf/push_pull_message.ts";
import { readQuery, readRelayHeader, readResponse } from "../../src/serf/queries/query_messages.ts";
import { readAlive, readDead, readSuspect } from "../../src/wire/claims.ts";
import { readFullState } from "../../src/wire/full_state.ts";
import { type Envelope, openPacket } from "../../src/wire/packet.ts";
import { PacketUnpacker } from "../../src/wire/packet_unpacker.ts";
import { readAck, readIndirectPing, readNack, readPing } from "../../src/wire/pings.ts";
import { StreamFramer } from "../../src/wire/stream_framer.ts";
import { openReply, openRequest } from "../../src/wire/stream_message.ts";
import { type Capture, readCaptures } from "../support/vectors.ts";

type Fields = Readonly<Record<string, unknown>>;
/** A message, type byte included, in the form in which captures show it. */
type Show = (reader: MsgpackReader) => Fields;

/** Byte fields are shown as hex, missing ones as empty. */
function hex(bytes: Uint8Array | undefined): string {
  return bytes?.toHex() ?? "";
}

const showPing = (ping: ReturnType<typeof readPing>) => ({
  SeqNo: ping.seq,
  Node: ping.node,
  SourceAddr: hex(ping.sourceIp),
  SourcePort: ping.sourcePort,
  SourceNode: ping.sourceNode,
});

const shows = new Map<number, Show>([
  [0, (reader) => ({ type: "ping", ...showPing(readPing(reader)) })],
  [1, (reader) => {
    const ping = readIndirectPing(reader);
    const target = { Target: hex(ping.targetIp), Port: ping.targetPort, Nack: ping.nack };
    return { type: "indirectPing", ...showPing(ping), ...target };
  }],
  [2, (reader) => {
    const { seq, payload } = readAck(reader);
    return { type: "ack", SeqNo: seq, Payload: payload?.toHex() ?? null };
  }],
  [3, (reader) => {
    const { node, incarnation, from } = readSuspect(reader);
    return { type: "suspect", Node: node, Incarnation: incarnation, From: from };
  }],
  [4, (reader) => {
    const alive = readAlive(reader);
    return {
      type: "alive",
      Node: alive.node,
      Incarnation: alive.incarnation,
      Addr: hex(alive.ip),
      Port: alive.port,
      Meta: hex(alive.meta),
      Vsn: [...alive.versions],
    };
  }],
  [5, (reader) => {
    const { node, incarnation, from } = readDead(reader);
    return { type: "dead", Node: node, Incarnation: incarnation, From: from };
  }],
  [8, (reader) => ({ type: "user", serf: showSerf(reader.takeRest()) })],
  [11, (reader) => ({ type: "nack", SeqNo: readNack(reader).seq })],
]);

const serfShows = new Map<number, Show>([
  [0, (reader) => {
    const { ltime, node, prune } = readLeave(reader);
    return { LTime: ltime, Node: node, Prune: prune };
  }],
  [1, (reader) => {
    const { ltime, node } = readJoin(reader);
    return { LTime: ltime, Node: node };
  }],
  [2, (reader) => {
    const state = complete(readPushPull(reader));
    strictEqual(state.eventSlots.every((slot) => slot === undefined), true);
    return {
      LTime: state.memberTime,
      EventLTime: state.eventTime,
      QueryLTime: state.queryTime,
      StatusLTimes: Object.fromEntries(state.statusTimes),
      LeftMembers: state.leftMembers,
      Events: [],
      event_slots: state.eventSlots.length,
    };
  }],
  [3, (reader) => {
    const { ltime, name, payload, coalesce } = readEvent(reader);
    return { LTime: ltime, Name: name, Payload: hex(payload), CC: coalesce };
  }],
  [4, (reader) => {
    const query = readQuery(reader);
    return {
      LTime: query.ltime,
      ID: query.id,
      Addr: hex(query.ip),
      Port: query.port,
      SourceNode: query.sourceNode,
      Filters: query.filters.map(hex),
      Flags: query.flags,
      RelayFactor: query.relayFactor,
      Timeout: Number(query.timeout),
      Name: query.name,
      Payload: hex(query.payload),
    };
  }],
  [5, (reader) => {
    const { ltime, id, from, flags, payload } = readResponse(reader);
    return { LTime: ltime, ID: id, From: from, Flags: flags, Payload: hex(payload) };
  }],
]);

function showSerf(message: Uint8Array): Fields {
  const [type = -1] = message;
  if (type === 9) return showRelay(message);
  const show = serfShows.get(type);
  ok(show, `unknown Serf message ${type}`);
  return { serf_type: type, ...show(new MsgpackReader(message, 1)) };
}

/** Captures show a relay as it is; here its content must be readable as well. */
function showRelay(message: Uint8Array): Fields {
  const reader = new MsgpackReader(message, 1);
  strictEqual(readRelayHeader(reader).address.ip.length, 4);
  strictEqual(showSerf(reader.takeRest())["serf_type"], 5);
  return { serf_type: 9, hex: message.toHex() };
}

function showMessage(type: number, body: MsgpackReader): Fields {
  const show = shows.get(type);
  ok(show, `unknown message ${type}`);
  return show(body);
}

/** The messages in a packet, without what is around them. */
function messagesIn(packet: Uint8Array, envelope: Envelope): Fields[] {
  const messages: Fields[] = [];
  const unpacker = new PacketUnpacker({
    receiveMessage: (type, body) => messages.push(showMessage(type, body)),
    receiveUnreadable(error) {
      throw error;
    },
  });
  unpacker.unpack(openPacket(packet, envelope));
  return messages;
}

function recordedMessages(message: Fields): Fields[] {
  if (message.parts) return (message.parts as Fields[]).flatMap(recordedMessages);
  if (message.inner) return recordedMessages(message.inner as Fields);
  return [message];
}

/** One side of a stream, as captures show it. */
function showStream(message: Uint8Array): Fields {
  const reader = new MsgpackReader(message, 1);
  if (message[0] !== 6) return { message: showMessage(message[0]!, reader) };
  const { joining, nodes, userState } = complete(readFullState(reader));
  return {
    type: "pushPull",
    Join: joining,
    nodes: nodes.map((node) => ({
      Name: node.name,
      Addr: hex(node.ip),
      Port: node.port,
      Incarnation: node.incarnation,
      Meta: hex(node.meta),
      State: ["alive", "suspect", "dead", "left"].indexOf(node.state),
      Vsn: [...node.versions],
    })),
    serf: showSerf(userState),
    user_state_length: userState.length,
  };
}

function framed(bytes: Uint8Array, direction: "request" | "reply"): Uint8Array {
  const whole = new StreamFramer({ direction }).push(bytes);
  ok(whole, "a stream ended too early");
  return whole.slice();
}

function envelopeOf({ label, keys_base64 }: Capture): Envelope {
  return {
    label: encodeText(label),
    skipInboundLabelCheck: false,
    keys: keys_base64.map((key) => Uint8Array.fromBase64(key)),
    verifyIncoming: true,
    verifyOutgoing: true,
    compression: true,
    protocolVersion: 2,
  };
}

Deno.test("every message in every captured datagram is read as recorded", () => {
  let packets = 0;
  for (const capture of readCaptures()) {
    const envelope = envelopeOf(capture);
    for (const { hex, decoded } of capture.udp) {
      const messages = messagesIn(Uint8Array.fromHex(hex), envelope);
      const where = `${capture.scenario} ${hex.slice(0, 60)}`;
      deepStrictEqual(messages, recordedMessages(decoded.message), where);
      packets++;
    }
  }
  ok(packets > 400, `${packets} packets`);
});

Deno.test("both sides of every captured stream are read as recorded", () => {
  let sides = 0;
  for (const capture of readCaptures()) {
    const envelope = envelopeOf(capture);
    for (const stream of capture.streams as readonly Record<string, unknown>[]) {
      const { client_to_server, server_to_client } = stream as Record<string, string>;
      const { decoded_client_to_server, decoded_server_to_client } = stream as Record<
        string,
        Fields
      >;
      if (client_to_server) {
        const request = complete(openRequest(
          framed(Uint8Array.fromHex(client_to_server), "request"),
          envelope,
        ));
        checkSide(request, decoded_client_to_server);
        sides++;
      }
      if (server_to_client) {
        const reply = complete(
          openReply(framed(Uint8Array.fromHex(server_to_client), "reply"), envelope),
        );
        checkSide(reply, decoded_server_to_client);
        sides++;
      }
    }
  }
  ok(sides > 30, `${sides} sides`);
});

function checkSide(message: Uint8Array, recorded: Fields | undefined): void {
  const shown = showStream(message.slice());
  if (!recorded) return;
  const { layers: _, ...content } = recorded;
  deepStrictEqual(shown, content);
}
