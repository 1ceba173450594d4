/**
 * Where a member can be reached: an IP literal and a port.
 *
 * On the wire an address is 4 or 16 raw bytes, and members compare those bytes,
 * so members keep the bytes too; text is for people and sockets.
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

/** Whether an address is in the network of the first `prefix` bits; both of one family. */
export function isInNetwork(ip: Uint8Array, network: Uint8Array, prefix: number): boolean {
  if (ip.length !== network.length) return false;
  for (let bit = 0; bit < prefix; bit += 8) {
    const mask = 0xff00 >> Math.min(8, prefix - bit) & 0xff;
    if ((ip[bit >> 3]! & mask) !== (network[bit >> 3]! & mask)) return false;
  }
  return true;
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
 * @returns 4 or 16 bytes, or `undefined` if the text is another. The
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
  const literal = canonicalIpv6(text);
  if (literal === undefined) return undefined;
  const [head = [], tail = []] = literal.split("::").map((half) =>
    half === "" ? [] : half.split(":")
  );
  const zeros = new Array<string>(8 - head.length - tail.length).fill("0");
  const groups = [...head, ...zeros, ...tail].map((group) => parseInt(group, 16));
  return Uint8Array.from({ length: 16 }, (_, i) => groups[i >> 1]! >> (i & 1 ? 0 : 8));
}

/** Returns an IPv6 literal as in RFC 5952, never with a dotted part; `undefined` if it is invalid. */
function canonicalIpv6(text: string): string | undefined {
  return /^[0-9a-f:.]+$/i.test(text)
    ? URL.parse(`http://[${text}]`)?.hostname.slice(1, -1)
    : undefined;
}

function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes[2 * i]! << 8 | bytes[2 * i + 1]!);
  return canonicalIpv6(groups.map((group) => group.toString(16)).join(":")) ?? "";
}
