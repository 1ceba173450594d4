/** What honest members feel while others attack: pings and joins of their own. */

import { denoRandom } from "../../src/host/deno_random.ts";
import { openPacket } from "../../src/wire/packet.ts";
import { PacketUnpacker } from "../../src/wire/packet_unpacker.ts";
import { messageType } from "../../src/wire/message_type.ts";
import { readAck, writePing } from "../../src/wire/pings.ts";
import { openReply, sealRequest } from "../../src/wire/stream_message.ts";
import { delay } from "../bench/waiting.ts";
import { envelopeOf, sealed, written } from "./frames.ts";

const port = 7946;

/** Whether something still goes on. */
export interface Going {
  isOver: boolean;
}

/** Tells when a promise is settled. */
export function going(promise: Promise<unknown>): Going {
  const state = { isOver: false };
  void promise.then(() => state.isOver = true, () => state.isOver = true);
  return state;
}

/**
 * Pings an agent 20 times a second until something is over.
 *
 * @returns the milliseconds that each answer took; infinite if none came within two seconds.
 */
export async function ping(to: string, key: Uint8Array | undefined, going: Going) {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const sentAt = new Map<number, number>();
  const times: number[] = [];
  const envelope = envelopeOf(key);
  void (async () => {
    for await (const [packet] of socket) {
      new PacketUnpacker({
        receiveMessage(type, body) {
          if (type !== messageType.ack) return;
          const { seq } = readAck(body);
          times.push(performance.now() - sentAt.get(seq)!);
          sentAt.delete(seq);
        },
        receiveUnreadable() {},
      }).unpack(openPacket(packet, envelope));
    }
  })().catch(() => {});
  for (let seq = 1; !going.isOver; seq++) {
    const message = written((writer) => {
      writePing(writer, { seq, node: "", sourceIp: undefined, sourcePort: 0, sourceNode: "" });
    });
    sentAt.set(seq, performance.now());
    const address = { transport: "udp", hostname: to, port } as const;
    await socket.send(sealed(message, key), address).catch(() => {});
    await delay(50);
  }
  await delay(2000);
  socket.close();
  return [...times, ...[...sentAt].map(() => Infinity)];
}

/**
 * Swaps states with an agent as one who joins does, again and again until something is over.
 *
 * @returns the seconds that each took; infinite if there was no answer within ten.
 */
export async function join(
  to: string,
  key: Uint8Array | undefined,
  state: Uint8Array,
  going: Going,
): Promise<number[]> {
  const times: number[] = [];
  do {
    const startedAt = performance.now();
    const isDone = await exchange(to, key, state).then(
      (reply) => reply[0] === messageType.pushPull,
      () => false,
    );
    times.push(isDone ? (performance.now() - startedAt) / 1000 : Infinity);
    await delay(500);
  } while (!going.isOver);
  return times;
}

/** Sends a message over a stream and returns the answer. @throws {Error} if none came in ten seconds. */
export async function exchange(
  to: string,
  key: Uint8Array | undefined,
  message: Uint8Array,
): Promise<Uint8Array> {
  const envelope = envelopeOf(key);
  using connection = await Deno.connect({ hostname: to, port });
  const limit = setTimeout(() => connection.close(), 10_000);
  try {
    const request = sealRequest(message, envelope, denoRandom);
    for (let sent = 0; sent < request.length;) {
      sent += await connection.write(request.subarray(sent));
    }
    const reply = await new Response(connection.readable).bytes();
    return openReply(reply, envelope);
  } finally {
    clearTimeout(limit);
  }
}
