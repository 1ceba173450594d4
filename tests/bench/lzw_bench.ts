/** What compressing costs, for what compresses well and what does not. */

import { ByteWriter } from "../../src/bytes/byte_writer.ts";
import { compressLzw, decompressLzw } from "../../src/bytes/lzw.ts";

const limit = 1024 * 1024;
const inputs: Readonly<Record<string, Uint8Array>> = {
  "a small packet": new TextEncoder().encode("deploy v42 of web-1 to zone eu-1, asked by build"),
  "a full packet of events": new TextEncoder().encode("LTime Name deploy Payload v42 ".repeat(46)),
  "1400 bytes of noise": Uint8Array.from({ length: 1400 }, (_, i) => (i * i * 2654435761) >>> 13),
};

for (const [name, input] of Object.entries(inputs)) {
  const writer = new ByteWriter();
  compressLzw(input, writer);
  const compressed = writer.copy();
  Deno.bench(`compress ${name}`, { group: "compress" }, () => {
    writer.reset();
    compressLzw(input, writer);
  });
  Deno.bench(`decompress ${name}`, { group: "decompress" }, () => {
    decompressLzw(compressed, limit);
  });
}
