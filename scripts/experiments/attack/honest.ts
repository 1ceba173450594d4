/** What honest members feel while others attack: pings and joins of their own. */

import { complete } from "../../../src/bytes/steps.ts";
import { denoRandom } from "../../../src/host/deno_random.ts";
import { writeAlive } from "../../../src/wire/claims.ts";
import { messageType } from "../../../src/wire/message_type.ts";
import { readAck, writePing } from "../../../src/wire/pings.ts";
import { openReply, sealRequest } from "../../../src/wire/stream_message.ts";
import { FakeMember, gossipPort as port } from "../../lab/fake_member.ts";
import { aliveClaim, envelopeOf, ipBytes, message } from "../../lab/frames.ts";
import { delay } from "../../lab/waiting.ts";
import { pingerPrefix } from "./attack.ts";

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

/** Where the member lives that pings. */
const pinger = "127.66.7.1";
let pingers = 0;

/**
 * Pings an agent 20 times a second until something is over, as a member that comes for that.
 *
 * @returns the milliseconds that each answer took; infinite if none came within two seconds.
 */
export async function ping(
  to: string,
  key: Uint8Array | undefined,
  going: Going,
): Promise<number[]> {
  const node = `${pingerPrefix}${pingers++}`;
  const sentAt = new Map<number, number>();
  const times: number[] = [];
  using member = new FakeMember(pinger, key, (type, body) => {
    if (type !== messageType.ack) return;
    const { seq } = readAck(body);
    times.push(performance.now() - sentAt.get(seq)!);
    sentAt.delete(seq);
  });
  member.send(to, message(writeAlive, aliveClaim(node, pinger)));
  const source = { sourceIp: ipBytes(pinger), sourcePort: port, sourceNode: node };
  for (let seq = 1; !going.isOver; seq++) {
    sentAt.set(seq, performance.now());
    member.send(to, message(writePing, { seq, node: "", ...source }));
    await delay(50);
  }
  await delay(2000);
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
    return complete(openReply(reply, envelope));
  } finally {
    clearTimeout(limit);
  }
}
