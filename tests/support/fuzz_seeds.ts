/** What was recorded from real peers, as food for fuzzers. */

import { complete } from "../../src/bytes/steps.ts";
import { openPacket } from "../../src/wire/packet.ts";
import type { Envelope } from "../../src/wire/packet.ts";
import { openReply, openRequest } from "../../src/wire/stream_message.ts";
import { plainEnvelope } from "../../scripts/lab/plain_envelope.ts";
import { bytesFromHex, readCaptures, readVectorFile, readVectors } from "./vectors.ts";

/** Datagrams as they came in, and what was in their envelopes, each of a different kind once. */
export function recordedPackets(): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (const capture of readCaptures()) {
    const envelope = envelopeOf(capture.keys_base64, capture.label);
    for (const { hex } of capture.udp.slice(0, 40)) {
      const packet = bytesFromHex(hex);
      packets.push(packet, openPacket(packet, envelope).slice());
    }
  }
  const vectors = readVectors<{ hex: string }[]>("memberlist-messages");
  return unique([...packets, ...vectors.map(({ hex }) => bytesFromHex(hex))]);
}

/** Both directions of recorded streams, as they came in and opened. */
export function recordedStreams(): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (const capture of readCaptures()) {
    const envelope = envelopeOf(capture.keys_base64, capture.label);
    for (const stream of capture.streams.slice(0, 6)) {
      const request = bytesFromHex(String(stream.client_to_server ?? ""));
      const reply = bytesFromHex(String(stream.server_to_client ?? ""));
      if (request.length > 0) {
        messages.push(request, complete(openRequest(request, envelope)).slice());
      }
      if (reply.length > 0) messages.push(reply, complete(openReply(reply, envelope)).slice());
    }
  }
  return unique(messages);
}

/** Serf's own messages, type byte included, and the filters of queries. */
export function recordedSerfMessages(): Uint8Array[] {
  const { messages, filters, ping_payloads } = readVectors<{
    messages: { hex: string }[];
    filters: { hex: string }[];
    ping_payloads: { hex: string }[];
  }>("serf-messages");
  return unique([...messages, ...filters, ...ping_payloads].map(({ hex }) => bytesFromHex(hex)));
}

/** What clients and agents said to each other over RPC, each conversation in one piece. */
export function recordedRpc(direction: "client to agent" | "agent to client"): Uint8Array[] {
  const folder = new URL("../vectors/rpc/", import.meta.url);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const conversations: Uint8Array[] = [];
  for (const name of names) {
    const file = readVectorFile<unknown>(`rpc/${name.replace(/\.json$/, "")}`);
    for (const stream of streamsIn(file)) {
      const parts = stream.filter(({ dir }) => dir === direction).map(({ hex }) => hex);
      conversations.push(bytesFromHex(parts.join("")));
    }
  }
  return unique(conversations.filter(({ length }) => length > 0));
}

interface Said {
  readonly dir: string;
  readonly hex: string;
}

/** Every `stream` within a recording, however deep. */
function* streamsIn(value: unknown): Generator<readonly Said[]> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "stream" && Array.isArray(inner)) yield inner.filter(isSaid);
    else yield* streamsIn(inner);
  }
}

function isSaid(value: unknown): value is Said {
  return typeof value === "object" && value !== null && "dir" in value && "hex" in value &&
    typeof value.hex === "string";
}

function envelopeOf(keys: readonly string[], label: string): Envelope {
  return {
    ...plainEnvelope,
    label: new TextEncoder().encode(label),
    keys: keys.map((key) => Uint8Array.fromBase64(key)),
    verifyIncoming: false,
  };
}

function unique(inputs: readonly Uint8Array[]): Uint8Array[] {
  return [...new Map(inputs.map((input) => [input.toHex(), input])).values()];
}
