/** Ports and a delegate that note what a core does with them. */

import { BroadcastQueue } from "../../src/memberlist/broadcasts/broadcast_queue.ts";
import type { Delegate } from "../../src/memberlist/exchange/delegate.ts";
import type { Member } from "../../src/memberlist/member.ts";
import { atOnce, type Steps } from "../../src/bytes/steps.ts";
import { formatAddress } from "../../src/ports/address.ts";
import type { Log } from "../../src/ports/log.ts";
import type { Meter } from "../../src/ports/meter.ts";
import { messageType } from "../../src/wire/message_type.ts";

/** A log that keeps its lines: `warn memberlist: text`. */
export class RecordingLog implements Log {
  readonly debugEnabled = true;
  readonly lines: string[];
  readonly #component: string;

  constructor(component = "", lines: string[] = []) {
    this.#component = component;
    this.lines = lines;
  }

  debug(message: string): void {
    this.#add("debug", message);
  }

  info(message: string): void {
    this.#add("info", message);
  }

  warn(message: string): void {
    this.#add("warn", message);
  }

  error(message: string): void {
    this.#add("error", message);
  }

  named(component: string): Log {
    return new RecordingLog(component, this.lines);
  }

  /** Whether any line contains `text`. */
  has(text: string): boolean {
    return this.lines.some((line) => line.includes(text));
  }

  #add(level: string, message: string): void {
    this.lines.push(`${level} ${this.#component === "" ? "" : `${this.#component}: `}${message}`);
  }
}

/** A meter that adds everything up. */
export class RecordingMeter implements Meter {
  readonly counters = new Map<string, number>();
  readonly gauges = new Map<string, number>();
  readonly samples = new Map<string, number[]>();

  count(name: string, amount: number): void {
    this.counters.set(name, (this.counters.get(name) ?? 0) + amount);
  }

  gauge(name: string, value: number): void {
    this.gauges.set(name, value);
  }

  sample(name: string, value: number): void {
    const samples = this.samples.get(name);
    if (samples) samples.push(value);
    else this.samples.set(name, [value]);
  }
}

/** A layer above membership that notes what it hears: `join a`, `update b`, `message 0102`. */
export class RecordingDelegate implements Delegate {
  readonly heard: string[] = [];
  readonly pings: { name: string; rtt: number; payload: string }[] = [];
  metadata = new Uint8Array(0);
  state = new Uint8Array(0);
  payload: Uint8Array | undefined;
  /** Broadcasts that are sent once. */
  readonly broadcasts = new BroadcastQueue(1, () => 1, { typeByte: messageType.user });
  readonly lanes = [this.broadcasts];

  meta(): Uint8Array {
    return this.metadata;
  }

  receiveMessage(message: Uint8Array): void {
    this.heard.push(`message ${message.toHex()}`);
  }

  get stateStamp(): string {
    return this.state.toHex();
  }

  localState(): Steps<Uint8Array> {
    return atOnce(() => this.state);
  }

  mergeState(state: Uint8Array, joining: boolean): Steps<void> {
    return atOnce(() => {
      this.heard.push(`state ${state.toHex()}${joining ? " joining" : ""}`);
    });
  }

  memberJoined(member: Member): void {
    this.heard.push(`join ${member.name}`);
  }

  memberLeft(member: Member): void {
    this.heard.push(`leave ${member.name}`);
  }

  memberUpdated(member: Member): void {
    this.heard.push(`update ${member.name}`);
  }

  nameConflict(existing: Member, rival: Member): void {
    const [mine, theirs] = [formatAddress(existing.address), formatAddress(rival.address)];
    this.heard.push(`conflict ${existing.name} ${mine} vs ${theirs}`);
  }

  ackPayload(): Uint8Array | undefined {
    return this.payload;
  }

  pingComplete(member: Member, rtt: number, payload: Uint8Array): void {
    this.pings.push({ name: member.name, rtt, payload: payload.toHex() });
  }
}
