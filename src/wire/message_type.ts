/** The numbers of the membership protocol: types, versions and limits (gossip.md section 4). */

export const messageType = {
  ping: 0,
  indirectPing: 1,
  ack: 2,
  suspect: 3,
  alive: 4,
  dead: 5,
  pushPull: 6,
  compound: 7,
  user: 8,
  compress: 9,
  encrypt: 10,
  nack: 11,
  checksum: 12,
  error: 13,
  label: 244,
} as const;

/** Types that exist are below; there is room for a few more. */
const typeLimit = 16;

/**
 * Whether a message can begin so: `start` is all of it, or its first 16 bytes.
 *
 * What a wrong key makes of a message gets past here one time in a hundred.
 */
export function mayBeginMessage(start: Uint8Array): boolean {
  const [type = 0, , , , , behindChecksum = 0] = start;
  if (type === messageType.user || type === messageType.compound) return true;
  if (type === messageType.checksum) return behindChecksum < typeLimit;
  return mayBeginStream(start);
}

/** The same for a message on a stream, of wrong keys one in a thousand. */
export function mayBeginStream(start: Uint8Array): boolean {
  const [type = 0, map = 0x80, name = 0xa0] = start;
  if (type >= typeLimit) return false;
  // What follows is a MessagePack map: of 16 or 32 bits, or a short one, which begins with a name.
  const isName = (name & 0xe0) === 0xa0 || (name >= 0xd9 && name <= 0xdb);
  return map === 0x80 || map === 0xde || map === 0xdf || ((map & 0xf0) === 0x80 && isName);
}

/** Membership protocol versions: understood, and spoken by Serf (gossip.md section 4.12). */
export const protocolVersion = { min: 1, max: 5, spoken: 2 } as const;

/** The least advertised maximum version of a peer that has each feature. */
export const featureVersion = { streamPing: 3, nack: 4, checksum: 5 } as const;

/** How many bytes of datagram there are before encryption, by default. */
export const defaultPacketSize = 1400;

/** The largest datagram that can arrive. */
export const maxPacketSize = 65_535;

/**
 * What one datagram may expand to in all when decompressed.
 *
 * A sender compresses what would otherwise have been one datagram; four times
 * that is generous, and far below what a hostile datagram can ask for.
 */
export const maxPacketExpansion = 4 * 65_536;

/** How many compressed and compound wrappers may lie inside each other in a datagram. */
export const maxPacketNesting = 4;

/** Largest user message and push/pull user state on a stream, and largest encrypted frame. */
export const maxStreamPayload = 20 * 1024 * 1024;

/** Largest message that a compressed stream may expand to. */
export const maxStreamExpansion = 2 * maxStreamPayload;

/** Largest stream message as it travels: a full payload and room for the headers around it. */
export const maxStreamMessage = maxStreamPayload + 64 * 1024;

/**
 * Longest name of a member, in bytes.
 *
 * Parity: the reference has no limit. Host names have 253 bytes at most, and a claim about a
 * name of much more than this would fit into no packet of gossip.
 */
export const maxNameLength = 512;

/** Most node states in a push/pull. */
export const maxPushPullNodes = 1_048_576;

/** Most parts in a compound message that is read. */
export const maxPartsRead = 255;

/** Most parts in a compound message that is written; old peers misread more. */
export const maxPartsWritten = 127;

/** What encryption adds to a message in envelope version 1, which Serf writes. */
export const encryptionOverhead = 29;

/** What a label adds to a message. */
export function labelOverhead(label: Uint8Array): number {
  return label.length === 0 ? 0 : 2 + label.length;
}
