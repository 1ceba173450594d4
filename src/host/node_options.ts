/**
 * How any node is started, whichever layer it is of: names, addresses and keys
 * are settled here, before anything runs.
 */

import { encodeText } from "../bytes/text.ts";
import { AllowList } from "../memberlist/allow_list.ts";
import {
  type MemberlistConfig,
  memberlistConfig,
  type MemberlistSettings,
  type ProfileName,
} from "../memberlist/config.ts";
import { Keyring } from "../memberlist/keyring.ts";
import { type Address, defaultPort, formatIp, parseIp, unmapIp } from "../ports/address.ts";
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import { boundFamilies } from "./transport/bound_families.ts";
import { StartError } from "./errors.ts";
import { isPrivate, ownPrivateAddress } from "./transport/private_address.ts";

/** The names of the profiles. */
export const profileNames: readonly ProfileName[] = ["lan", "wan", "local"];

/** A label is announced by a length of one byte. */
const maxLabelSize = 255;

/** How a node of either layer is started; everything has a default. */
export interface NodeOptions {
  /** The node's name, unique in the cluster; the host's name by default. */
  readonly name?: string;
  /** Where to listen; every address and port 7946 by default. Port 0 takes a free one. */
  readonly bind?: Partial<Address>;
  /** What to tell others instead of the bound address, for instance behind a NAT. */
  readonly advertise?: Partial<Address>;
  /** The pace of gossip: `lan` (the default), `wan`, or `local`. */
  readonly profile?: ProfileName;
  /** Encryption keys of 16, 24 or 32 bytes, the one that seals first; plain traffic without. */
  readonly keys?: readonly Uint8Array[];
  /** A name in front of all gossip, at most 255 bytes: nodes with another one are strangers. */
  readonly label?: string;
  /** Networks that members may be in, such as `10.0.0.0/8`; all by default. */
  readonly allowedNetworks?: readonly string[];
  /** Where the node says what it does; nowhere by default. */
  readonly log?: Log;
  /** Where the node counts and measures; nowhere by default. */
  readonly meter?: Meter;
  /** Anything else about the membership layer; {@linkcode ProfileSettings} tells the defaults. */
  readonly membership?: Partial<MemberlistConfig>;
}

/** Returns the settings of the membership layer that do not depend on the address. */
export function membershipSettings(options: NodeOptions): MemberlistSettings {
  const nowhere = { ip: new Uint8Array(4), port: 0 };
  return memberlistConfig({ name: "", advertise: nowhere }, options.profile, membership(options));
}

/**
 * Returns the settings of the membership layer of a node that listens on `bound`.
 *
 * @throws {StartError} if there is no address to advertise, or a network or label is invalid.
 */
export function membershipConfig(options: NodeOptions, bound: Address): MemberlistSettings {
  const name = options.name ?? Deno.hostname();
  const advertise = advertisedAddress(options.advertise, bound);
  return memberlistConfig({ name, advertise }, options.profile, membership(options));
}

/**
 * Returns what the options say about the membership layer.
 *
 * @throws {StartError} if a network or label is invalid.
 */
function membership(options: NodeOptions): Partial<MemberlistConfig> {
  const { label, allowedNetworks } = options;
  return {
    ...options.membership,
    ...(label !== undefined && { label: readLabel(label) }),
    ...(allowedNetworks && { allowedNetworks: readNetworks(allowedNetworks) }),
  };
}

function readLabel(text: string): Uint8Array {
  const label = encodeText(text);
  if (label.length <= maxLabelSize) return label;
  throw new StartError(
    `The cluster label has ${label.length} bytes, but at most ${maxLabelSize} are possible`,
  );
}

function readNetworks(texts: readonly string[]): AllowList {
  const networks = AllowList.parse(texts);
  if (networks.ok) return networks.value;
  throw new StartError(
    `Bad network to allow members from: ${networks.error.message} (give one such as 10.0.0.0/8)`,
    { cause: networks.error },
  );
}

