/** What sealing and checking a full packet costs. */

import { nonceLength, openAesGcm, sealAesGcm, tagLength } from "../../src/bytes/aes_gcm.ts";
import { crc32 } from "../../src/bytes/crc32.ts";
import { complete } from "../../src/bytes/steps.ts";

const packet = Uint8Array.from({ length: 1400 }, (_, i) => i * 31);
const nonce = new Uint8Array(nonceLength).fill(7);
const extra = new Uint8Array(0);

for (const bits of [128, 192, 256]) {
  const key = new Uint8Array(bits / 8).fill(3);
  const sealed = new Uint8Array(packet.length + tagLength);
  sealAesGcm(key, nonce, packet, extra, sealed);
  Deno.bench(`seal 1400 bytes with AES-${bits}`, { group: "seal" }, () => {
    sealAesGcm(key, nonce, packet, extra, sealed);
  });
  Deno.bench(`open 1400 bytes with AES-${bits}`, { group: "open" }, () => {
    if (!complete(openAesGcm(key, nonce, sealed, extra))) throw new Error("It does not open");
  });
}

Deno.bench("checksum of 1400 bytes", () => {
  crc32(packet);
});
