/**
 * Builds and sends datagrams: a message, with as many broadcasts as still fit, sealed
 * (gossip.md sections 4.9, 4.10 and 13.5).
 */

import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { type Address, sameAddress } from "../../ports/address.ts";
import { type Suspect, writeSuspect } from "../../wire/claims.ts";
import { PacketBuilder, partOverhead } from "../../wire/compound.ts";
import { featureVersion, maxPacketSize, messageType } from "../../wire/message_type.ts";
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
import type { Selection } from "../broadcasts/broadcast.ts";
import type { Foundation } from "../foundation.ts";
import type { Member } from "../member.ts";
import type { Outbox } from "../broadcasts/outbox.ts";
import type { Roster } from "../membership/roster.ts";
import type { Asker } from "./asker.ts";
import { compoundRoom } from "./packet_room.ts";
import { StrangerBudget } from "./stranger_budget.ts";

interface PacketSenderParts extends Foundation {
  readonly roster: Pick<Roster, "get">;
  readonly outbox: Outbox;
}

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
    const { address, incarnation, name } = member;
    const ping = this.#encodePing(name, sequence);
    if (member.state === "alive") return this.#sendWithBroadcasts(address, ping);

    const { config } = this.#parts;
    this.#packet.reset(config.packetSize);
    this.#packet.addFirst(ping);
    const writer = this.#startMessage();
    writeSuspect(writer, { node: name, incarnation, from: config.name });
    this.#packet.add(writer.view());
    this.#send(address, member);
  }

  /** Pings a node that is most likely gone, without broadcasts, which would be wasted on it. */
  sendBarePing(to: Address, name: string, sequence: number): void {
    this.#packet.reset(maxPacketSize);
    this.#packet.addFirst(this.#encodePing(name, sequence));
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
    this.#answer(asker.address, isMember, writer.view());
  }

  sendNack(asker: Asker, nack: Nack): void {
    const writer = this.#startMessage();
    writeNack(writer, nack);
    this.#answer(asker.address, this.#isMember(asker), writer.view());
  }

  /** Pings a target that another node named. */
  sendRelayedPing(target: Asker, sequence: number): void {
    const ping = this.#encodePing(target.name, sequence);
    this.#answer(target.address, this.#isMember(target), ping);
  }

  /** Accuses the member at an address, so that it can refute. */
  sendSuspect(to: Address, claim: Suspect): void {
    const writer = this.#startMessage();
    writeSuspect(writer, claim);
    this.#sendToStranger(to, writer.view());
  }

  /** Sends one message of the layer above to the node that asked for it, without broadcasts. */
  sendAnswer(asker: Asker, message: Uint8Array): void {
    if (this.#isMember(asker)) return this.sendUserMessage(asker.address, message);
    this.#startUserMessage(message);
    this.#emitToStranger(asker.address);
  }

  /** Sends one message of the layer above without broadcasts; `member` if the receiver is known. */
  sendUserMessage(to: Address, message: Uint8Array, member?: Member): void {
    this.#startUserMessage(message);
    this.#send(to, member);
  }

  /** Sends one message of the layer above under each key: `to` may have only one of them. */
  sendUnderEveryKey(to: Address, message: Uint8Array): void {
    const { envelope, random } = this.#parts;
    this.#startUserMessage(message);
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
    this.#packet.reset(compoundRoom(config, envelope.keys.length > 0));
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
    const { ip: sourceIp, port: sourcePort } = advertise;
    return { seq, node, sourceIp, sourcePort, sourceNode: name };
  }

  /** Whether a member has both that name and that address, as it should. */
  #isMember({ name, address }: Asker): boolean {
    const member = this.#parts.roster.get(name);
    return member !== undefined && sameAddress(member.address, address);
  }

  #answer(to: Address, isMember: boolean, message: Uint8Array): void {
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

  #startUserMessage(message: Uint8Array): void {
    this.#packet.reset(maxPacketSize);
    this.#packet.add(message, messageType.user);
  }

  #encodePing(name: string, sequence: number): Uint8Array {
    const writer = this.#startMessage();
    writePing(writer, this.ownPing(name, sequence));
    return writer.view();
  }

  #sendWithBroadcasts(to: Address, message: Uint8Array): void {
    const { config, envelope } = this.#parts;
    const isSealed = envelope.keys.length > 0 && config.verifyOutgoing;
    this.#packet.reset(compoundRoom(config, isSealed) - message.length);
    this.#packet.addFirst(message);
    this.#parts.outbox.fill(this.#packet, [to]);
    // The record of the receiver is deliberately not looked up: gossip.md section 4.4.
    this.#send(to);
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
