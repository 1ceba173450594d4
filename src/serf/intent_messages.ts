/**
 * Messages about who comes and goes: join and leave intents, and the state that
 * two nodes swap on a push/pull (gossip.md section 19).
 *
 * Writers write the type byte and the body. Readers stand behind the type byte
 * and throw a `WireError` on anything malformed, Lamport times beyond
 * `maxLamportTime` included; they skip fields they do not know.
 */

import { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { StructReader } from "../bytes/msgpack_struct.ts";
import { encodeKey, type MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { complete, membersPerSlice, type Steps } from "../bytes/steps.ts";
import { isNameTooLong, readBody, readName, type Writable } from "../wire/message_body.ts";
import { maxPushPullNodes } from "../wire/message_type.ts";
import { asWireError, WireError } from "../wire/wire_error.ts";
import type { LamportTime } from "./lamport_clock.ts";
import { maxLamportTime, serfMessageType } from "./message_type.ts";
import { maxEventsPerSlot } from "./user_events.ts";

/** A member says that it is here. */
export interface JoinIntent {
  readonly ltime: LamportTime;
  readonly node: string;
}

/** A member says that it, or another one, goes. */
export interface LeaveIntent {
  readonly ltime: LamportTime;
  readonly node: string;
  /** Whether to forget the member at once instead of keeping it as left. */
  readonly prune: boolean;
}

/** A user event as it is remembered; its time is that of its slot. */
export interface RememberedEvent {
  readonly name: string;
  readonly payload: Uint8Array | undefined;
}

/** All user events remembered for one Lamport time. */
export interface EventSlot {
  readonly ltime: LamportTime;
  readonly events: readonly RememberedEvent[];
}

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

const keys = {
  eventTime: encodeKey("EventLTime"),
  events: encodeKey("Events"),
  leftMembers: encodeKey("LeftMembers"),
  ltime: encodeKey("LTime"),
  name: encodeKey("Name"),
  node: encodeKey("Node"),
  payload: encodeKey("Payload"),
  prune: encodeKey("Prune"),
  queryTime: encodeKey("QueryLTime"),
  statusTimes: encodeKey("StatusLTimes"),
};

// Fields stand in the order in which the reference declares them.

const joinStruct = new StructReader<Writable<JoinIntent>>({
  LTime: (reader, intent) => intent.ltime = reader.readUint(maxLamportTime),
  Node: (reader, intent) => intent.node = readName(reader),
});

const leaveStruct = new StructReader<Writable<LeaveIntent>>({
  LTime: (reader, intent) => intent.ltime = reader.readUint(maxLamportTime),
  Node: (reader, intent) => intent.node = readName(reader),
  Prune: (reader, intent) => intent.prune = reader.readBool(),
});

/** A state whose parts that can be long are not read yet; `undefined` if there is none. */
interface UnreadState {
  readonly memberTime: LamportTime;
  readonly eventTime: LamportTime;
  readonly queryTime: LamportTime;
  readonly statusTimes: Uint8Array | undefined;
  readonly leftMembers: Uint8Array | undefined;
  readonly eventSlots: Uint8Array | undefined;
}

const pushPullStruct = new StructReader<Writable<UnreadState>>({
  LTime: (reader, state) => state.memberTime = reader.readUint(maxLamportTime),
  StatusLTimes: (reader, state) => state.statusTimes = reader.takeValue(),
  LeftMembers: (reader, state) => state.leftMembers = reader.takeValue(),
  EventLTime: (reader, state) => state.eventTime = reader.readUint(maxLamportTime),
  Events: (reader, state) => state.eventSlots = reader.takeValue(),
  QueryLTime: (reader, state) => state.queryTime = reader.readUint(maxLamportTime),
});

const slotStruct = new StructReader<Writable<EventSlot>>({
  LTime: (reader, slot) => slot.ltime = reader.readUint(maxLamportTime),
  Events: (reader, slot) => slot.events = readEvents(reader),
});

const eventStruct = new StructReader<Writable<RememberedEvent>>({
  Name: (reader, event) => event.name = reader.readText(),
  Payload: (reader, event) => event.payload = reader.readBytes(),
});

/** Writes a join intent. */
export function writeJoin(writer: MsgpackWriter, intent: JoinIntent): void {
  writer.writeByte(serfMessageType.join);
  writer.writeMapLength(2);
  writer.writeEncoded(keys.ltime);
  writer.writeUint(intent.ltime);
  writer.writeEncoded(keys.node);
  writer.writeText(intent.node);
}

/** Writes a leave intent. */
export function writeLeave(writer: MsgpackWriter, intent: LeaveIntent): void {
  writer.writeByte(serfMessageType.leave);
  writer.writeMapLength(3);
  writer.writeEncoded(keys.ltime);
  writer.writeUint(intent.ltime);
  writer.writeEncoded(keys.node);
  writer.writeText(intent.node);
  writer.writeEncoded(keys.prune);
  writer.writeBool(intent.prune);
}

/** Reads a join intent. */
export function readJoin(reader: MsgpackReader): JoinIntent {
  return readBody(joinStruct, reader, { ltime: 0, node: "" });
}

/** Reads a leave intent. */
export function readLeave(reader: MsgpackReader): LeaveIntent {
  return readBody(leaveStruct, reader, { ltime: 0, node: "", prune: false });
}

/** A state to write, whose times may be made as they are needed. */
export interface PushPullStateToWrite extends Omit<PushPullState, "statusTimes"> {
  readonly statusTimes: Iterable<readonly [string, LamportTime]> & { readonly size: number };
}

/** Writes the state for a push/pull. */
export function writePushPull(writer: MsgpackWriter, state: PushPullStateToWrite): void {
  complete(writePushPullInSteps(writer, state));
}

/** Like `writePushPull`; the writer is not to be used otherwise meanwhile. */
export function* writePushPullInSteps(
  writer: MsgpackWriter,
  state: PushPullStateToWrite,
): Steps<void> {
  writer.writeByte(serfMessageType.pushPull);
  writer.writeMapLength(6);
  writer.writeEncoded(keys.eventTime);
  writer.writeUint(state.eventTime);
  writer.writeEncoded(keys.events);
  writer.writeArrayLength(state.eventSlots.length);
  for (const slot of state.eventSlots) writeSlot(writer, slot);
  writer.writeEncoded(keys.ltime);
  writer.writeUint(state.memberTime);
  writer.writeEncoded(keys.leftMembers);
  writer.writeArrayLength(state.leftMembers.length);
  for (const name of state.leftMembers) writer.writeText(name);
  writer.writeEncoded(keys.queryTime);
  writer.writeUint(state.queryTime);
  writer.writeEncoded(keys.statusTimes);
  writer.writeMapLength(state.statusTimes.size);
  let written = 0;
  for (const [name, ltime] of state.statusTimes) {
    writer.writeText(name);
    writer.writeUint(ltime);
    if (++written % (4 * membersPerSlice) === 0) yield;
  }
}

/** Reads the state of a push/pull; payloads are borrowed. */
export function readPushPull(reader: MsgpackReader): PushPullState {
  return complete(readPushPullInSteps(reader));
}

/** Like `readPushPull`; the bytes have to stay as they are meanwhile. */
export function* readPushPullInSteps(reader: MsgpackReader): Steps<PushPullState> {
  const state = readBody<Writable<UnreadState>>(pushPullStruct, reader, {
    memberTime: 0,
    eventTime: 0,
    queryTime: 0,
    statusTimes: undefined,
    leftMembers: undefined,
    eventSlots: undefined,
  });
  try {
    return {
      ...state,
      statusTimes: yield* readStatusTimes(state.statusTimes),
      leftMembers: yield* readLeftMembers(state.leftMembers),
      eventSlots: yield* readSlots(state.eventSlots),
    };
  } catch (error) {
    throw asWireError(error);
  }
}

function writeSlot(writer: MsgpackWriter, slot: EventSlot | undefined): void {
  if (!slot) return writer.writeNil();
  writer.writeMapLength(2);
  writer.writeEncoded(keys.events);
  writer.writeArrayLength(slot.events.length);
  for (const event of slot.events) {
    writer.writeMapLength(2);
    writer.writeEncoded(keys.name);
    writer.writeText(event.name);
    writer.writeEncoded(keys.payload);
    writer.writeBytes(event.payload);
  }
  writer.writeEncoded(keys.ltime);
  writer.writeUint(slot.ltime);
}

function* readStatusTimes(bytes: Uint8Array | undefined): Steps<Map<string, LamportTime>> {
  const times = new Map<string, LamportTime>();
  if (!bytes) return times;
  const reader = new MsgpackReader(bytes);
  for (let left = countOf(reader.readMapLength()); left > 0; left--) {
    const name = reader.readText();
    const time = reader.readUint(maxLamportTime);
    if (!isNameTooLong(name)) times.set(name, time);
    if (left % (4 * membersPerSlice) === 0) yield;
  }
  return times;
}

function* readLeftMembers(bytes: Uint8Array | undefined): Steps<string[]> {
  const names: string[] = [];
  if (!bytes) return names;
  const reader = new MsgpackReader(bytes);
  for (let left = countOf(reader.readArrayLength()); left > 0; left--) {
    const name = reader.readText();
    if (!isNameTooLong(name)) names.push(name);
    if (left % (4 * membersPerSlice) === 0) yield;
  }
  return names;
}

function* readSlots(bytes: Uint8Array | undefined): Steps<(EventSlot | undefined)[]> {
  const slots: (EventSlot | undefined)[] = [];
  if (!bytes) return slots;
  const reader = new MsgpackReader(bytes);
  let read = 0;
  for (let left = countOf(reader.readArrayLength()); left > 0; left--) {
    const slot = reader.tryNil() ? undefined : slotStruct.read(reader, { ltime: 0, events: [] });
    slots.push(slot);
    read += 1 + (slot?.events.length ?? 0);
    // The slots of an honest peer are read at once.
    if (read <= 8 * membersPerSlice) continue;
    read = 0;
    yield;
  }
  return slots;
}

/** Passes over what is more than anybody takes in. */
function readEvents(reader: MsgpackReader): RememberedEvent[] {
  const events: RememberedEvent[] = [];
  for (let left = reader.readArrayLength() ?? 0; left > 0; left--) {
    if (events.length === maxEventsPerSlot) reader.skip();
    else events.push(eventStruct.read(reader, { name: "", payload: undefined }));
  }
  return events;
}

/** Refuses to go through more than there can be members. */
function countOf(length: number | undefined = 0): number {
  if (length <= maxPushPullNodes) return length;
  throw new WireError("out-of-range", `A list of ${length} elements is too long`);
}
