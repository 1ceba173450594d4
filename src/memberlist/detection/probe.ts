/**
 * One probe of one member, from ping to verdict (gossip.md sections 11.1 and 11.2).
 *
 * First a direct ping. After `probeTimeout` without an ack, a few other members are asked to ping,
 * in case only our own path is broken, and the member is pinged over a stream, in case only
 * datagrams are. Without any ack within the interval, the member is suspected, and our own health
 * is judged by whether the helpers at least sent nacks.
 */

import { emptyBytes } from "../../bytes/empty_bytes.ts";
import { type Address, sameAddress } from "../../ports/address.ts";
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
    const { acks, awareness, clock, config, observer, sender } = this.#parts;
    observer?.note({
      type: "probe-sent",
      at: clock.now(),
      member: this.#target.name,
      health: awareness.score,
    });
    acks.expect(this.#sequence, this.#interval, {
      ack: (payload, from) => this.#acknowledge(payload, from),
      nack: (from) => this.#noteNack(from),
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

  #noteNack(from: Address | undefined): void {
    const { clock, observer } = this.#parts;
    this.#nacks++;
    observer?.note({ type: "probe-nack", at: clock.now(), member: this.#target.name, from });
  }

  #acknowledge(payload: Uint8Array | undefined, from: Address | undefined): void {
    const { awareness, clock, pingComplete } = this.#parts;
    this.#timer?.cancel();
    awareness.change(-1);
    // A relayed ack says nothing about the distance, and comes only later than this.
    if (!this.#isIndirect) {
      pingComplete(this.#target, clock.now() - this.#startedAt, payload ?? emptyBytes);
    }
    const isDirect = from ? sameAddress(from, this.#target.address) : !this.#isIndirect;
    this.#noteAnswer(isDirect ? "direct" : "relayed", from);
    this.#finish();
  }

  #noteAnswer(path: "direct" | "relayed" | "stream", from: Address | undefined): void {
    const { clock, observer } = this.#parts;
    if (!observer) return;
    const at = clock.now();
    const took = at - this.#startedAt;
    observer.note({ type: "probe-answered", at, member: this.#target.name, path, from, took });
  }

  #askOthers(): void {
    const { clock, config, observer, roster, membership, sender } = this.#parts;
    this.#isIndirect = true;
    const helpers = roster.pick(
      config.indirectChecks,
      (member) => member.state === "alive" && member !== this.#target && member !== membership.self,
    );
    observer?.note({
      type: "probe-relayed",
      at: clock.now(),
      member: this.#target.name,
      helpers: helpers.map(({ name }) => name),
    });
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
    const { clock, observer } = this.#parts;
    const left = this.#startedAt + this.#interval - clock.now();
    this.#wasRefused = true;
    observer?.note({ type: "probe-refused", at: clock.now(), member: this.#target.name });
    this.#timer = clock.after(Math.max(0, shareAfterRefusal * left), () => {
      this.#parts.acks.forget(this.#sequence);
      this.#conclude();
    });
  }

  #conclude(): void {
    const { awareness, clock, membership, observer } = this.#parts;
    const { name, incarnation } = this.#target;
    this.#timer?.cancel();
    const at = clock.now();
    const took = at - this.#startedAt;
    if (took > this.#interval + sleepLimit) {
      observer?.note({ type: "probe-void", at, member: name, took });
      awareness.change(1);
      return this.#finish();
    }
    if (this.#streamAnswered) {
      this.#noteAnswer("stream", undefined);
      awareness.change(-1);
      return this.#finish();
    }

    // Helpers that sent no nack either hint that we are the slow one. After a refusal there is
    // no such doubt, and most had no time for a nack.
    if (!this.#wasRefused) {
      const missing = this.#nacksExpected - this.#nacks;
      awareness.change(this.#nacksExpected > 0 ? Math.max(0, missing) : 1);
    }
    const [nacks, nacksExpected] = [this.#nacks, this.#nacksExpected];
    observer?.note({ type: "probe-failed", at, member: name, took, nacks, nacksExpected });
    const from = membership.self?.name ?? "";
    membership.suspect({ node: name, incarnation, from });
    this.#finish();
  }

  #finish(): void {
    this.#isRunning = false;
    this.#done();
  }
}
