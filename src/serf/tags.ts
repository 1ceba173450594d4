/**
 * Tags, and the metadata that carries them (gossip.md section 27).
 *
 * A member gossips its tags as the metadata of its membership record. Members
 * of Serf protocol 2 know one tag only, `role`, whose value is the metadata.
 */

import { MsgpackError, MsgpackReader } from "../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { decodeText, encodeText } from "../bytes/text.ts";
import type { Tags } from "./member.ts";

/** The most bytes that encoded tags may have. */
export const maxTagsSize = 512;

/** The first byte of metadata that holds a map of tags. */
const tagsMagic = 0xff;
const firstProtocolWithTags = 3;

/** Returns a record of tags that inherits nothing, so that any text can be a key. */
export function emptyTags(): Record<string, string> {
  return Object.create(null);
}

/** Returns a copy of `tags` that later changes of the original do not reach. */
export function copyTags(tags: Tags): Tags {
  return Object.assign(emptyTags(), tags);
}

/** Returns the metadata for `tags`, which may be longer than {@linkcode maxTagsSize}. */
export function encodeTags(tags: Tags, protocolVersion: number): Uint8Array {
  if (protocolVersion < firstProtocolWithTags) return encodeText(tags.role ?? "");

  const writer = new MsgpackWriter("raw");
  writer.writeByte(tagsMagic);
  writeTags(writer, tags);
  return writer.copy();
}

/** Writes tags as a map. */
export function writeTags(writer: MsgpackWriter, tags: Tags): void {
  const entries = Object.entries(tags);
  writer.writeMapLength(entries.length);
  for (const [key, value] of entries) {
    writer.writeText(key);
    writer.writeText(value);
  }
}

/**
 * Reads the tags out of a member's metadata. Never fails; the result is frozen, to be shared.
 *
 * Parity: metadata without a map, and so empty metadata too, is the value of
 * `role`. A map that breaks off yields the tags up to there.
 */
export function decodeTags(meta: Uint8Array): Tags {
  const tags = emptyTags();
  if (meta[0] !== tagsMagic) {
    tags.role = decodeText(meta);
    return Object.freeze(tags);
  }

  const reader = new MsgpackReader(meta, 1);
  try {
    for (let left = reader.readMapLength() ?? 0; left > 0; left--) {
      const key = reader.readText();
      tags[key] = reader.readText();
    }
  } catch (error) {
    if (!(error instanceof MsgpackError)) throw error;
  }
  return Object.freeze(tags);
}
