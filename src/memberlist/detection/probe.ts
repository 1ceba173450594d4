/**
 * One probe of one member, from ping to verdict (gossip.md sections 11.1 and 11.2).
 *
 * First a direct ping. After `probeTimeout` without an ack, a few other members are asked to ping,
 * in case only our own path is broken, and the member is pinged over a stream, in case only
 * datagrams are. Without any ack within the interval, the member is suspected, and our own health
 * is judged by whether the helpers at least sent nacks.
 */

import { emptyBytes } from "../../bytes/empty_bytes.ts";
import type { Milliseconds, Timer } from "../../ports/clock.ts";
import { featureVersion } from "../../wire/message_type.ts";
import type { Acks } from "./acks.ts";
import type { Awareness } from "../membership/awareness.ts";
import type { Foundation } from "../foundation.ts";
import type { StreamPing } from "./stream_ping.ts";
import type { Member } from "../member.ts";
import type { Membership } from "../membership/membership.ts";
import type { PacketSender } from "../packets/packet_sender.ts";
import type { Roster } from "../membership/roster.ts";
import { sleepLimit } from "../membership/suspicion.ts";

export interface ProbeParts extends Foundation {
  readonly acks: Acks;
  readonly awareness: Awareness;
  readonly membership: Membership;
  readonly roster: Roster;
  readonly sender: PacketSender;
  readonly streamPing: StreamPing;
  /** Runs for each direct ack in time. */
  readonly pingComplete: (member: Member, rtt: Milliseconds, payload: Uint8Array) => void;
}

/** After a refusal the rest of the interval shrinks to this: enough for helpers that reach it. */
export const shareAfterRefusal = 0.25;

export class Probe {
  readonly #parts: ProbeParts;
  readonly #target: Member;
  readonly #done: () => void;
  readonly #sequence: number;
  readonly #startedAt: Milliseconds;
  readonly #interval: Milliseconds;
  #timer: Timer | undefined;
  #isIndirect = false;
  #nacksExpected = 0;
  #nacks = 0;
  #streamAnswered = false;
  #wasRefused = false;
  #isRunning = true;

  /** `done` runs once, when there is a verdict. */
  constructor(parts: ProbeParts, target: Member, done: () => void) {
    this.#parts = parts;
    this.#target = target;
    this.#done = done;
    this.#sequence = parts.acks.nextSequence();
    this.#startedAt = parts.clock.now();
    this.#interval = parts.awareness.stretch(parts.config.probeInterval);
  }

  start(): void {
    const { acks, awareness, clock, config, meter, sender } = this.#parts;
    if (awareness.score > 0) meter.count("memberlist.degraded.probe", 1);
    acks.expect(this.#sequence, this.#interval, {
      ack: (payload) => this.#acknowledge(payload),
      nack: () => this.#nacks++,
      expired: () => this.#conclude(),
    });
    this.#timer = clock.after(config.probeTimeout, () => this.#askOthers());
    sender.sendPing(this.#target, this.#sequence);
  }

  /** Gives up without a verdict, as when the node stops. */
  cancel(): void {
    this.#isRunning = false;
    this.#timer?.cancel();
    this.#parts.acks.forget(this.#sequence);
  }

  #acknowledge(payload: Uint8Array | undefined): void {
    const { awareness, clock, pingComplete } = this.#parts;
    this.#timer?.cancel();
    awareness.change(-1);
    // A relayed ack says nothing about the distance, and comes only later than this.
    if (!this.#isIndirect) {
      pingComplete(this.#target, clock.now() - this.#startedAt, payload ?? emptyBytes);
    }
    this.#finish();
  }

  #askOthers(): void {
    const { config, roster, membership, sender } = this.#parts;
    this.#isIndirect = true;
    const helpers = roster.pick(
      config.indirectChecks,
      (member) => member.state === "alive" && member !== this.#target && member !== membership.self,
    );
    for (const helper of helpers) {
      const canNack = helper.versions.protocolMax >= featureVersion.nack;
      if (canNack) this.#nacksExpected++;
      sender.sendIndirectPing(helper, this.#target, this.#sequence, canNack);
    }
    this.#pingOverStream();
  }

  #pingOverStream(): void {
    const { clock, config, streamPing } = this.#parts;
    if (config.disableStreamPings) return;
    if (this.#target.versions.protocolMax < featureVersion.streamPing) return;
    const left = this.#startedAt + this.#interval - clock.now();
    streamPing(this.#target, this.#sequence, left, (outcome) => {
      this.#streamAnswered = outcome === "answered";
      if (outcome === "refused" && this.#isRunning) this.#hurry();
    });
  }

  /** Waits only a little longer, because the member's host says that it is gone. */
  #hurry(): void {
    const { clock } = this.#parts;
    const left = this.#startedAt + this.#interval - clock.now();
    this.#wasRefused = true;
    this.#timer = clock.after(Math.max(0, shareAfterRefusal * left), () => {
      this.#parts.acks.forget(this.#sequence);
      this.#conclude();
    });
  }

  #conclude(): void {
    const { awareness, clock, log, membership } = this.#parts;
    const { name, incarnation } = this.#target;
    this.#timer?.cancel();
    if (clock.now() > this.#startedAt + this.#interval + sleepLimit) {
      log.warn(`Probe of ${name} says nothing, because this node did not run`, { member: name });
      awareness.change(1);
      return this.#finish();
    }
    if (this.#streamAnswered) {
      log.warn(
        `Was able to connect to ${name} over TCP but UDP probes failed, ` +
          "network may be misconfigured",
        { member: name },
      );
      awareness.change(-1);
      return this.#finish();
    }

    // Helpers that sent no nack either hint that we are the slow one. After a refusal there is
    // no such doubt, and most had no time for a nack.
    if (!this.#wasRefused) {
      const missing = this.#nacksExpected - this.#nacks;
      awareness.change(this.#nacksExpected > 0 ? Math.max(0, missing) : 1);
    }
    log.info(`Suspect ${name} has failed, no acks received`, { member: name });
    const from = membership.self?.name ?? "";
    membership.suspect({ node: name, incarnation, from });
    this.#finish();
  }

  #finish(): void {
    const { clock, meter } = this.#parts;
    this.#isRunning = false;
    meter.sample("memberlist.probeNode", clock.now() - this.#startedAt);
    this.#done();
  }
}
