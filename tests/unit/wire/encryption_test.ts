import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { ByteWriter } from "../../../src/bytes/byte_writer.ts";
import { bytesPerSlice, complete, type Steps } from "../../../src/bytes/steps.ts";
import { SimRandom } from "../../../src/sim/sim_random.ts";
import { readEncrypted, writeEncrypted } from "../../../src/wire/encryption.ts";
import { mayBeginMessage, messageType } from "../../../src/wire/message_type.ts";

const random = new SimRandom(1);
const extra = Uint8Array.of(1, 2);
const keys = Array.from({ length: 64 }, (_, i) => new Uint8Array([16, 24, 32][i % 3]!).fill(i));

function sealed(text: Uint8Array, key: Uint8Array, version: 0 | 1 = 1): Uint8Array {
  const writer = new ByteWriter(64);
  writeEncrypted(writer, text, key, extra, version, random);
  return writer.view().slice();
}

function junk(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  random.fill(bytes);
  bytes[0] = 1;
  return bytes;
}

/** Runs all steps and returns how many there were. */
function countSteps(steps: Steps<unknown>): number {
  let count = 1;
  try {
    while (!steps.next().done) count++;
  } catch {
    // That it cannot be read is expected.
  }
  return count;
}

/** How many bytes the platform's ciphers are given while `action` runs. */
function bytesDeciphered(action: () => void): number {
  const platform = process.getBuiltinModule("node:crypto");
  const { createCipheriv, createDecipheriv } = platform;
  let bytes = 0;
  // deno-lint-ignore no-explicit-any -- both kinds, whatever they are made with
  const counting = (create: (...given: any[]) => any) => (...given: any[]) => {
    const cipher = create(...given);
    const update = cipher.update.bind(cipher);
    cipher.update = (text: Uint8Array) => {
      bytes += text.length;
      return update(text);
    };
    return cipher;
  };
  platform.createCipheriv = counting(createCipheriv);
  platform.createDecipheriv = counting(createDecipheriv);
  try {
    action();
  } finally {
    Object.assign(platform, { createCipheriv, createDecipheriv });
  }
  return bytes;
}

Deno.test("readEncrypted() opens every message of every type under any key of the ring", () => {
  const second: Readonly<Record<number, number>> = {
    [messageType.user]: 7,
    [messageType.compound]: 255,
  };
  for (const type of Object.values(messageType)) {
    if (type === messageType.label || type === messageType.checksum) continue;
    for (const [index, key] of [...keys.slice(0, 3), ...keys.slice(-3)].entries()) {
      for (const length of [3, 16, 3000]) {
        const text = junk(length);
        text.set([type, second[type] ?? 0x82, 0xa4].slice(0, length));
        for (const version of [0, 1] as const) {
          const envelope = sealed(text, key, version);
          deepStrictEqual(
            complete(readEncrypted(envelope, keys, extra, mayBeginMessage)),
            text,
            `${type} ${index} ${length}`,
          );
        }
      }
    }
  }
});

Deno.test("readEncrypted() opens a checksum, behind which stands any type", () => {
  for (const inner of [messageType.ping, messageType.compound, messageType.error]) {
    const text = Uint8Array.of(messageType.checksum, 255, 255, 255, 255, inner, 0x80);
    for (const length of [7, 6]) {
      deepStrictEqual(
        complete(
          readEncrypted(sealed(text.subarray(0, length), keys[63]!), keys, extra, mayBeginMessage),
        ),
        text.subarray(0, length),
      );
    }
  }
});

Deno.test("Rubbish of any length is tried whole under next to no key of a ring", () => {
  const packets = Array.from({ length: 100 }, () => junk(60_000));
  const bytes = bytesDeciphered(() => {
    for (const packet of packets) {
      throws(
        () => complete(readEncrypted(packet, keys, extra, mayBeginMessage)),
        /no installed keys/,
      );
    }
  });
  ok(bytes < 2 * 100 * 60_000, `${bytes / 60_000} times the length`);

  const frame = junk(1_000_000);
  const steps = countSteps(readEncrypted(frame, keys, extra, mayBeginMessage));
  ok(steps < 4 * frame.length / bytesPerSlice, `${steps} steps`);
});

for (const index of [0, 1, 2]) {
  Deno.test(`A long frame is opened in slices, with ${8 * keys[index]!.length} bits, and forged ones too`, () => {
    const text = junk(20 * bytesPerSlice);
    text.set([messageType.pushPull, 0x83, 0xa5]);
    const frame = sealed(text, keys[index]!);
    ok(countSteps(readEncrypted(frame, keys, extra, mayBeginMessage)) >= 20);
    deepStrictEqual(complete(readEncrypted(frame, keys, extra, mayBeginMessage)), text);
    for (const at of [1, 13, 500_000, frame.length - 1]) {
      const forged = frame.with(at, frame[at]! ^ 1);
      throws(
        () => complete(readEncrypted(forged, keys, extra, mayBeginMessage)),
        /no installed keys/,
      );
    }
    strictEqual(frame.length, text.length + 29);
  });
}
