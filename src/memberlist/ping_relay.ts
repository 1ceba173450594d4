/** Probes a member on another's behalf (gossip.md section 7.2). */

import { type Address, addressFromBytes } from "../ports/address.ts";
import type { IndirectPing } from "../wire/pings.ts";
import type { Acks } from "./acks.ts";
import type { MemberlistConfig } from "./config.ts";
import type { PacketSender } from "./packet_sender.ts";

/** At most this many relayed pings are under way; more are ignored. */
export const maxRelays = 512;

/** Answers indirect pings. */
export class PingRelay {
  readonly #config: MemberlistConfig;
  readonly #acks: Acks;
  readonly #sender: PacketSender;
  #running = 0;

  constructor(config: MemberlistConfig, acks: Acks, sender: PacketSender) {
    this.#config = config;
    this.#acks = acks;
    this.#sender = sender;
  }

  /** Pings the target and tells `asker` what came of it. */
  relay(request: IndirectPing, asker: Address): void {
    if (this.#running >= maxRelays) return;
    this.#running++;
    const { seq, node, nack } = request;
    const target = addressFromBytes(
      request.targetIp,
      request.targetPort || this.#config.advertise.port,
    );
    const sequence = this.#acks.nextSequence();
    this.#acks.expect(sequence, this.#config.probeTimeout, {
      // The target's payload is about the path between it and us, not the asker's.
      ack: () => {
        this.#running--;
        this.#sender.sendAck(asker, { seq, payload: undefined });
      },
      expired: () => {
        this.#running--;
        if (nack) this.#sender.sendNack(asker, { seq });
      },
    });
    this.#sender.sendPingTo(target, node, sequence);
  }
}
