/** Discovery without a network: recorded packets, and a multicast group in memory. */

import type { Address } from "../../src/ports/address.ts";
import type {
  Family,
  MdnsNetwork,
  MdnsSocket,
  ReceivePacket,
} from "../../src/agent/discovery/mdns_socket.ts";
import { bytesFromHex, readVectorFile } from "./vectors.ts";

/** One question put to real agents, and what they answered. */
export interface RecordedExchange {
  readonly question: string;
  readonly packet: Uint8Array;
  readonly answers: readonly Uint8Array[];
}

interface RecordedFile {
  readonly agent_query: { readonly hex: string };
  readonly exchanges: readonly {
    readonly question: string;
    readonly hex: string;
    readonly answers: readonly string[];
  }[];
}

const file = readVectorFile<RecordedFile>("mdns/packets");

/** The question that a real agent of cluster `c1` asks. */
export const recordedQuery: Uint8Array = bytesFromHex(file.agent_query.hex);

/**
 * Questions about cluster `c1`, whose agents are `m1` at 10.77.0.1:7946 and `m2`
 * at 10.77.0.2:7947, both on a host named `vm`.
 */
export const recordedExchanges: readonly RecordedExchange[] = file.exchanges.map((exchange) => ({
  question: exchange.question,
  packet: bytesFromHex(exchange.hex),
  answers: exchange.answers.map(bytesFromHex),
}));

/** Returns a recorded exchange by the beginning of its question. */
export function recordedExchange(question: string): RecordedExchange {
  const found = recordedExchanges.find((exchange) => exchange.question.startsWith(question));
  if (!found) throw new Error(`No exchange "${question}"`);
  return found;
}

/** A socket of the network in memory. */
export class FakeMdnsSocket implements MdnsSocket {
  readonly kind: "listen" | "open";
  readonly family: Family;
  readonly sent: { readonly to: Address; readonly packet: Uint8Array }[] = [];
  readonly #receive: ReceivePacket;
  readonly #network: FakeMdnsNetwork;
  isClosed = false;

  constructor(
    kind: "listen" | "open",
    family: Family,
    receive: ReceivePacket,
    network: FakeMdnsNetwork,
  ) {
    this.kind = kind;
    this.family = family;
    this.#receive = receive;
    this.#network = network;
  }

  async send(to: Address, packet: Uint8Array): Promise<void> {
    const { sendFailure, sendGate } = this.#network;
    if (sendFailure) throw sendFailure;
    this.sent.push({ to, packet: new Uint8Array(packet) });
    await sendGate;
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  /** Delivers a packet, and spoils its bytes afterwards: they are borrowed. */
  deliver(packet: Uint8Array, from: Address = { host: "10.77.0.9", port: 40_000 }): void {
    if (this.isClosed) return;
    const borrowed = packet.slice();
    this.#receive(from, borrowed);
    borrowed.fill(0xee);
  }
}

/** A network in memory: the test plays everybody else. */
export class FakeMdnsNetwork implements MdnsNetwork {
  readonly sockets: FakeMdnsSocket[] = [];
  /** Families in which nothing can be opened. */
  readonly broken = new Set<Family>();
  /** What every send fails with, if it does. */
  sendFailure: Error | undefined;
  /** What every send waits for. */
  sendGate: Promise<void> | undefined;

  listen(family: Family, receive: ReceivePacket): Promise<MdnsSocket> {
    return new Promise((resolve) => resolve(this.#add("listen", family, receive)));
  }

  open(family: Family, receive: ReceivePacket): MdnsSocket {
    return this.#add("open", family, receive);
  }

  group(family: Family): Address {
    return { host: family === "IPv4" ? "224.0.0.251" : "ff02::fb", port: 5353 };
  }

  /** The latest socket of a kind. */
  socket(kind: "listen" | "open", family: Family = "IPv4"): FakeMdnsSocket {
    const socket = this.sockets.findLast((one) => one.kind === kind && one.family === family);
    if (!socket) throw new Error(`No ${kind} socket for ${family}`);
    return socket;
  }

  #add(kind: "listen" | "open", family: Family, receive: ReceivePacket): FakeMdnsSocket {
    if (this.broken.has(family)) throw new Error(`no ${family} here`);
    const socket = new FakeMdnsSocket(kind, family, receive, this);
    this.sockets.push(socket);
    return socket;
  }
}

/** Lets everything that is due in microtasks and finished promises happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
