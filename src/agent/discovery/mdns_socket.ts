/**
 * The sockets of discovery: one kind listens to the multicast group, one asks it
 * (agent.md section 11).
 *
 * On Linux the first kind is bound to the group itself, so that it takes no
 * packet away from the other mDNS programs of the machine; elsewhere a group
 * cannot be bound, and it listens to every address.
 */

import { type Address, formatAddress } from "../../ports/address.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import { addContext } from "../../ports/error_context.ts";
import { systemErrorText } from "../../go/system_error.ts";
import type { MdnsInterface } from "./mdns_interface.ts";
import { maxMessageSize } from "./mdns_message.ts";

export type Family = "IPv4" | "IPv6";

/** Takes a packet, which is borrowed until it returns. */
export type ReceivePacket = (from: Address, packet: Uint8Array) => void;

export interface MdnsSocket {
  /** Sends one packet. @throws {Error} with what the system says. */
  send(to: Address, packet: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Opens sockets; tests put something else in its place. */
export interface MdnsNetwork {
  /** Receives what is sent to the group. @throws if that is impossible. */
  listen(family: Family, receive: ReceivePacket): Promise<MdnsSocket>;
  /** Opens a socket with a port of its own, to ask from. @throws if that is impossible. */
  open(family: Family, receive: ReceivePacket): MdnsSocket;
  /** Where questions go. */
  group(family: Family): Address;
}

const port = 5353;
const groups: Readonly<Record<Family, string>> = { IPv4: "224.0.0.251", IPv6: "ff02::fb" };
const anywhere: Readonly<Record<Family, string>> = { IPv4: "0.0.0.0", IPv6: "::" };

/** A packet that fills it was cut, and is longer than mDNS allows in any case. */
const receiveBufferSize = maxMessageSize + 1;
const pauseAfterError: Milliseconds = 100;

/** The multicast network behind one interface, or behind the one that the system chooses. */
export class DenoMdnsNetwork implements MdnsNetwork {
  readonly #interface: MdnsInterface | undefined;

  /** @param chosen `undefined` for the system's choice. */
  constructor(chosen: MdnsInterface | undefined) {
    this.#interface = chosen;
  }

  async listen(family: Family, receive: ReceivePacket): Promise<MdnsSocket> {
    this.#requireAddress(family);
    const socket = bindFirst(this.#listenHosts(family), { port, reuseAddress: true });
    try {
      if (family === "IPv4") {
        await socket.joinMulticastV4(groups.IPv4, this.#interface?.ipv4 ?? anywhere.IPv4);
      } else {
        await socket.joinMulticastV6(groups.IPv6, this.#interface?.index ?? 0);
      }
    } catch (error) {
      socket.close();
      throw error;
    }
    return new OpenSocket(socket, this.#zone, receive);
  }

  open(family: Family, receive: ReceivePacket): MdnsSocket {
    this.#requireAddress(family);
    // The system sends to a group through the interface that has the socket's address.
    const host = family === "IPv4" ? this.#interface?.ipv4 ?? anywhere.IPv4 : anywhere.IPv6;
    return new OpenSocket(bindFirst([host], { port: 0 }), this.#zone, receive);
  }

  group(family: Family): Address {
    return { host: groups[family], port };
  }

  /** What tells the system which link an address of the link's own is meant on. */
  get #zone(): string {
    return this.#interface?.index === undefined ? "" : `%${this.#interface.index}`;
  }

  #listenHosts(family: Family): string[] {
    const canBindGroup = Deno.build.os === "linux" && (family === "IPv4" || this.#zone !== "");
    const group = family === "IPv4" ? groups.IPv4 : `${groups.IPv6}${this.#zone}`;
    return canBindGroup ? [group, anywhere[family]] : [anywhere[family]];
  }

  #requireAddress(family: Family): void {
    if (!this.#interface) return;
    const { name, ipv4, index } = this.#interface;
    const hasAddress = (family === "IPv4" ? ipv4 : index) !== undefined;
    if (!hasAddress) throw new Error(`interface ${name} has no ${family} address`);
  }
}

/** Binds to the first of several hosts that can be bound. @throws for the last what the system says. */
function bindFirst(
  hosts: readonly string[],
  options: { readonly port: number; readonly reuseAddress?: boolean },
): Deno.DatagramConn {
  let failure: unknown;
  for (const hostname of hosts) {
    try {
      return Deno.listenDatagram({ transport: "udp", hostname, loopback: true, ...options });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

class OpenSocket implements MdnsSocket {
  readonly #socket: Deno.DatagramConn;
  readonly #zone: string;
  readonly #reading: Promise<void>;
  #isClosed = false;

  constructor(socket: Deno.DatagramConn, zone: string, receive: ReceivePacket) {
    this.#socket = socket;
    this.#zone = zone;
    this.#reading = this.#read(receive);
  }

  async send(to: Address, packet: Uint8Array): Promise<void> {
    const isOfLink = /^f(?:f02|e[89ab][0-9a-f]):/i.test(to.host);
    const hostname = isOfLink ? `${to.host}${this.#zone}` : to.host;
    try {
      await this.#socket.send(packet, { transport: "udp", hostname, port: to.port });
    } catch (error) {
      const local = this.#isClosed ? "" : `${localAddress(this.#socket)}->`;
      const version = to.host.includes(":") ? "udp6" : "udp4";
      const context = `write ${version} ${local}${formatAddress(to)}: sendto`;
      return addContext(context, systemErrorText)(error);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
    await this.#reading;
  }

  async #read(receive: ReceivePacket): Promise<void> {
    const buffer = new Uint8Array(receiveBufferSize);
    while (!this.#isClosed) {
      const received = await this.#socket.receive(buffer).catch(() => undefined);
      if (received) {
        const [packet, from] = received;
        if (from.transport === "udp") receive({ host: from.hostname, port: from.port }, packet);
      } else if (!this.#isClosed) {
        // A failure that repeats at once must not occupy the processor.
        await new Promise((resolve) => setTimeout(resolve, pauseAfterError));
      }
    }
  }
}

function localAddress({ addr }: Deno.DatagramConn): string {
  return addr.transport === "udp" ? formatAddress({ host: addr.hostname, port: addr.port }) : "";
}
