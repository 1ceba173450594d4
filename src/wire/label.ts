/**
 * The cluster label: a prefix in clear text that keeps clusters apart
 * (gossip.md section 4.2). Without a label there is no prefix at all.
 */

import type { ByteWriter } from "../bytes/byte_writer.ts";
import { equalBytes } from "../bytes/equal_bytes.ts";
import { messageType } from "./message_type.ts";
import { WireError } from "./wire_error.ts";

export interface LabelRule {
  /** The label of this cluster; empty for none. At most 255 bytes. */
  readonly label: Uint8Array;
  /** Peers write no label although there is one: a proxy in between removes it. */
  readonly skipInboundLabelCheck: boolean;
}

/** Writes the label header; nothing for an empty label. */
export function writeLabel(writer: ByteWriter, label: Uint8Array): void {
  if (label.length === 0) return;
  writer.writeByte(messageType.label);
  writer.writeByte(label.length);
  writer.writeRaw(label);
}

/**
 * Checks the label in front of `bytes`.
 *
 * @returns where the rest starts.
 * @throws {WireError} if the header is broken or the label is not the expected one.
 */
export function checkLabel(bytes: Uint8Array, rule: LabelRule): number {
  const isLabelled = bytes.length > 0 && bytes[0] === messageType.label;
  if (rule.skipInboundLabelCheck) {
    if (isLabelled) throw new WireError("label", "Unexpected label: the check is disabled");
    return 0;
  }
  if (!isLabelled) {
    if (rule.label.length > 0) throw new WireError("label", "Label is missing");
    return 0;
  }
  const length = bytes[1] ?? 0;
  const end = 2 + length;
  if (length === 0 || end > bytes.length) throw new WireError("label", "Label header is broken");
  if (!equalBytes(rule.label, bytes, 2, end)) throw new WireError("label", "Label does not match");
  return end;
}
