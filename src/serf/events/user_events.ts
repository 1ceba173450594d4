/**
 * User events: fired here or anywhere, and delivered once (gossip.md section 23).
 *
 * The events of the last few hundred Lamport times are remembered, one slot for
 * each time, so that an event heard again is recognised and one too old to be
 * recognised is dropped.
 */

import { emptyBytes } from "../../bytes/empty_bytes.ts";
import { equalBytes } from "../../bytes/equal_bytes.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { decodeText, textLength } from "../../bytes/text.ts";
import type { Clock, Milliseconds } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import { done, failure, type Result } from "../../ports/result.ts";
import type { UserEvent } from "../event.ts";
import { type EventMessage, writeEvent } from "./event_message.ts";
import { type EventSlot, maxEventsPerSlot, type RememberedEvent } from "../push_pull_message.ts";
import type { LamportClock, LamportTime } from "../lamport_clock.ts";

/**
 * So many bytes of events are remembered, whatever their number.
 *
 * Everything that is remembered goes into every push/pull, which peers refuse
 * beyond 20 MiB; most of that is for members.
 */
export const maxRememberedBytes = 5 * 1024 * 1024;

/** What a push/pull takes for each event besides its name and payload. */
const eventOverhead = 24;

/** What user events work with. */
export interface UserEventsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly eventClock: LamportClock;
  /** How many Lamport times back events are remembered. */
  readonly buffer: number;
  /** Limit for name and payload, and again for the encoded event. */
  readonly sizeLimit: number;
  /**
   * How long an event of a full exchange, which does not say whether it may be merged, waits for
   * its copy from gossip, which does. With 0 it is delivered at once, as one that may not.
   */
  readonly flagPatience: Milliseconds;
  readonly emit: (event: UserEvent) => void;
  /** Queues an own message for gossip and keeps it. */
  readonly broadcast: (message: Uint8Array) => void;
}

/** An event of a full exchange has no `coalesce`. */
type ReceivedEvent = Omit<EventMessage, "coalesce"> & { readonly coalesce?: boolean };

/** Up to here, looking at all events of a Lamport time is quicker than an index of them. */
const maxUnindexed = 16;

interface Slot extends EventSlot {
  readonly events: RememberedEvent[];
  /** The keys of all its events, once there are many. */
  index: Set<string> | undefined;
  /** Of all its events. */
  bytes: number;
}

/** Fires, recognises and delivers user events. */
export class UserEvents {
  readonly #options: UserEventsOptions;
  readonly #slots: (Slot | undefined)[];
  readonly #writer = new MsgpackWriter("raw");
  /** Events of full exchanges that may still come with the flag. */
  readonly #undecided = new Map<string, ReceivedEvent>();
  #minTime: LamportTime = 0;
  #rememberedBytes = 0;
  #version = 0;
  #late = 0;

  constructor(options: UserEventsOptions) {
    this.#options = options;
    this.#slots = new Array<Slot | undefined>(options.buffer).fill(undefined);
  }

  /** Events before this time are not delivered. */
  get minTime(): LamportTime {
    return this.#minTime;
  }

  /** How many events came too late to be told from repeated ones, and were dropped. */
  get late(): number {
    return this.#late;
  }

  /** Moves on with every change of what is remembered. */
  get version(): number {
    return this.#version;
  }

  /** What is remembered, one element for each slot, used or not. */
  get slots(): readonly (EventSlot | undefined)[] {
    return this.#slots;
  }

  /** From now on, events before `time` are not delivered. */
  ignoreBefore(time: LamportTime): void {
    this.#minTime = Math.max(this.#minTime, time);
  }