/**
 * Checks that the node is not among those that it refuses itself.
 *
 * @throws {StartError} if no other member could believe in it.
 */
export function requireOwnAddressAllowed({ advertise, allowedNetworks }: MemberlistConfig): void {
  if (!allowedNetworks || allowedNetworks.allows(advertise.ip)) return;
  throw new StartError(
    `This node's own address ${formatIp(advertise.ip)} is in none of the networks that members ` +
      "may be in: bind or advertise another one, or allow its network",
  );
}

/** Three cases, each in the byte form that the reference uses (gossip.md section 3). */
function advertisedAddress(
  wanted: Partial<Address> | undefined,
  bound: Address,
): { ip: Uint8Array; port: number } {
  if (wanted?.host !== undefined) {
    const ip = parseIp(wanted.host);
    const port = wanted.port ?? defaultPort;
    if (ip) return { ip, port };
    throw new StartError(
      "Failed to create memberlist: failed to get final advertise address: " +
        `failed to parse advertise address "${wanted.host}"`,
    );
  }
  // Nobody can reach "every address", in either family.
  if (!everyAddress.includes(bound.host)) return { ip: parseIp(bound.host)!, port: bound.port };

  const families = boundFamilies(bound.host);
  const ip = ownPrivateAddress(families);
  if (ip) return { ip: mapped(ip), port: bound.port };
  // Parity: on [::] that starts, and the node is alone until somebody is told another address.
  if (bound.host === "::" && families.length > 1) {
    return { ip: new Uint8Array(16), port: bound.port };
  }
  const hears = families.length === 1 ? `, and ${bound.host} hears ${families[0]} alone` : "";
  throw new StartError(
    "Failed to create memberlist: failed to get final advertise address: " +
      `no private IP address found${hears}, and explicit IP not provided (bind or advertise one)`,
  );
}

/**
 * Peers compare addresses byte by byte, so a node that takes the place of the
 * reference's must write its address in the same form.
 */
function mapped(ip: Uint8Array): Uint8Array {
  if (ip.length === 16) return ip;
  const bytes = new Uint8Array(16);
  bytes.fill(0xff, 10, 12);
  bytes.set(ip, 12);
  return bytes;
}

/** Every address of the machine, in both families; as an advertised one it reaches nobody. */
const everyAddress: readonly string[] = ["0.0.0.0", "::"];

/** Warns if what is advertised is of a version of IP that the node's sockets do not hear. */
export function warnIfUnheard({ advertise }: MemberlistConfig, bound: Address, log: Log): void {
  const family = unmapIp(advertise.ip).length === 4 ? "IPv4" : "IPv6";
  if (boundFamilies(bound.host).includes(family)) return;
  log.named("memberlist").warn(
    `Advertising ${formatIp(advertise.ip)}, but ${bound.host} hears no ${family}: ` +
      "members reach this node only if something in between translates",
  );
}

/** Warns if strangers may read and write the cluster's traffic. */
export function warnIfExposed(ip: Uint8Array, keyring: Keyring | undefined, log: Log): void {
  const text = formatIp(ip);
  const isLocal = text.startsWith("127.") || text === "::1" || isPrivate(text) ||
    text.startsWith("169.254.") || /^fe[89ab]/.test(text) || everyAddress.includes(text);
  if (keyring || isLocal) return;
  log.named("memberlist").warn("Binding to public address without encryption!");
}

/**
 * Builds the keyring; `undefined` without keys.
 *
 * @throws {StartError} if a key has another size than 16, 24 or 32 bytes.
 */
export function readKeys(keys: readonly Uint8Array[] | undefined): Keyring | undefined {
  if (!keys || keys.length === 0) return undefined;
  const ring = Keyring.from(keys);
  if (ring.ok) return ring.value;
  throw new StartError(`Failed to create memberlist: ${ring.error.message}`, { cause: ring.error });
}
