/** What the queries about encryption keys carry, there and back (gossip.md sections 19 and 25). */

import type { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { StructReader } from "../bytes/msgpack_struct.ts";
import { encodeKey, type MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { readBody, type Writable } from "../wire/message_body.ts";
import { serfMessageType } from "./message_type.ts";

/** What one member says to a change of keys, or which keys it has. */
export interface KeyResponse {
  readonly isOk: boolean;
  /** Why not, or a remark. */
  readonly message: string;
  /** In base64, the primary first; `undefined` unless keys were asked for. */
  readonly keys: readonly string[] | undefined;
  /** In base64; empty unless keys were asked for, and from older peers. */
  readonly primaryKey: string;
}

/** More keys than this in one answer are not counted: no ring holds them. */
const maxListedKeys = 1024;

const keys = {
  key: encodeKey("Key"),
  keys: encodeKey("Keys"),
  message: encodeKey("Message"),
  primaryKey: encodeKey("PrimaryKey"),
  result: encodeKey("Result"),
};

const noBytes = new Uint8Array(0);

const requestStruct = new StructReader<{ key: Uint8Array }>({
  Key: (reader, request) => request.key = reader.readBytes() ?? noBytes,
});

const responseStruct = new StructReader<Writable<KeyResponse>>({
  Result: (reader, response) => response.isOk = reader.readBool(),
  Message: (reader, response) => response.message = reader.readText(),
  Keys: (reader, response) => response.keys = readKeys(reader),
  PrimaryKey: (reader, response) => response.primaryKey = reader.readText(),
});

/** Writes the request; to list keys, the key is empty. */
export function writeKeyRequest(writer: MsgpackWriter, key: Uint8Array): void {
  writer.writeByte(serfMessageType.keyRequest);
  writer.writeMapLength(1);
  writer.writeEncoded(keys.key);
  writer.writeBytes(key);
}

/**
 * Reads the key out of a request, from behind its type byte; it is borrowed.
 *
 * @throws {WireError} if the request is malformed.
 */
export function readKeyRequest(reader: MsgpackReader): Uint8Array {
  return readBody(requestStruct, reader, { key: noBytes }).key;
}

/** Writes an answer, type byte included. */
export function writeKeyResponse(writer: MsgpackWriter, response: KeyResponse): void {
  writer.writeByte(serfMessageType.keyResponse);
  writer.writeMapLength(4);
  writer.writeEncoded(keys.keys);
  if (response.keys) {
    writer.writeArrayLength(response.keys.length);
    for (const key of response.keys) writer.writeText(key);
  } else writer.writeNil();
  writer.writeEncoded(keys.message);
  writer.writeText(response.message);
  writer.writeEncoded(keys.primaryKey);
  writer.writeText(response.primaryKey);
  writer.writeEncoded(keys.result);
  writer.writeBool(response.isOk);
}

/**
 * Reads an answer from behind its type byte.
 *
 * @throws {WireError} if the answer is malformed.
 */
export function readKeyResponse(reader: MsgpackReader): KeyResponse {
  return readBody(responseStruct, reader, {
    isOk: false,
    message: "",
    keys: undefined,
    primaryKey: "",
  });
}

function readKeys(reader: MsgpackReader): string[] | undefined {
  const count = reader.readArrayLength();
  if (count === undefined) return undefined;
  const keys: string[] = [];
  for (let left = count; left > 0; left--) {
    const key = reader.readText();
    if (keys.length < maxListedKeys) keys.push(key);
  }
  return keys;
}
