import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { gcm } from "@noble/ciphers/aes.js";
import fc from "fast-check";
import { isAesKeyLength, openAesGcm, sealAesGcm, tagLength } from "../../../src/bytes/aes_gcm.ts";
import { complete } from "../../../src/bytes/steps.ts";

const hex = (text: string) => Uint8Array.fromHex(text);

function seal(key: Uint8Array, nonce: Uint8Array, text: Uint8Array, extra: Uint8Array): Uint8Array {
  const target = new Uint8Array(text.length + tagLength);
  sealAesGcm(key, nonce, text, extra, target);
  return target;
}

/** Test cases 7 to 10 of "The Galois/Counter Mode of Operation" (McGrew and Viega, 2005). */
const key = "feffe9928665731c6d6a8f9467308308feffe9928665731c";
const nonce = "cafebabefacedbaddecaf888";
const text = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" +
  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
const cipher = "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c" +
  "7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710acade256";
const published = [
  {
    key: "00".repeat(24),
    nonce: "00".repeat(12),
    text: "",
    extra: "",
    sealed: "cd33b28ac773f74ba00ed1f312572435",
  },
  {
    key: "00".repeat(24),
    nonce: "00".repeat(12),
    text: "00".repeat(16),
    extra: "",
    sealed: "98e7247c07f0fe411c267e4384b0f6002ff58d80033927ab8ef4d4587514f0fb",
  },
  { key, nonce, text, extra: "", sealed: `${cipher}9924a7c8587336bfb118024db8674a14` },
  {
    key,
    nonce,
    text: text.slice(0, -8),
    extra: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    sealed: `${cipher.slice(0, -8)}2519498e80f1478f37ba55bd6d27618c`,
  },
];

for (const [index, example] of published.entries()) {
  Deno.test(`sealAesGcm() with 192 bits gives published case ${index + 7}`, () => {
    const sealed = seal(
      hex(example.key),
      hex(example.nonce),
      hex(example.text),
      hex(example.extra),
    );
    strictEqual(sealed.toHex(), example.sealed);
    const opened = complete(
      openAesGcm(hex(example.key), hex(example.nonce), sealed, hex(example.extra)),
    );
    strictEqual(opened?.toHex(), example.text);
  });
}

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

Deno.test("sealAesGcm() gives with any key and text what another implementation gives", () => {
  const keys = fc.oneof(bytes(16), bytes(24), bytes(24), bytes(32));
  const texts = fc.uint8Array({ maxLength: 300 });
  fc.assert(fc.property(keys, bytes(12), texts, texts, (key, nonce, text, extra) => {
    const sealed = seal(key, nonce, text, extra);
    deepStrictEqual(sealed, gcm(key, nonce, extra).encrypt(text));
    deepStrictEqual(complete(openAesGcm(key, nonce, sealed, extra)), text);
  }));
});

Deno.test("sealAesGcm() with 192 bits seals a long text, and one anywhere in a buffer", () => {
  const long = Uint8Array.from({ length: 1_000_003 }, (_, i) => i * 7 >> 3);
  const longKey = hex(key);
  const expected = gcm(longKey, hex(nonce), new Uint8Array(0)).encrypt(long);
  deepStrictEqual(seal(longKey, hex(nonce), long, new Uint8Array(0)), expected);

  const around = new Uint8Array(100).fill(9);
  around.set(hex(key), 3);
  around.set(hex(nonce), 33);
  around.set(hex(text).subarray(0, 20), 51);
  const sealed = seal(
    around.subarray(3, 27),
    around.subarray(33, 45),
    around.subarray(51, 71),
    around.subarray(90, 93),
  );
  deepStrictEqual(
    sealed,
    gcm(hex(key), hex(nonce), Uint8Array.of(9, 9, 9)).encrypt(hex(text).subarray(0, 20)),
  );
});

for (const length of [16, 24, 32]) {
  Deno.test(`openAesGcm() with ${8 * length} bits opens nothing that was tampered with`, () => {
    const key = new Uint8Array(length).fill(5);
    const extra = Uint8Array.of(1, 2);
    const sealed = seal(key, hex(nonce), hex(text), extra);
    for (let at = 0; at < sealed.length; at++) {
      for (const bit of [0, 7]) {
        const tampered = sealed.slice();
        tampered[at]! ^= 1 << bit;
        strictEqual(complete(openAesGcm(key, hex(nonce), tampered, extra)), undefined);
      }
    }
    strictEqual(complete(openAesGcm(key, hex(nonce), sealed, Uint8Array.of(1, 3))), undefined);
    strictEqual(complete(openAesGcm(key, hex(nonce), sealed, Uint8Array.of(1, 2, 0))), undefined);
    strictEqual(complete(openAesGcm(key.with(0, 6), hex(nonce), sealed, extra)), undefined);
    strictEqual(complete(openAesGcm(key, hex(nonce).with(0, 6), sealed, extra)), undefined);
    for (let cut = 1; cut < sealed.length; cut++) {
      strictEqual(complete(openAesGcm(key, hex(nonce), sealed.subarray(cut), extra)), undefined);
      strictEqual(
        complete(openAesGcm(key, hex(nonce), sealed.subarray(0, -cut), extra)),
        undefined,
      );
    }
  });
}

Deno.test("isAesKeyLength() knows three lengths", () => {
  const lengths = Array.from({ length: 40 }, (_, i) => i).filter(isAesKeyLength);
  deepStrictEqual(lengths, [16, 24, 32]);
});
