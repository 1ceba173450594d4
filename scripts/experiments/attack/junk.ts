/**
 * How long does an agent try its keys on what none of them opens?
 *
 * Frames of 20 MB, one after the other, then datagrams of 60 kB, with rings of several sizes.
 */

import { denoRandom } from "../../../src/host/deno_random.ts";
import { messageType } from "../../../src/wire/message_type.ts";
import { sealRequest } from "../../../src/wire/stream_message.ts";
import { writeUserMessage } from "../../../src/wire/user_message.ts";
import type { Kind } from "../../lab/agents.ts";
import { measured, type Measurement } from "../../lab/comparison.ts";
import { envelopeOf, message, sealed, written } from "../../lab/frames.ts";
import { valueAtMost } from "../../lab/goal.ts";
import { percentile } from "../../lab/statistics.ts";
import { type Attack, startVictims, strangers, survival, Watch } from "./attack.ts";
import { type Flood, flood } from "./flood.ts";
import { going, ping } from "./honest.ts";

const frameLength = 20_000_000;
const packetLength = 60_000;
const packetRate = 500;
/** The ring for which the processor's share has a goal. */
const judgedRing = 8;

export const junk: Attack = async (kind, isShort) => {
  const results: Measurement[] = [];
  const rings = isShort || kind === "reference" ? [judgedRing] : [1, judgedRing, 64];
  for (const ring of rings) {
    results.push(...await junkFor(kind, ring, isShort ? 2 : 10));
  }
  return results;
};

async function junkFor(kind: Kind, ring: number, seconds: number): Promise<Measurement[]> {
  const folder = await Deno.makeTempDir({ prefix: "serf-attack-" });
  try {
    const keys = Array.from({ length: ring }, () => crypto.getRandomValues(new Uint8Array(32)));
    const file = `${folder}/keys.json`;
    await Deno.writeTextFile(file, JSON.stringify(keys.map((key) => key.toBase64())), {
      mode: 0o600,
    });
    await using victims = await startVictims(kind, 2, [`-keyring-file=${file}`]);
    const [victim] = victims.agents;
    const with_ = `ring of ${ring}`;
    const to = { to: victim!.ip, from: strangers, seconds };
    const frames = { ...to, over: "tcp", rate: Infinity } as const;
    const packets = { ...to, over: "udp", rate: packetRate } as const;
    const floods: Record<string, Flood> = {
      [`junk frames, ${with_}`]: { ...frames, frames: [junkFrame()] },
      [`junk datagrams, ${with_}`]: { ...packets, frames: [junkBytes(packetLength)] },
    };
    if (ring === judgedRing) {
      const [key] = keys;
      Object.assign(floods, {
        [`frames of junk behind a recorded head, ${with_}`]: {
          ...frames,
          frames: [spoiltFrame(key!)],
        },
        [`datagrams of junk behind a recorded head, ${with_}`]: {
          ...packets,
          frames: [spoiltPacket(key!)],
        },
      });
    }
    const results: Measurement[] = [];
    for (const [attack, order] of Object.entries(floods)) {
      using watch = await Watch.over(victims.agents);
      const attacked = flood(order);
      const times = await ping(victim!.ip, keys[0], going(attacked));
      const isJudged = ring === judgedRing && attack.startsWith("junk");
      const share = isJudged ? valueAtMost(33) : undefined;
      results.push(
        measured(`${attack}: ping, p99`, percentile(times, 0.99), "ms", valueAtMost(50)),
        measured(`${attack}: share of a core`, await watch.share(), "%", share),
        ...survival(attack, watch),
      );
    }
    return results;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function junkBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  // The version of the envelope: whatever has another one is dropped unread.
  bytes[0] = 1;
  return bytes;
}

/** What looks like an encrypted frame until a key is tried on it. */
function junkFrame(): Uint8Array {
  return written((writer) => {
    writer.writeByte(messageType.encrypt);
    writer.writeUint32(frameLength);
    writer.writeRaw(junkBytes(frameLength));
  });
}

/** A frame that begins as a real one does, which a key on its first bytes does not tell apart. */
function spoiltFrame(key: Uint8Array): Uint8Array {
  const plain = message(writeUserMessage, new Uint8Array(frameLength));
  const frame = sealRequest(plain, envelopeOf(key), denoRandom);
  frame[frame.length - 1]! ^= 1;
  return frame;
}

/** Likewise a datagram. */
function spoiltPacket(key: Uint8Array): Uint8Array {
  const plain = new Uint8Array(packetLength);
  plain[0] = messageType.user;
  const packet = sealed(plain, key);
  packet[packet.length - 1]! ^= 1;
  return packet;
}
