import { strictEqual } from "node:assert/strict";
import { maxSeenFrames, SeenFrames } from "../../../src/wire/seen_frames.ts";

function nonce(number: number): Uint8Array {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setUint32(2, number);
  return bytes;
}

Deno.test("SeenFrames remembers frames, and forgets the earliest beyond its limit", () => {
  const seen = new SeenFrames();
  strictEqual(seen.has(nonce(1)), false);
  for (let i = 0; i < maxSeenFrames; i++) seen.add(nonce(i));
  strictEqual(seen.has(nonce(0)), true);
  seen.add(nonce(maxSeenFrames));
  strictEqual(seen.has(nonce(0)), false);
  strictEqual(seen.has(nonce(1)), true);
  strictEqual(seen.has(nonce(maxSeenFrames)), true);
});
