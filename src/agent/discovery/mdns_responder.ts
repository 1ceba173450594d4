/**
 * Answers questions that others send to the multicast group (agent.md section 11).
 *
 * Every answer goes to the asker alone. Each call handles one packet to its end;
 * answers that the network does not take are dropped once too many wait.
 */

import type { Address } from "../../ports/address.ts";
import type { Meter } from "../../ports/meter.ts";
import { MdnsError, type Question, readQuery, writeResponse } from "./mdns_message.ts";
import type { MdnsService } from "./mdns_service.ts";
import type { Family, MdnsNetwork, MdnsSocket } from "./mdns_socket.ts";

/** How many answers may wait for the network; later ones are dropped. */
export const maxPendingAnswers = 64;

/** Answers for one service, in both families. */
export class MdnsResponder {
  readonly #service: MdnsService;
  readonly #network: MdnsNetwork;
  readonly #meter: Meter;
  readonly #sockets: MdnsSocket[] = [];
  #pendingAnswers = 0;

  constructor(service: MdnsService, network: MdnsNetwork, meter: Meter) {
    this.#service = service;
    this.#network = network;
    this.#meter = meter;
  }

  /** Listens in every family that works. @throws {Error} if none does. */
  async start(): Promise<void> {
    for (const family of ["IPv4", "IPv6"] as const) await this.#listen(family);
    if (this.#sockets.length === 0) throw new Error("no multicast listeners could be started");
  }

  async stop(): Promise<void> {
    await Promise.all(this.#sockets.splice(0).map((socket) => socket.close()));
  }

  async #listen(family: Family): Promise<void> {
    let socket: MdnsSocket | undefined;
    try {
      socket = await this.#network.listen(family, (from, packet) => {
        if (socket) this.#receive(socket, from, packet);
      });
      this.#sockets.push(socket);
    } catch {
      // A machine with one family only is nothing unusual.
    }
  }

  #receive(socket: MdnsSocket, from: Address, packet: Uint8Array): void {
    try {
      const query = readQuery(packet);
      if (!query) return;
      const direct = query.questions.filter(({ wantsUnicast }) => wantsUnicast);
      const others = query.questions.filter(({ wantsUnicast }) => !wantsUnicast);
      // Parity: an answer carries the number of the question only if the unicast bit is set.
      this.#answer(socket, from, 0, others);
      this.#answer(socket, from, query.id, direct);
    } catch (error) {
      if (!(error instanceof MdnsError)) throw error;
      this.#meter.count("agent.mdns.malformed", 1);
    }
  }

  #answer(socket: MdnsSocket, to: Address, id: number, questions: readonly Question[]): void {
    // A record that several questions ask for is the same object, and told once.
    const records = new Set(questions.flatMap((question) => this.#service.answers(question)));
    if (records.size === 0) return;
    if (this.#pendingAnswers >= maxPendingAnswers) {
      return this.#meter.count("agent.mdns.dropped", 1);
    }

    this.#pendingAnswers++;
    socket.send(to, writeResponse(id, [...records]))
      .catch(() => this.#meter.count("agent.mdns.dropped", 1))
      .finally(() => this.#pendingAnswers--);
  }
}
