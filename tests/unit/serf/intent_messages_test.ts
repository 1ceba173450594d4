import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { MsgpackReader } from "../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import { readJoin, readLeave, writeLeave } from "../../../src/serf/intent_messages.ts";
import {
  type PushPullState,
  readPushPull,
  writePushPull,
} from "../../../src/serf/push_pull_message.ts";
import { complete, itemsPerSlice } from "../../../src/bytes/steps.ts";
import { maxLamportTime } from "../../../src/serf/message_type.ts";
import { maxEventsPerSlot } from "../../../src/serf/push_pull_message.ts";
import { maxPushPullNodes } from "../../../src/wire/message_type.ts";
import { WireError } from "../../../src/wire/wire_error.ts";

const readState = (reader: MsgpackReader) => complete(readPushPull(reader));

function reader(hex: string): MsgpackReader {
  return new MsgpackReader(Uint8Array.fromHex(hex.replaceAll(" ", "")), 1);
}

Deno.test("readLeave() takes keys in any order and skips those it does not know", () => {
  const message = "00 84 a4 4e6f6465 a1 61 a3 4e6577 92 01 80 a5 5072756e65 c3 a5 4c54696d65 07";
  deepStrictEqual(readLeave(reader(message)), { ltime: 7, node: "a", prune: true });
});

Deno.test("readLeave() reads messages of peers that know no prune", () => {
  const message = "00 82 a5 4c54696d65 07 a4 4e6f6465 a1 61";
  deepStrictEqual(readLeave(reader(message)), { ltime: 7, node: "a", prune: false });
});

Deno.test("readJoin() refuses a Lamport time that is no safe one", () => {
  for (const time of ["ff", "cf ffffffffffffffff", "cf 0020000000000000", "cb 3ff0000000000000"]) {
    throws(() => readJoin(reader(`01 82 a5 4c54696d65 ${time} a4 4e6f6465 a1 61`)), WireError);
  }
  const latest = `cf ${maxLamportTime.toString(16).padStart(16, "0")}`;
  strictEqual(readJoin(reader(`01 81 a5 4c54696d65 ${latest}`)).ltime, maxLamportTime);
});

Deno.test("readers of intents return or throw WireError, whatever they are given", () => {
  const writer = new MsgpackWriter("raw");
  writeLeave(writer, { ltime: 300, node: "node-1", prune: true });
  const message = writer.copy();
  for (let length = 1; length < message.length; length++) {
    throws(() => readLeave(new MsgpackReader(message, 1, length)), WireError, `${length} bytes`);
  }
  for (let at = 1; at < message.length; at++) {
    for (let value = 0; value < 256; value++) {
      const mutated = message.slice();
      mutated[at] = value;
      for (const read of [readLeave, readJoin, readState]) {
        try {
          read(new MsgpackReader(mutated, 1));
        } catch (error) {
          strictEqual(error instanceof WireError, true, `byte ${at} = ${value}: ${error}`);
        }
      }
    }
  }
});

Deno.test("readPushPull() pauses among the status times, wherever they stand", () => {
  const count = 10 * itemsPerSlice;
  const state = {
    memberTime: 3,
    eventTime: 4,
    queryTime: 5,
    statusTimes: new Map(Array.from({ length: count }, (_, i) => [`m${i}`, i])),
    leftMembers: ["m1"],
    eventSlots: [undefined],
  };
  const writer = new MsgpackWriter("raw");
  complete(writePushPull(writer, state));
  const steps = readPushPull(new MsgpackReader(writer.view(), 1));
  let pauses = 0;
  let step = steps.next();
  for (; !step.done; step = steps.next()) pauses++;
  strictEqual(pauses, 2);
  deepStrictEqual(step.value, state);

  // An array, as old peers may send it, has them second.
  const { memberTime, statusTimes, leftMembers } = readState(
    reader("02 96 07 81 a1 61 02 91 a1 62 04 90 05"),
  );
  deepStrictEqual([memberTime, statusTimes, leftMembers], [7, new Map([["a", 2]]), ["b"]]);
});

Deno.test("readPushPull() refuses status times that are none", () => {
  for (const times of ["81 a1 61", "81 a1 61 ff", "81 01 01", "91 01", "07"]) {
    throws(() => readState(reader(`02 81 ac 5374617475734c54696d6573 ${times}`)), WireError);
  }
  deepStrictEqual(
    readState(reader("02 81 ac 5374617475734c54696d6573 c0")).statusTimes,
    new Map(),
  );
});

Deno.test("readPushPull() passes over names that no member has, and reads the others", () => {
  const state: PushPullState = {
    memberTime: 1,
    eventTime: 1,
    queryTime: 1,
    statusTimes: new Map([["a", 1], ["x".repeat(1000), 2], ["b", 3]]),
    leftMembers: ["x".repeat(1000), "b"],
    eventSlots: [],
  };
  const writer = new MsgpackWriter("raw");
  complete(writePushPull(writer, state));
  const { leftMembers, statusTimes } = readState(new MsgpackReader(writer.view(), 1));
  deepStrictEqual([...statusTimes], [["a", 1], ["b", 3]]);
  deepStrictEqual(leftMembers, ["b"]);
});

Deno.test("readPushPull() reads long lists in slices, and no endless ones", () => {
  const list = (key: string, length: number, item: number[]) => {
    const writer = new MsgpackWriter("raw");
    writer.writeMapLength(1);
    writer.writeText(key);
    writer.writeArrayLength(length);
    for (let i = 0; i < length; i++) writer.writeRaw(Uint8Array.from(item));
    return new MsgpackReader(writer.view());
  };
  const events = [0x81, 0xa6, ...new TextEncoder().encode("Events"), 0xdc, 0x20, 0];
  const slot = [...events, ...new Array<number>(0x2000).fill(0x80)];
  for (
    const [key, length, item] of [
      ["LeftMembers", 20 * itemsPerSlice, [0xa1, 0x61]],
      ["Events", 60 * itemsPerSlice, [0xc0]],
      ["Events", 5, slot],
    ] as const
  ) {
    ok([...readPushPull(list(key, length, [...item]))].length >= 5, key);
  }
  const read = complete(readPushPull(list("Events", 1, slot)));
  strictEqual(read.eventSlots[0]?.events.length, maxEventsPerSlot);
  throws(
    () => complete(readPushPull(list("Events", maxPushPullNodes + 1, [0xc0]))),
    { name: "WireError", reason: "out-of-range" },
  );
});
