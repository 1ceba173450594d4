/**
 * Takes datagrams apart and hands each message to the part that it is for (gossip.md section 4.11).
 *
 * Messages are handled in order of arrival. What cannot be read is logged and dropped; the rest of
 * the packet goes on.
 */

import type { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { type Address, formatAddress } from "../ports/address.ts";
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
import { reject } from "./reject.ts";

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
      this.#unpacker.unpack(openPacket(packet, this.#parts.envelope));
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
        return acks.receiveAck(seq, payload);
      }
      case messageType.nack:
        return acks.receiveNack(readNack(body).seq);
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
    const { config, delegate, sender } = this.#parts;
    const ping = readPing(body);
    if (ping.node !== "" && ping.node !== config.name) {
      reject(
        this.#parts,
        formatAddress(from),
        "wrong-node",
        `Got ping for unexpected node '${ping.node}' from=${formatAddress(from)}`,
      );
      return;
    }
    sender.sendAck(askerOf(ping, from), { seq: ping.seq, payload: delegate.ackPayload() });
  }

  #complain(error: WireError): void {
    const peer = formatAddress(this.#from);
    const text = `Dropping a message: ${error.message} from=${peer}`;
    reject(this.#parts, peer, error.reason, text);
  }
}
