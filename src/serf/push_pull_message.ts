/**
 * The state that two nodes swap on a push/pull (gossip.md section 19).
 *
 * The reader stands behind the type byte and throws a `WireError` on anything
 * malformed, Lamport times beyond `maxLamportTime` included; it skips fields it
 * does not know.
 */

import { type Codec, list, optional, optionalBytes, text } from "../bytes/msgpack_codec.ts";
import { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { struct, type ValueOf } from "../bytes/msgpack_struct.ts";
import type { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { itemsPerSlice, type Steps } from "../bytes/steps.ts";
import { isNameTooLong, readBody } from "../wire/message_body.ts";
import { maxPushPullNodes } from "../wire/message_type.ts";
import { asWireError, WireError } from "../wire/wire_error.ts";
import type { LamportTime } from "./lamport_clock.ts";
import { lamportTime, maxLamportTime, serfMessageType } from "./message_type.ts";

/** At most this many different events are taken for one Lamport time. */
export const maxEventsPerSlot = 4096;

/** A user event as it is remembered; its time is that of its slot. */
export type RememberedEvent = ValueOf<typeof rememberedEvent>;

const rememberedEvent = struct({ name: ["Name", text], payload: ["Payload", optionalBytes] });

/** All user events remembered for one Lamport time. */
export type EventSlot = ValueOf<typeof eventSlot>;

const eventSlot = struct({
  ltime: ["LTime", lamportTime],
  events: ["Events", list(rememberedEvent, maxEventsPerSlot)],
});

const optionalSlot = optional(eventSlot);
const slotList = list(optionalSlot);
const nameList = list(text);

/** What a node knows, as it tells another one. */
export interface PushPullState {
  readonly memberTime: LamportTime;
  readonly eventTime: LamportTime;
  readonly queryTime: LamportTime;
  /** Every member in any status, with the time of the last intent believed about it. */
  readonly statusTimes: ReadonlyMap<string, LamportTime>;
  readonly leftMembers: readonly string[];
  /** The event buffer, one element for each slot, used or not. */
  readonly eventSlots: readonly (EventSlot | undefined)[];
}

/** A state to write, whose times may be made as they are needed. */
export interface PushPullStateToWrite extends Omit<PushPullState, "statusTimes"> {
  readonly statusTimes: Iterable<readonly [string, LamportTime]> & { readonly size: number };
}

/** A part that can be long, and is read later; `undefined` for nil. */
const encoded: Codec<Uint8Array | undefined> = {
  zero: () => undefined,
  read: (reader) => reader.takeValue(),
  write: (writer, value) => value ? writer.writeRaw(value) : writer.writeNil(),
};

const unreadState = struct({
  memberTime: ["LTime", lamportTime],
  statusTimes: ["StatusLTimes", encoded],
  leftMembers: ["LeftMembers", encoded],
  eventTime: ["EventLTime", lamportTime],
  eventSlots: ["Events", encoded],
  queryTime: ["QueryLTime", lamportTime],
});

/** Writes the state for a push/pull; the writer is not to be used otherwise meanwhile. */
export function* writePushPull(writer: MsgpackWriter, state: PushPullStateToWrite): Steps<void> {
  writer.writeByte(serfMessageType.pushPull);
  writer.writeMapLength(6);
  writer.writeText("EventLTime");
  writer.writeUint(state.eventTime);
  writer.writeText("Events");
  slotList.write(writer, state.eventSlots);
  writer.writeText("LTime");
  writer.writeUint(state.memberTime);
  writer.writeText("LeftMembers");
  nameList.write(writer, state.leftMembers);
  writer.writeText("QueryLTime");
  writer.writeUint(state.queryTime);
  writer.writeText("StatusLTimes");
  writer.writeMapLength(state.statusTimes.size);
  let written = 0;
  for (const [name, ltime] of state.statusTimes) {
    writer.writeText(name);
    writer.writeUint(ltime);
    if (++written % (4 * itemsPerSlice) === 0) yield;
  }
}

/** Reads the state of a push/pull; the bytes are borrowed, and have to stay as they are. */
export function* readPushPull(reader: MsgpackReader): Steps<PushPullState> {
  const state = readBody(unreadState, reader);
  const statusTimes = new Map<string, LamportTime>();
  const leftMembers: string[] = [];
  const eventSlots: (EventSlot | undefined)[] = [];
  try {
    yield* readEach(state.statusTimes, (reader) => reader.readMapLength(), (reader) => {
      const name = reader.readText();
      const time = reader.readUint(maxLamportTime);
      if (!isNameTooLong(name)) statusTimes.set(name, time);
      return 2;
    });
    yield* readEach(state.leftMembers, (reader) => reader.readArrayLength(), (reader) => {
      const name = reader.readText();
      if (!isNameTooLong(name)) leftMembers.push(name);
      return 2;
    });
    yield* readEach(state.eventSlots, (reader) => reader.readArrayLength(), (reader) => {
      const slot = optionalSlot.read(reader);
      eventSlots.push(slot);
      return 1 + (slot?.events.length ?? 0);
    });
  } catch (error) {
    throw asWireError(error);
  }
  return { ...state, statusTimes, leftMembers, eventSlots };
}

/** The work that is done at once, as for all events of an honest peer; a name counts as two. */
const workPerSlice = 8 * itemsPerSlice;

/** Reads a part element by element; `read` returns how much work each was. */
function* readEach(
  part: Uint8Array | undefined,
  lengthOf: (reader: MsgpackReader) => number | undefined,
  read: (reader: MsgpackReader) => number,
): Steps<void> {
  if (!part) return;
  const reader = new MsgpackReader(part);
  let work = 0;
  for (let left = countOf(lengthOf(reader)); left > 0; left--) {
    work += read(reader);
    if (work < workPerSlice) continue;
    work = 0;
    yield;
  }
}

/** Refuses to go through more than there can be members. */
function countOf(length: number | undefined = 0): number {
  if (length <= maxPushPullNodes) return length;
  throw new WireError("out-of-range", `A list of ${length} elements is too long`);
}
