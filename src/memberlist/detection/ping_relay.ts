/** Probes a member on another's behalf (gossip.md section 7.2). */

import { addressFromBytes } from "../../ports/address.ts";
import type { Clock } from "../../ports/clock.ts";
import type { IndirectPing } from "../../wire/pings.ts";
import type { Acks } from "./acks.ts";
import type { MemberlistConfig } from "../config.ts";
import type { Asker } from "../packets/asker.ts";
import type { PacketSender } from "../packets/packet_sender.ts";

/**
 * After this share of the probe timeout without an ack, the asker gets a nack.
 *
 * The whole of it is too late: the asker waited as long before it asked, so its time would be
 * over, and it would blame itself.
 */
export const nackShare = 0.9;

/** Most relayed pings under way; more are ignored. */
export const maxRelays = 512;

export class PingRelay {
  readonly #config: MemberlistConfig;
  readonly #acks: Acks;
  readonly #sender: PacketSender;
  readonly #clock: Clock;
  #running = 0;

  constructor(config: MemberlistConfig, acks: Acks, sender: PacketSender, clock: Clock) {
    this.#config = config;
    this.#acks = acks;
    this.#sender = sender;
    this.#clock = clock;
  }

  /** Pings the target and sends `asker` an ack or a nack. */
  relay(request: IndirectPing, asker: Asker): void {
    if (this.#running >= maxRelays) return;
    this.#running++;
    const { seq, node, nack } = request;
    const address = addressFromBytes(
      request.targetIp,
      request.targetPort || this.#config.advertise.port,
    );
    const sequence = this.#acks.nextSequence();
    const { probeTimeout } = this.#config;
    const refusal = this.#clock.after(nackShare * probeTimeout, () => {
      if (nack) this.#sender.sendNack(asker, { seq });
    });
    this.#acks.expect(sequence, probeTimeout, {
      // The target's payload is about the path between it and us, not the asker's.
      ack: () => {
        refusal.cancel();
        this.#running--;
        this.#sender.sendAck(asker, { seq, payload: undefined });
      },
      expired: () => this.#running--,
    });
    this.#sender.sendRelayedPing({ name: node, address }, sequence);
  }
}
