import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { MsgpackReader } from "../../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../../src/bytes/msgpack_writer.ts";
import {
  type KeyResponse,
  readKeyRequest,
  readKeyResponse,
  writeKeyRequest,
  writeKeyResponse,
} from "../../../../src/serf/queries/key_messages.ts";
import { WireError } from "../../../../src/wire/wire_error.ts";

function written(write: (writer: MsgpackWriter) => void): Uint8Array {
  const writer = new MsgpackWriter("raw");
  write(writer);
  return writer.copy();
}

function answer(overrides: Partial<KeyResponse> = {}): KeyResponse {
  return { isOk: true, message: "", keys: undefined, primaryKey: "", ...overrides };
}

function roundTrip(response: KeyResponse): KeyResponse {
  const bytes = written((writer) => writeKeyResponse(writer, response));
  return readKeyResponse(new MsgpackReader(bytes, 1));
}

Deno.test("writeKeyRequest() writes an empty key as empty, never as nil", () => {
  // Parity: the reference's list-keys request, byte for byte.
  const bytes = written((writer) => writeKeyRequest(writer, { key: new Uint8Array(0) }));
  strictEqual(bytes.toHex(), "0781a34b6579a0");
});

Deno.test("readKeyRequest() gives back the key", () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => i);
  const bytes = written((writer) => writeKeyRequest(writer, { key }));
  deepStrictEqual([...readKeyRequest(new MsgpackReader(bytes, 1)).key], [...key]);
});

Deno.test("readKeyRequest() takes a request without a key for one with an empty key", () => {
  for (const hex of ["80", "81a34b6579c0", "81a34b6579a0"]) {
    strictEqual(readKeyRequest(new MsgpackReader(Uint8Array.fromHex(hex))).key.length, 0, hex);
  }
});

Deno.test("readKeyRequest() throws WireError for what is no request", () => {
  for (const hex of ["", "81a34b", "07", "81a34b657905"]) {
    throws(() => readKeyRequest(new MsgpackReader(Uint8Array.fromHex(hex))), WireError, hex);
  }
});

Deno.test("writeKeyResponse() writes nil where no keys were asked for, not an empty list", () => {
  const bytes = written((writer) => writeKeyResponse(writer, answer()));
  strictEqual(
    bytes.toHex(),
    "0884" + "a44b657973c0" + "a74d657373616765a0" + "aa5072696d6172794b6579a0" +
      "a6526573756c74c3",
  );
});

Deno.test("readKeyResponse() gives back every field", () => {
  for (
    const response of [
      answer(),
      answer({ isOk: false, message: "requested key is not in the keyring" }),
      answer({ keys: [] }),
      answer({ keys: ["a2V5", "eWVr"], primaryKey: "a2V5", message: "shortened" }),
    ]
  ) deepStrictEqual(roundTrip(response), response);
});

Deno.test("readKeyResponse() understands older peers, who name no primary key", () => {
  const hex = "83" + "a44b65797391a461325635" + "a74d657373616765a0" + "a6526573756c74c3";
  deepStrictEqual(
    readKeyResponse(new MsgpackReader(Uint8Array.fromHex(hex))),
    answer({ keys: ["a2V5"] }),
  );
});

Deno.test("readKeyResponse() keeps no more keys than a ring can hold", () => {
  const keys = new Array<string>(3000).fill("a");
  strictEqual(roundTrip(answer({ keys })).keys?.length, 1024);
});

Deno.test("readKeyResponse() throws WireError for what is no answer", () => {
  for (const hex of ["", "84", "c3", "81a44b65797392a161", "81a6526573756c7407"]) {
    throws(() => readKeyResponse(new MsgpackReader(Uint8Array.fromHex(hex))), WireError, hex);
  }
});
