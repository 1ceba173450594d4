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
import { type Measure, measured, type Measurement } from "../../lab/comparison.ts";
import { envelopeOf, message, sealed, written } from "../../lab/fakes/frames.ts";
import { valueAtMost } from "../../lab/goal.ts";
import { ScratchFolder } from "../../lab/scratch_folder.ts";
import { percentile } from "../../lab/statistics.ts";
import { flood } from "./flood.ts";
import { pingUntil } from "./honest.ts";
import { startVictims, strangers, Watch } from "./victims.ts";

const frameLength = 20_000_000;
const packetLength = 60_000;
const packetRate = 500;
/** The ring for which the processor's share has a goal. */
const judgedRing = 8;

export const junk: Measure<Kind> = async (kind, isShort) => {
  const results: Measurement[] = [];
  const rings = isShort || kind === "reference" ? [judgedRing] : [1, judgedRing, 64];
  for (const ring of rings) results.push(...await junkFor(kind, ring, isShort ? 2 : 10));
  return results;
};

async function junkFor(kind: Kind, ring: number, seconds: number): Promise<Measurement[]> {
  const keys = Array.from({ length: ring }, () => crypto.getRandomValues(new Uint8Array(32)));
  using folder = new ScratchFolder();
  const file = `${folder.path}/keys.json`;
  const texts = JSON.stringify(keys.map((key) => key.toBase64()));
  await Deno.writeTextFile(file, texts, { mode: 0o600 });
  await using victims = await startVictims(kind, 2, { args: [`-keyring-file=${file}`] });
  const to = victims.agents[0]!.ip;
  const key = keys[0]!;
  const plainFrame = message(writeUserMessage, new Uint8Array(frameLength));
  const plainPacket = message(writeUserMessage, new Uint8Array(packetLength));
  const attacks = {
    "junk frames": ["tcp", junkFrame()],
    "junk datagrams": ["udp", junkBytes(packetLength)],
    "frames of junk behind a recorded head": [
      "tcp",
      spoilt(sealRequest(plainFrame, envelopeOf(key), denoRandom)),
    ],
    "datagrams of junk behind a recorded head": ["udp", spoilt(sealed(plainPacket, key))],
  } as const;
  const results: Measurement[] = [];
  for (const [name, [over, frame]] of Object.entries(attacks)) {
    const isPlain = name.startsWith("junk");
    if (ring !== judgedRing && !isPlain) continue;
    const attack = `${name}, ring of ${ring}`;
    using watch = await Watch.over(victims.agents);
    const rate = over === "tcp" ? Infinity : packetRate;
    const attacked = flood({ over, to, from: strangers, frames: [frame], rate, seconds });
    const times = await pingUntil(attacked, to, key);
    const share = ring === judgedRing && isPlain ? valueAtMost(33) : undefined;
    results.push(
      measured(`${attack}: ping, p99`, percentile(times, 0.99), "ms", valueAtMost(50)),
      measured(`${attack}: share of a core`, await watch.share(), "%", share),
      ...watch.survival(attack),
    );
  }
  return results;
}

function junkBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  // The version of the envelope: with another one it would be dropped unread.
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

/** Bytes that begin as real ones do, which a key on the first of them does not tell apart. */
function spoilt(bytes: Uint8Array): Uint8Array {
  bytes[bytes.length - 1]! ^= 1;
  return bytes;
}
