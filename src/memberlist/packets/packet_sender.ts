/**
 * Builds and sends datagrams: a message, with as many broadcasts as still fit, sealed
 * (gossip.md sections 4.9, 4.10 and 13.5).
 */

import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { type Address, sameAddress } from "../../ports/address.ts";
import { type Suspect, writeSuspect } from "../../wire/claims.ts";
import { compoundHeader, PacketBuilder, partOverhead } from "../../wire/compound.ts";
import {
  encryptionOverhead,
  featureVersion,
  labelOverhead,
  maxPacketSize,
  messageType,
} from "../../wire/message_type.ts";
import { sealPacket, shrinkPacket, wrapPacket } from "../../wire/packet.ts";
import {
  type Ack,
  type Nack,
  type Ping,
  writeAck,
  writeIndirectPing,
  writeNack,
  writePing,
} from "../../wire/pings.ts";
import { cachedAddress } from "../membership/address_cache.ts";
import type { Selection } from "../broadcasts/broadcast.ts";
import type { MemberlistConfig } from "../config.ts";
import type { Foundation } from "../foundation.ts";
import type { Member } from "../member.ts";
import type { Outbox } from "../broadcasts/outbox.ts";
import type { Roster } from "../membership/roster.ts";
import { StrangerBudget } from "./stranger_budget.ts";

/** The parts of a node that packets are built from. */
interface PacketSenderParts extends Foundation {
  readonly roster: Pick<Roster, "get">;
  readonly outbox: Outbox;
}

/** The receiver of an answer: its address, and the name that it goes by. */
export interface Asker {
  readonly name: string;
  readonly address: Address;
}

/** Returns the longest message of the layer above that a round of gossip can carry. */
export function broadcastLimit(
  { label, packetSize }: Pick<MemberlistConfig, "label" | "packetSize">,
  isSealed: boolean,
): number {
  return packetSize - compoundHeader - partOverhead - 1 - surroundings(label, isSealed);
}

/** Sends datagrams to members. */
export class PacketSender {
  readonly #parts: PacketSenderParts;
  readonly #writer = new MsgpackWriter("raw");
  readonly #packet = new PacketBuilder();
  readonly #strangers: StrangerBudget;

  constructor(parts: PacketSenderParts) {
    this.#parts = parts;
    this.#strangers = new StrangerBudget(parts.clock);
  }

