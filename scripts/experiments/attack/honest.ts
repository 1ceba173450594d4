/** What honest members experience while others attack: pings and joins of their own. */

import { complete } from "../../../src/bytes/steps.ts";
import { denoRandom } from "../../../src/host/deno_random.ts";
import { writeAlive } from "../../../src/wire/claims.ts";
import { messageType } from "../../../src/wire/message_type.ts";
import { readAck, writePing } from "../../../src/wire/pings.ts";
import { openReply, sealRequest } from "../../../src/wire/stream_message.ts";
import { exchange } from "../../lab/fakes/exchange.ts";
import { FakeMember, gossipPort as port } from "../../lab/fakes/fake_member.ts";
import { aliveClaim, envelopeOf, ipBytes, message } from "../../lab/fakes/frames.ts";
import { delay } from "../../lab/waiting.ts";
import { pingerPrefix } from "./victims.ts";

/** Where the member lives that pings. */
const pinger = "127.66.7.1";
let pingers = 0;

/**
 * Pings an agent 20 times a second until something is over, as a member that comes for that.
 *
 * @returns the milliseconds that each answer took; infinite if none came within two seconds.
 */
export async function pingUntil(
  over: Promise<unknown>,
  to: string,
  key: Uint8Array | undefined,
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
  let seq = 0;
  await repeatUntil(over, async () => {
    sentAt.set(++seq, performance.now());
    member.send(to, message(writePing, { seq, node: "", ...source }));
    await delay(50);
  });
  await delay(2000);
  return [...times, ...[...sentAt].map(() => Infinity)];
}

/**
 * Swaps states with an agent as a joining member does, again and again until something is over.
 *
 * @returns the seconds that each took; infinite if there was no answer within ten.
 */
export async function joinUntil(
  over: Promise<unknown>,
  to: string,
  key: Uint8Array | undefined,
  state: Uint8Array,
): Promise<number[]> {
  const envelope = envelopeOf(key);
  const times: number[] = [];
  await repeatUntil(over, async () => {
    const startedAt = performance.now();
    const request = sealRequest(state, envelope, denoRandom);
    const isDone = await exchange({ hostname: to, port }, request).then(
      (reply) => complete(openReply(reply, envelope))[0] === messageType.pushPull,
    ).catch(() => false);
    times.push(isDone ? (performance.now() - startedAt) / 1000 : Infinity);
    await delay(500);
  });
  return times;
}

async function repeatUntil(over: Promise<unknown>, action: () => Promise<void>): Promise<void> {
  let isOver = false;
  const end = () => isOver = true;
  void over.then(end, end);
  do await action(); while (!isOver);
}
