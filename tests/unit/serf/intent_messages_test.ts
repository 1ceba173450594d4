import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { MsgpackReader } from "../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import {
  readJoin,
  readLeave,
  readPushPull,
  writeLeave,
} from "../../../src/serf/intent_messages.ts";
import { maxLamportTime } from "../../../src/serf/message_type.ts";
import { WireError } from "../../../src/wire/wire_error.ts";

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
      for (const read of [readLeave, readJoin, readPushPull]) {
        try {
          read(new MsgpackReader(mutated, 1));
        } catch (error) {
          strictEqual(error instanceof WireError, true, `byte ${at} = ${value}: ${error}`);
        }
      }
    }
  }
});
