/**
 * User events: fired here or anywhere, and delivered once (gossip.md section 23).
 *
 * The events of the last few hundred Lamport times are remembered, one slot for each time: an
 * event that comes again is recognised, and one too old to be recognised is dropped.
 */

import { emptyBytes } from "../../bytes/empty_bytes.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { decodeText, textLength } from "../../bytes/text.ts";
import { done, failure, type Result } from "../../ports/result.ts";
import type { LamportClock, LamportTime } from "../lamport_clock.ts";
import type { SerfNode } from "../node.ts";
import { type EventSlot, maxEventsPerSlot, type RememberedEvent } from "../push_pull_message.ts";
import { type EventMessage, writeEvent } from "./event_message.ts";
import type { EventPipeline } from "./event_pipeline.ts";

/**
 * The most bytes of events that are remembered, whatever their number.
 *
 * Everything that is remembered goes into every push/pull, which peers refuse
 * beyond 20 MiB; most of that is for members.
 */
export const maxRememberedBytes = 5 * 1024 * 1024;

/** What a push/pull takes for each event besides its name and payload. */
const eventOverhead = 24;

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
  readonly #node: SerfNode;
  readonly #clock: LamportClock;
  readonly #pipeline: Pick<EventPipeline, "enter" | "gathersUsers">;
  readonly #slots: (Slot | undefined)[];
  readonly #writer = new MsgpackWriter("raw");
  /** Events of full exchanges that may still come with the flag. */
  readonly #undecided = new Map<string, ReceivedEvent>();
  #minTime: LamportTime = 0;
  #rememberedBytes = 0;
  #version = 0;
  #late = 0;

  constructor(node: SerfNode, pipeline: Pick<EventPipeline, "enter" | "gathersUsers">) {
    this.#node = node;
    this.#clock = node.clocks.event;
    this.#pipeline = pipeline;
    this.#slots = new Array<Slot | undefined>(node.config.eventBuffer).fill(undefined);
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
    const { clock, config: { userEventSizeLimit: limit }, lanes, log, observer } = this.#node;
    if (textLength(name) + (payload?.length ?? 0) > limit) {
      return failure(`user event exceeds configured limit of ${limit} bytes before encoding`);
    }
    const event: EventMessage = { ltime: this.#clock.time, name, payload, coalesce };
    this.#writer.reset();
    writeEvent(this.#writer, event);
    const { length } = this.#writer;
    if (length > limit) {
      return failure(
        `encoded user event exceeds configured limit of ${limit} bytes after encoding`,
      );
    }
    if (length > lanes.maxLength) {
      log.warn(
        `A user event of ${length} bytes fits into no packet, which carry ` +
          `${lanes.maxLength}: it spreads slowly, with full exchanges only`,
      );
    }

    const { ltime } = event;
    observer?.note({ type: "event-fired", at: clock.now(), name, ltime, bytes: length });
    this.#clock.increment();
    this.receive(event);
    lanes.add("userEvents", { message: this.#writer.copy() });
    return done;
  }

  /** Judges an event, whose payload is borrowed; returns whether it was news to pass on. */
  receive(event: ReceivedEvent): boolean {
    const { ltime, coalesce } = event;
    if (!this.#clock.isPlausible(ltime)) {
      return this.#drop("too-far-ahead", event);
    }
    this.#clock.witness(ltime);
    if (ltime < this.#minTime) return false;
    if (ltime < this.#clock.time - this.#slots.length) {
      this.#late++;
      return this.#drop("too-old", event);
    }

    if (!this.#remember(event)) {
      if (coalesce !== undefined && this.#undecided.size > 0) {
        this.#decide(timedKey(event), coalesce);
      }
      return false;
    }
    if (coalesce === undefined && this.#pipeline.gathersUsers) this.#hold(event);
    else this.#deliver(event, coalesce ?? false);
    return true;
  }

  /** Delivers what still waits for its flag. */
  flush(): void {
    for (const key of this.#undecided.keys()) this.#decide(key, false);
  }

  /**
   * Keeps an event of a full exchange, which does not say whether it may be merged, until its
   * copy from gossip comes, which does. What may be merged waits as long in any case.
   */
  #hold(event: ReceivedEvent): void {
    const { clock, config } = this.#node;
    const key = timedKey(event);
    this.#undecided.set(key, { ...event, payload: event.payload?.slice() });
    clock.after(config.userQuiescentPeriod, () => this.#decide(key, false));
  }

  #decide(key: string, coalesce: boolean): void {
    const event = this.#undecided.get(key);
    if (this.#undecided.delete(key)) this.#deliver(event!, coalesce);
  }

  /** Drops an event; if it is too old, then this node, or the sender, has fallen behind. */
  #drop(why: "too-old" | "too-far-ahead" | "no-room", { ltime, name }: ReceivedEvent): false {
    const { clock, observer } = this.#node;
    const now = this.#clock.time;
    observer?.note({ type: "event-dropped", at: clock.now(), why, name, ltime, now });
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
    if (isFull) return this.#drop("no-room", { ltime, name, payload });
    slot.events.push({ name, payload: payload?.slice() });
    slot.index?.add(eventKey({ name, payload }));
    slot.bytes += bytes;
    this.#version++;
    this.#rememberedBytes += bytes;
    return true;
  }

  #deliver({ ltime, name, payload }: ReceivedEvent, coalesce: boolean): void {
    const { clock, observer } = this.#node;
    observer?.note({ type: "event-delivered", at: clock.now(), name, ltime });
    // A copy of its own: what an application does to it must not reach what is gossiped.
    this.#pipeline.enter({ type: "user", ltime, name, payload: payload?.slice(), coalesce });
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
  const [ours, theirs] = [a.payload ?? emptyBytes, b.payload ?? emptyBytes];
  return a.name === b.name && ours.length === theirs.length &&
    ours.every((byte, i) => byte === theirs[i]);
}

/** The same text for the same events only: nothing is lost when bytes become text. */
function eventKey({ name, payload = emptyBytes }: RememberedEvent): string {
  return `${name.length} ${name}${decodeText(payload)}`;
}

function timedKey(event: ReceivedEvent): string {
  return `${event.ltime} ${eventKey(event)}`;
}
