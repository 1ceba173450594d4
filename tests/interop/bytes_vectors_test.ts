/** The encodings against bytes that real peers wrote: src/bytes/{msgpack,lzw,crc32,aes_gcm}. */

import { readAny } from "../support/msgpack_value.ts";
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { openAesGcm, sealAesGcm, tagLength } from "../../src/bytes/aes_gcm.ts";
import { ByteWriter } from "../../src/bytes/byte_writer.ts";
import { crc32 } from "../../src/bytes/crc32.ts";
import { compressLzw, decompressLzw, LzwError } from "../../src/bytes/lzw.ts";
import { type Codec, flag, text, unsigned } from "../../src/bytes/msgpack_codec.ts";
import { MsgpackError, MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { struct } from "../../src/bytes/msgpack_struct.ts";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import { complete } from "../../src/bytes/steps.ts";
import { encodeText } from "../../src/bytes/text.ts";
import { bothProducers, bytesFromHex, hexFromBytes, readVectors } from "../support/vectors.ts";

type Vector = Readonly<Record<string, unknown>> & { readonly name: string };

Deno.test("crc32() agrees with every checksum of crc.json", () => {
  const vectors = readVectors<{ crc32: number; payload_hex: string; packet_hex: string }[]>("crc");
  strictEqual(vectors.length, 5);
  for (const vector of vectors) {
    strictEqual(crc32(bytesFromHex(vector.payload_hex)), vector.crc32);
    const packet = `0c${vector.crc32.toString(16).padStart(8, "0")}${vector.payload_hex}`;
    strictEqual(packet, vector.packet_hex);
  }
});

interface LzwVectors {
  readonly vectors: readonly { name: string; input_hex: string; lzw_hex: string }[];
  readonly decode_edge_cases: readonly {
    name: string;
    lzw_hex: string;
    error?: string;
    output_hex_before_error: string;
  }[];
}

Deno.test("compressLzw() writes what the reference writes, byte for byte", () => {
  const writer = new ByteWriter();
  for (const vector of readVectors<LzwVectors>("compression").vectors) {
    writer.reset();
    ok(compressLzw(bytesFromHex(vector.input_hex), writer), vector.name);
    strictEqual(hexFromBytes(writer.view()), vector.lzw_hex, vector.name);
  }
});

Deno.test("decompressLzw() reads what the reference wrote", () => {
  for (const vector of readVectors<LzwVectors>("compression").vectors) {
    const output = decompressLzw(bytesFromHex(vector.lzw_hex), vector.input_hex.length / 2);
    strictEqual(hexFromBytes(output), vector.input_hex, vector.name);
  }
});

Deno.test("decompressLzw() accepts and refuses damaged streams as the reference does", () => {
  for (const vector of readVectors<LzwVectors>("compression").decode_edge_cases) {
    const decompress = () => decompressLzw(bytesFromHex(vector.lzw_hex), 1000);
    if (vector.error) throws(decompress, LzwError, vector.name);
    else strictEqual(hexFromBytes(decompress()), vector.output_hex_before_error, vector.name);
  }
});

interface MsgpackVectors {
  readonly encode: readonly EncodeVector[];
  readonly decode: readonly DecodeVector[];
}

type EncodeVector = Vector & { readonly go_type: string; readonly length: number };
type DecodeVector = Vector & { readonly hex: string; readonly target: string };

/** How the vectors describe many equal things. */
interface Repeated {
  readonly count: number;
}

/** Writes a vector's value the way gossip does. */
function encode(vector: EncodeVector): MsgpackWriter {
  const writer = new MsgpackWriter("raw");
  const { count } = (vector.value ?? { count: 0 }) as Repeated;
  switch (vector.go_type) {
    case "uint64":
      writer.writeUint(BigInt(vector.value as string));
      break;
    case "int64":
      writer.writeInt(BigInt(vector.value as string));
      break;
    case "float64":
      writer.writeFloat(Number((vector.value as string).replace("Inf", "Infinity")));
      break;
    case "bool":
      writer.writeBool(vector.value as boolean);
      break;
    case "string":
      writer.writeText("A".repeat(count));
      break;
    case "[]byte":
      writer.writeBytes(vector.value ? new Uint8Array(count).fill(0x41) : undefined);
      break;
    case "[]string":
      if (!vector.value) writer.writeNil();
      else writer.writeArrayLength(count);
      for (let i = 0; i < count; i++) writer.writeText("A");
      break;
    case "[][]byte":
      writer.writeArrayLength(count);
      for (let i = 0; i < count; i++) writer.writeBytes(Uint8Array.of(i));
      break;
    case "map[string]string": {
      if (!vector.value) {
        writer.writeNil();
        break;
      }
      const entries = Object.entries(vector.value as Record<string, string>);
      writer.writeMapLength(entries.length);
      for (const [key, value] of entries) {
        writer.writeText(key);
        writer.writeText(value);
      }
      break;
    }
    case "[]*userEvents":
      writer.writeArrayLength((vector.value as unknown[]).length);
      for (const _ of vector.value as unknown[]) writer.writeNil();
      break;
    default:
      throw new Error(`No encoder for ${vector.go_type}`);
  }
  return writer;
}

Deno.test("MsgpackWriter writes every value as one of the references does", () => {
  for (const vector of readVectors<MsgpackVectors>("msgpack").encode) {
    const written = encode(vector).copy();
    strictEqual(written.length, vector.length, vector.name);
    const hex = hexFromBytes(written);
    if (vector.value === "NaN") {
      // Which of the many NaNs it is carries no meaning.
      ok(hex.startsWith("cb7ff8"), vector.name);
    } else if ("hex" in vector) {
      ok(bothProducers(vector, "hex").includes(hex), `${vector.name}: ${hex}`);
    } else {
      ok(hex.startsWith(vector.prefix_hex as string), vector.name);
      ok(hex.endsWith(vector.suffix_hex as string), vector.name);
    }
  }
});

/** Reads a whole encoded value back and describes it like `encode` was told. */
function readBack(type: string, bytes: Uint8Array): unknown {
  const reader = new MsgpackReader(bytes);
  switch (type) {
    case "uint64":
    case "int64":
      return String(reader.readBigInt());
    case "float64":
      return reader.readFloat();
    case "bool":
      return reader.readBool();
    case "string":
      return { repeat: "A", count: reader.readText().length };
    case "[]byte":
      return reader.readBytes()?.length;
    default:
      return readAny(reader);
  }
}

Deno.test("MsgpackReader reads integers, floats and booleans of both producers exactly", () => {
  for (const vector of readVectors<MsgpackVectors>("msgpack").encode) {
    if (!["uint64", "int64", "float64", "bool"].includes(vector.go_type)) continue;
    for (const hex of bothProducers<string>(vector, "hex")) {
      const expected = vector.go_type === "float64"
        ? Number((vector.value as string).replace("Inf", "Infinity"))
        : vector.value;
      strictEqual(readBack(vector.go_type, bytesFromHex(hex)), expected, vector.name);
    }
  }
});

Deno.test("MsgpackReader reads long text, bytes and lists to their end", () => {
  for (const vector of readVectors<MsgpackVectors>("msgpack").encode) {
    const { count } = (vector.value ?? {}) as Partial<Repeated>;
    if (count === undefined) continue;
    const bytes = encode(vector).copy();
    const reader = new MsgpackReader(bytes);
    reader.skip();
    strictEqual(reader.remaining, 0, vector.name);
    const value = readAny(new MsgpackReader(bytes));
    strictEqual((value as string | unknown[]).length, count, vector.name);
  }
});

const ltime = unsigned(Number.MAX_SAFE_INTEGER);
const payload: Codec<{ hex: string } | null> = {
  zero: () => null,
  read(reader) {
    const bytes = reader.readBytes();
    return bytes ? { hex: hexFromBytes(bytes) } : null;
  },
  write: (writer, value) => writer.writeBytes(value ? bytesFromHex(value.hex) : undefined),
};

/** The structs that the vectors decode, in declaration order. */
const structs: Readonly<Record<string, Codec<unknown>>> = {
  join: struct({ LTime: ["LTime", ltime], Node: ["Node", text] }),
  leave: struct({ LTime: ["LTime", ltime], Node: ["Node", text], Prune: ["Prune", flag] }),
  event: struct({
    LTime: ["LTime", ltime],
    Name: ["Name", text],
    Payload: ["Payload", payload],
    CC: ["CC", flag],
  }),
};

/** Reads a value of the wanted kind and describes it like the vectors do. */
function decode(target: string, reader: MsgpackReader): unknown {
  switch (target) {
    case "string":
      return { string_hex: hexFromBytes(encodeText(reader.readText())) };
    case "[]byte": {
      const bytes = reader.readBytes();
      return bytes ? { hex: hexFromBytes(bytes) } : null;
    }
    case "uint8":
      return reader.readUint(0xff);
    case "uint16":
      return reader.readUint(0xffff);
    case "uint32":
      return reader.readUint(0xffff_ffff);
    case "int":
      return String(reader.readInt());
    case "bool":
      return reader.readBool();
    case "float64":
      return String(reader.readFloat());
    case "[]string": {
      const length = reader.readArrayLength();
      return length === undefined ? null : Array.from({ length }, () => reader.readText());
    }
    default:
      return structs[target]!.read(reader);
  }
}

Deno.test("MsgpackReader takes and refuses what the newer reference does", () => {
  for (const vector of readVectors<MsgpackVectors>("msgpack").decode) {
    const read = () => decode(vector.target, new MsgpackReader(bytesFromHex(vector.hex)));
    const [, isOk] = bothProducers<boolean>(vector, "ok");
    const [, value] = bothProducers(vector, "value");
    if (isOk) deepStrictEqual(read(), value, vector.name);
    else throws(read, MsgpackError, vector.name);
  }
});

interface EncryptionVectors {
  readonly vectors: readonly {
    readonly name: string;
    readonly version: number;
    readonly key_hex: string;
    readonly nonce_hex: string;
    readonly aad_hex: string;
    readonly plaintext_hex: string;
    readonly envelope_hex: string;
  }[];
}

Deno.test("sealAesGcm() and openAesGcm() agree with the reference for every key length", () => {
  const vectors = readVectors<EncryptionVectors>("encryption").vectors;
  const lengths = new Set<number>();
  // Envelopes of version 1 are nonce, ciphertext and tag behind one byte.
  for (const vector of vectors.filter(({ version }) => version === 1)) {
    const [key, nonce, extra, text] = [
      vector.key_hex,
      vector.nonce_hex,
      vector.aad_hex,
      vector.plaintext_hex,
    ].map(bytesFromHex) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    lengths.add(key.length);
    const sealed = new Uint8Array(text.length + tagLength);
    sealAesGcm(key, nonce, text, extra, sealed);
    strictEqual(hexFromBytes(sealed), vector.envelope_hex.slice(26), vector.name);
    const opened = complete(openAesGcm(key, nonce, sealed, extra));
    strictEqual(opened && hexFromBytes(opened), vector.plaintext_hex, vector.name);
  }
  deepStrictEqual([...lengths].sort(), [16, 24, 32]);
});