  /**
   * Pings a member. A suspect one gets the suspicion in the same packet, because a
   * refutation is the best answer it can give.
   */
  sendPing(member: Member, sequence: number): void {
    if (member.state === "alive") return this.sendPingTo(member.address, member.name, sequence);

    const { name, incarnation } = member;
    const writer = this.#startMessage();
    writePing(writer, this.ownPing(name, sequence));
    this.#packet.reset(this.#parts.config.packetSize);
    this.#packet.addFirst(writer.view());
    writer.reset();
    writeSuspect(writer, { node: name, incarnation, from: this.#parts.config.name });
    this.#packet.add(writer.view());
    this.#send(member.address, member);
  }

  /** Pings the node at `to`, which must be called `name`. */
  sendPingTo(to: Address, name: string, sequence: number): void {
    const writer = this.#startMessage();
    writePing(writer, this.ownPing(name, sequence));
    this.#sendWithBroadcasts(to, writer.view());
  }

  /** Pings a node that is most likely gone, without broadcasts, which would be wasted on it. */
  sendBarePing(to: Address, name: string, sequence: number): void {
    const writer = this.#startMessage();
    writePing(writer, this.ownPing(name, sequence));
    this.#packet.reset(maxPacketSize);
    this.#packet.addFirst(writer.view());
    this.#send(to);
  }

  /** Asks `helper` to ping `target`. */
  sendIndirectPing(helper: Member, target: Member, sequence: number, nack: boolean): void {
    const writer = this.#startMessage();
    writeIndirectPing(writer, {
      ...this.ownPing(target.name, sequence),
      targetIp: target.ip,
      targetPort: target.address.port,
      nack,
    });
    this.#sendWithBroadcasts(helper.address, writer.view());
  }

  /** Acknowledges a ping. A stranger gets an ack that is no longer than the ping. */
  sendAck(asker: Asker, ack: Ack): void {
    const isMember = this.#isMember(asker);
    const writer = this.#startMessage();
    writeAck(writer, isMember ? ack : { ...ack, payload: undefined });
    this.#sendAsked(asker.address, isMember, writer.view());
  }

  sendNack(asker: Asker, nack: Nack): void {
    const writer = this.#startMessage();
    writeNack(writer, nack);
    this.#sendAsked(asker.address, this.#isMember(asker), writer.view());
  }

  /** Pings a target that another node named. */
  sendRelayedPing(target: Asker, sequence: number): void {
    const writer = this.#startMessage();
    writePing(writer, this.ownPing(target.name, sequence));
    this.#sendAsked(target.address, this.#isMember(target), writer.view());
  }

  /** Accuses a member to its face, so that it can refute. */
  sendSuspect(to: Address, claim: Suspect): void {
    const writer = this.#startMessage();
    writeSuspect(writer, claim);
    this.#sendToStranger(to, writer.view());
  }

  /** Sends one message of the layer above to the node that asked for it, without broadcasts. */
  sendAnswer(asker: Asker, message: Uint8Array): void {
    if (this.#isMember(asker)) return this.sendUserMessage(asker.address, message);
    this.#packet.reset(maxPacketSize);
    this.#packet.add(message, messageType.user);
    this.#emitToStranger(asker.address);
  }

  /** Sends one message of the layer above, without broadcasts; `member` if the receiver is known. */
  sendUserMessage(to: Address, message: Uint8Array, member?: Member): void {
    this.#packet.reset(maxPacketSize);
    this.#packet.add(message, messageType.user);
    this.#send(to, member);
  }

  /** Sends one message of the layer above under each key: `to` may have only one of them. */
  sendUnderEveryKey(to: Address, message: Uint8Array): void {
    const { envelope, random } = this.#parts;
    this.#packet.reset(maxPacketSize);
    this.#packet.add(message, messageType.user);
    const packet = this.#packet.build();
    const isSealed = envelope.keys.length > 0 && envelope.verifyOutgoing;
    for (const key of isSealed ? envelope.keys : [undefined]) {
      this.#emit(to, sealPacket(packet, envelope, { crc: false, key }, random));
    }
  }

  /**
   * Sends the broadcasts that were sent least to some members, the same to all of them.
   *
   * @returns how many bytes of broadcasts each got.
   */
  sendBroadcasts(members: readonly Member[], selection?: Selection): number {
    const { config, envelope, outbox, random } = this.#parts;
    // Parity: with a key the overhead counts here even while outgoing traffic is plain.
    const isSealed = envelope.keys.length > 0;
    this.#packet.reset(config.packetSize - compoundHeader - this.#overhead(isSealed));
    const before = this.#packet.room;
    outbox.fill(this.#packet, members.map((member) => member.address), selection);
    if (this.#packet.count === 0) return 0;
    const bytes = before - this.#packet.room - partOverhead * this.#packet.count;
    const content = shrinkPacket(this.#packet.build(), envelope);
    for (const member of members) {
      const crc = understandsChecksums(member);
      this.#emit(member.address, wrapPacket(content, envelope, { crc }, random));
    }
    return bytes;
  }

  /** Returns a ping from this node. */
  ownPing(node: string, seq: number): Ping {
    const { advertise, name } = this.#parts.config;
    return {
      seq,
      node,
      sourceIp: advertise.ip,
      sourcePort: advertise.port,
      sourceNode: name,
    };
  }

  /** Whether a member has both that name and that address, as it should. */
  #isMember({ name, address }: Asker): boolean {
    const member = this.#parts.roster.get(name);
    return member !== undefined && sameAddress(member.address, address);
  }

  #sendAsked(to: Address, isMember: boolean, message: Uint8Array): void {
    if (isMember) this.#sendWithBroadcasts(to, message);
    else this.#sendToStranger(to, message);
  }

  #sendToStranger(to: Address, message: Uint8Array): void {
    this.#packet.reset(this.#parts.config.packetSize);
    this.#packet.addFirst(message);
    this.#emitToStranger(to);
  }

  #emitToStranger(to: Address): void {
    const { envelope, meter, random } = this.#parts;
    const packet = sealPacket(this.#packet.build(), envelope, { crc: false }, random);
    if (this.#strangers.take(to, packet.length)) this.#emit(to, packet);
    else meter.count("memberlist.udp.strangers", 1);
  }

  #startMessage(): MsgpackWriter {
    this.#writer.reset();
    return this.#writer;
  }

  #sendWithBroadcasts(to: Address, message: Uint8Array): void {
    const { config, envelope } = this.#parts;
    const isSealed = envelope.keys.length > 0 && config.verifyOutgoing;
    const room = config.packetSize - message.length - compoundHeader - this.#overhead(isSealed);
    this.#packet.reset(room);
    this.#packet.addFirst(message);
    this.#parts.outbox.fill(this.#packet, [to]);
    // The record of the receiver is deliberately not looked up: gossip.md section 4.4.
    this.#send(to);
  }

  #overhead(isSealed: boolean): number {
    return surroundings(this.#parts.config.label, isSealed);
  }

  #send(to: Address, member?: Member): void {
    const { envelope, random } = this.#parts;
    const crc = member !== undefined && understandsChecksums(member);
    this.#emit(to, sealPacket(this.#packet.build(), envelope, { crc }, random));
  }

  #emit(to: Address, packet: Uint8Array): void {
    const { meter, transport } = this.#parts;
    meter.count("memberlist.udp.sent", packet.length);
    transport.sendPacket(to, packet);
  }
}

function understandsChecksums(member: Member): boolean {
  return member.versions.protocolMax >= featureVersion.checksum;
}

/** Bytes around the messages of a packet. */
function surroundings(label: Uint8Array, isSealed: boolean): number {
  return labelOverhead(label) + (isSealed ? encryptionOverhead : 0);
}

/** Returns the receiver of an answer: the advertised source of a ping, or else the packet's own. */
export function askerOf(ping: Ping, from: Address): Asker {
  const address = ping.sourceIp?.length && ping.sourcePort > 0
    ? cachedAddress(ping.sourceIp, ping.sourcePort).address
    : from;
  return { name: ping.sourceNode, address };
}
