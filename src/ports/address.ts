/**
 * Where a member can be reached: an IP literal and a port.
 *
 * On the wire an address is 4 or 16 raw bytes, and members compare those bytes,
 * so whoever stores a member keeps the bytes too; text is for people and sockets.
 * An IPv4 address mapped into IPv6 prints as plain IPv4 (gossip.md section 3).
 */

/** An IP literal (never a host name, never in brackets) and a port from 0 to 65535. */
export interface Address {
  /** An IPv4 or IPv6 literal. */
  readonly host: string;
  /** From 0 to 65535. */
  readonly port: number;
}

/** The port that members use when none is named. */
export const defaultPort = 7946;

/** Prints an address as `host:port`, with IPv6 hosts in brackets. */
export function formatAddress(address: Address): string {
  return address.host.includes(":")
    ? `[${address.host}]:${address.port}`
    : `${address.host}:${address.port}`;
}

/**
 * Reads `ip:port` or `[ipv6]:port`.
 *
 * @returns `undefined` if the text is anything else, host names included.
 */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:\[\]]+)):(\d{1,5})$/.exec(text);
  if (!match) return undefined;
  const bytes = parseIp(match[1] ?? match[2] ?? "");
  const port = Number(match[3]);
  if (!bytes || port > 65535) return undefined;
  return { host: formatIp(bytes), port };
}

/** Whether two addresses name the same endpoint. */
export function sameAddress(a: Address, b: Address): boolean {
  return a.port === b.port && a.host === b.host;
}

/** Returns the address that raw IP bytes and a port describe. */
export function addressFromBytes(ip: Uint8Array, port: number): Address {
  return { host: formatIp(ip), port };
}

/** Returns an IPv4 address as 4 bytes, whichever form it came in; others unchanged. */
export function unmapIp(ip: Uint8Array): Uint8Array {
  return isMapped(ip) ? ip.subarray(12) : ip;
}

/** Whether an address reaches this machine alone: 127.0.0.0/8 or ::1. */
export function isLoopback(ip: Uint8Array): boolean {
  const plain = unmapIp(ip);
  if (plain.length === 4) return plain[0] === 127;
  return plain.length === 16 && plain[15] === 1 &&
    plain.subarray(0, 15).every((byte) => byte === 0);
}

/**
 * Prints raw IP bytes as people write them.
 *
 * @returns a literal; for lengths other than 4 and 16 the hex form `?0102`,
 * which no socket accepts.
 */
export function formatIp(ip: Uint8Array): string {
  const bytes = unmapIp(ip);
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length === 16) return formatIpv6(bytes);
  return `?${bytes.toHex()}`;
}

/**
 * Reads an IPv4 or IPv6 literal, without brackets or zone.
 *
 * @returns 4 or 16 bytes, or `undefined` if the text is no such literal. The
 * mapped form `::ffff:a.b.c.d` yields 16 bytes.
 */
export function parseIp(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function isMapped(ip: Uint8Array): boolean {
  if (ip.length !== 16 || ip[10] !== 0xff || ip[11] !== 0xff) return false;
  for (let i = 0; i < 10; i++) if (ip[i] !== 0) return false;
  return true;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [i, part] of parts.entries()) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes[i] = Number(part);
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "", true) : [];
  if (!head || !tail) return undefined;

  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head, 0);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** Reads colon-separated groups into bytes; the last may be a dotted IPv4. */
function parseGroups(text: string, dottedAllowed: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [i, group] of groups.entries()) {
    if (group.includes(".")) {
      const ipv4 = parseIpv4(group);
      if (!dottedAllowed || i !== groups.length - 1 || !ipv4) return undefined;
      bytes.push(...ipv4);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}

/** Prints 16 bytes with the longest run of zero groups shortened (RFC 5952). */
function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) [bestStart, bestLength] = [start, length];
  }

  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(":");
  const head = hex.slice(0, bestStart).join(":");
  const tail = hex.slice(bestStart + bestLength).join(":");
  return `${head}::${tail}`;
}
