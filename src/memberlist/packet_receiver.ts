/**
 * Takes datagrams apart and hands each message to the part that it is for (gossip.md section 4.11).
 *
 * Messages are handled in order of arrival. What cannot be read is logged and dropped; the rest of
 * the packet goes on.
 */

import type { MsgpackReader } from "../bytes/msgpack_reader.ts";
import type { Address } from "../ports/address.ts";
import { ClaimReader } from "../wire/claims.ts";
import { messageType } from "../wire/message_type.ts";
import { openPacket } from "../wire/packet.ts";
import { PacketUnpacker } from "../wire/packet_unpacker.ts";
import { readAck, readIndirectPing, readNack, readPing } from "../wire/pings.ts";
import { WireError } from "../wire/wire_error.ts";
import type { Acks } from "./detection/acks.ts";
import type { Delegate } from "./exchange/delegate.ts";
import type { Foundation } from "./foundation.ts";
import type { Membership } from "./membership/membership.ts";
import { askerOf } from "./packets/asker.ts";
import type { PacketSender } from "./packets/packet_sender.ts";
import type { PingRelay } from "./detection/ping_relay.ts";

interface PacketReceiverParts extends Foundation {
  readonly acks: Acks;
  readonly membership: Membership;
  readonly sender: PacketSender;
  readonly relay: PingRelay;
  readonly delegate: Delegate;
}

const nobody: Address = { host: "0.0.0.0", port: 0 };

export class PacketReceiver {
  readonly #parts: PacketReceiverParts;
  readonly #unpacker: PacketUnpacker;
  readonly #claims = new ClaimReader();
  #from: Address = nobody;

  constructor(parts: PacketReceiverParts) {
    this.#parts = parts;
    this.#unpacker = new PacketUnpacker({
      receiveMessage: (type, body) => this.#handle(this.#from, type, body),
      receiveUnreadable: (error) => this.#complain(error),
    });
  }

  receive(from: Address, packet: Uint8Array): void {
    this.#parts.meter.count("memberlist.udp.received", packet.length);
    if (packet.length === 0) return;
    this.#from = from;
    try {
      const content = openPacket(packet, this.#parts.envelope);
      const { clock, observer } = this.#parts;
      if (observer?.heard) observer.heard(clock.now(), from, "packet");
      this.#unpacker.unpack(content);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#complain(error);
    }
  }

  #handle(from: Address, type: number, body: MsgpackReader): void {
    const { acks, config, delegate, membership } = this.#parts;
    switch (type) {
      case messageType.ping:
        return this.#answerPing(from, body);
      case messageType.indirectPing: {
        const request = readIndirectPing(body);
        return this.#parts.relay.relay(request, askerOf(request, from));
      }
      case messageType.ack: {
        const { seq, payload } = readAck(body);
        return acks.receiveAck(seq, payload, from);
      }
      case messageType.nack:
        return acks.receiveNack(readNack(body).seq, from);
      case messageType.alive: {
        const claim = this.#claims.readAlive(body);
        // Peers of protocol version 1 send no ports and mean that ours is theirs, too.
        return membership.alive(
          claim.port > 0 ? claim : { ...claim, port: config.advertise.port },
          from,
        );
      }
      case messageType.suspect:
        return membership.suspect(this.#claims.readSuspect(body), from);
      case messageType.dead:
        return membership.dead(this.#claims.readDead(body), from);
      case messageType.user:
        return delegate.receiveMessage(body.takeRest(), from);
      default:
        throw new WireError("unknown-type", `message type (${type}) not supported`);
    }
  }

  #answerPing(from: Address, body: MsgpackReader): void {
    const { clock, config, delegate, observer, sender } = this.#parts;
    const ping = readPing(body);
    if (ping.node !== "" && ping.node !== config.name) {
      observer?.note({ type: "ping-misdirected", at: clock.now(), from, meant: ping.node });
      return;
    }
    if (ping.sourceNode && observer?.heard) {
      observer.heard(clock.now(), from, "packet", ping.sourceNode);
    }
    sender.sendAck(askerOf(ping, from), { seq: ping.seq, payload: delegate.ackPayload() });
  }

  #complain({ message: detail, reason }: WireError): void {
    const { clock, observer } = this.#parts;
    const from = this.#from;
    observer?.note({
      type: "message-refused",
      at: clock.now(),
      over: "packet",
      from,
      reason,
      detail,
    });
  }
}