  /** Fires an event; it fails if the event is too long (agent.md section 14). */
  fire(name: string, payload: Uint8Array | undefined, coalesce: boolean): Result<void> {
    const { eventClock, sizeLimit } = this.#options;
    if (textLength(name) + (payload?.length ?? 0) > sizeLimit) {
      return failure(`user event exceeds configured limit of ${sizeLimit} bytes before encoding`);
    }
    const event: EventMessage = { ltime: eventClock.time, name, payload, coalesce };
    this.#writer.reset();
    writeEvent(this.#writer, event);
    if (this.#writer.length > sizeLimit) {
      return failure(
        `encoded user event exceeds configured limit of ${sizeLimit} bytes after encoding`,
      );
    }

    eventClock.increment();
    this.receive(event);
    this.#options.broadcast(this.#writer.copy());
    return done;
  }

  /** Judges an event, whose payload is borrowed; returns whether it was news to pass on. */
  receive(event: ReceivedEvent): boolean {
    const { eventClock, log } = this.#options;
    if (!eventClock.isPlausible(event.ltime)) {
      log.warn(
        `dropped event ${event.name} from time ${event.ltime}, ` +
          `too far ahead (current: ${eventClock.time})`,
      );
      return false;
    }
    eventClock.witness(event.ltime);
    if (event.ltime < this.#minTime) return false;
    if (event.ltime < eventClock.time - this.#slots.length) return this.#dropLate(event);

    const { coalesce } = event;
    if (!this.#remember(event)) {
      if (coalesce !== undefined && this.#undecided.size > 0) {
        this.#decide(timedKey(event), coalesce);
      }
      return false;
    }
    if (coalesce === undefined && this.#options.flagPatience > 0) this.#hold(event);
    else this.#deliver(event, coalesce ?? false);
    return true;
  }

  /** Delivers what still waits for its flag. */
  flush(): void {
    for (const key of this.#undecided.keys()) this.#decide(key, false);
  }

  #hold(event: ReceivedEvent): void {
    const { clock, flagPatience } = this.#options;
    const key = timedKey(event);
    this.#undecided.set(key, { ...event, payload: event.payload?.slice() });
    clock.after(flagPatience, () => this.#decide(key, false));
  }

  #decide(key: string, coalesce: boolean): void {
    const event = this.#undecided.get(key);
    if (this.#undecided.delete(key)) this.#deliver(event!, coalesce);
  }

  /** Drops an event that is too old: this node, or who told it, has fallen behind. */
  #dropLate({ ltime, name }: ReceivedEvent): false {
    const { eventClock, log, meter } = this.#options;
    this.#late++;
    meter.count("serf.events_late", 1);
    log.warn(`received old event ${name} from time ${ltime} (current: ${eventClock.time})`);
    return false;
  }

  /** Remembers an event unless it is there already; returns whether it was not. */
  #remember({ ltime, name, payload }: ReceivedEvent): boolean {
    const index = ltime % this.#slots.length;
    let slot = this.#slots[index];
    if (slot?.ltime !== ltime) {
      this.#rememberedBytes -= slot?.bytes ?? 0;
      slot = this.#slots[index] = { ltime, events: [], index: undefined, bytes: 0 };
      this.#version++;
    }

    // Parity: who sent it plays no role, so equal events of two senders are one.
    if (isKnown(slot, { name, payload })) return false;
    const bytes = eventOverhead + textLength(name) + (payload?.length ?? 0);
    const isFull = slot.events.length >= maxEventsPerSlot ||
      this.#rememberedBytes + bytes > maxRememberedBytes;
    if (isFull) {
      this.#options.log.warn(`dropped event ${name}: too many are remembered already`);
      return false;
    }
    slot.events.push({ name, payload: payload?.slice() });
    slot.index?.add(eventKey({ name, payload }));
    slot.bytes += bytes;
    this.#version++;
    this.#rememberedBytes += bytes;
    return true;
  }

  #deliver({ ltime, name, payload }: ReceivedEvent, coalesce: boolean): void {
    this.#options.meter.count("serf.events", 1);
    this.#options.meter.count(`serf.events.${name}`, 1);
    // A copy of its own: what an application does to it must not reach what is gossiped.
    this.#options.emit({ type: "user", ltime, name, payload: payload?.slice(), coalesce });
  }
}

function isKnown(slot: Slot, event: RememberedEvent): boolean {
  if (slot.events.length <= maxUnindexed) {
    return slot.events.some((known) => isSameEvent(known, event));
  }
  slot.index ??= new Set(slot.events.map(eventKey));
  return slot.index.has(eventKey(event));
}

/** Parity: no payload and an empty one are the same. */
function isSameEvent(a: RememberedEvent, b: RememberedEvent): boolean {
  return a.name === b.name && equalBytes(a.payload ?? emptyBytes, b.payload ?? emptyBytes);
}

/** The same text for the same events only: nothing is lost when bytes become text. */
function eventKey({ name, payload = emptyBytes }: RememberedEvent): string {
  return `${name.length} ${name}${decodeText(payload)}`;
}

function timedKey(event: ReceivedEvent): string {
  return `${event.ltime} ${eventKey(event)}`;
}
