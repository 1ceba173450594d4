/** How a node of either layer is started, and the settings, addresses and keys that follow. */

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
import type { Observer } from "../ports/observer.ts";
import { boundFamilies } from "./transport/bound_families.ts";
import { StartError, unwrap } from "./errors.ts";
import { isPrivate, ownPrivateAddress } from "./transport/private_address.ts";

/** The names of the profiles. */
export const profileNames: readonly ProfileName[] = ["lan", "wan", "local"];

/** A label is announced by a length of one byte. */
const maxLabelSize = 255;

/** How a node is started; everything has a default. */
export interface NodeOptions {
  /**
   * The node's name, unique in the cluster.
   * @default {the host's name}
   */
  readonly name?: string;
  /**
   * Where to listen; port 0 takes a free one.
   * @default {every address, port 7946}
   */
  readonly bind?: Partial<Address>;
  /**
   * Where other members reach this node, for instance behind a NAT.
   * @default {the bound address, or a private one if that is every address}
   */
  readonly advertise?: Partial<Address>;
  /**
   * The pace of gossip.
   * @default {"lan"}
   */
  readonly profile?: ProfileName;
  /**
   * Encryption keys of 16, 24 or 32 bytes, the one that seals first.
   * @default {none, so that traffic is plain}
   */
  readonly keys?: readonly Uint8Array[];
  /**
   * The cluster label, at most 255 bytes: nodes with another one are ignored.
   * @default {none}
   */
  readonly label?: string;
  /**
   * Networks that members may be in, such as `10.0.0.0/8`.
   * @default {all}
   */
  readonly allowedNetworks?: readonly string[];
  /**
   * Receives what the node logs.
   * @default {none}
   */
  readonly log?: Log;
  /**
   * Receives what the node counts and measures.
   * @default {none}
   */
  readonly meter?: Meter;
  /**
   * Receives what the node sees, such as each stage of a probe, and who accuses whom. It runs
   * inside the node, so it only takes notes.
   * @default {none}
   */
  readonly observer?: Observer;
  /**
   * Further settings of the membership layer; {@linkcode MemberlistConfig} and
   * {@linkcode ProfileSettings} have their defaults.
   * @default {none}
   */
  readonly membership?: Partial<MemberlistConfig>;
}

/**
 * Returns the settings of the membership layer of a node that listens on `bound`; before it
 * listens, without an address to advertise.
 *
 * @throws {StartError} if there is no such address, or a network or the label is invalid.
 */
export function membershipConfig(options: NodeOptions, bound?: Address): MemberlistSettings {
  const { allowedNetworks, label, name = Deno.hostname(), profile } = options;
  const advertise = bound
    ? advertisedAddress(options.advertise, bound)
    : { ip: new Uint8Array(4), port: 0 };
  return memberlistConfig({ name, advertise }, profile, {
    ...options.membership,
    ...(label !== undefined && { label: readLabel(label) }),
    ...(allowedNetworks && { allowedNetworks: readNetworks(allowedNetworks) }),
  });
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

/** @throws {StartError} if the node's own address is in none of the allowed networks. */
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
  // Others cannot reach "every address", in either family.
  if (!everyAddress.includes(bound.host)) return { ip: parseIp(bound.host)!, port: bound.port };

  const families = boundFamilies(bound.host);
  const ip = ownPrivateAddress(families);
  if (ip) return { ip: mapped(ip), port: bound.port };
  // Parity: on [::] that starts, though others cannot reach the node.
  if (bound.host === "::" && families.length > 1) {
    return { ip: new Uint8Array(16), port: bound.port };
  }
  const limit = families.length === 1 ? `, and ${bound.host} hears ${families[0]} alone` : "";
  throw new StartError(
    "Failed to create memberlist: failed to get final advertise address: " +
      `no private IP address found${limit}, and explicit IP not provided (bind or advertise one)`,
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

/** Warns if the sockets do not receive the version of IP of the advertised address. */
export function warnIfUnheard({ advertise }: MemberlistConfig, bound: Address, log: Log): void {
  const family = unmapIp(advertise.ip).length === 4 ? "IPv4" : "IPv6";
  if (boundFamilies(bound.host).includes(family)) return;
  log.named("memberlist").warn(
    `Advertising ${formatIp(advertise.ip)}, but ${bound.host} hears no ${family}: ` +
      "members reach this node only if something in between translates",
  );
}

/** Warns if a public address is advertised without encryption. */
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
  return unwrap(Keyring.from(keys), StartError, "Failed to create memberlist: ");
}
