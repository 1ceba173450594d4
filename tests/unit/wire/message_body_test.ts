import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { MsgpackReader } from "../../../src/bytes/msgpack_reader.ts";
import { type Codec, text, uint16 } from "../../../src/bytes/msgpack_codec.ts";
import { struct } from "../../../src/bytes/msgpack_struct.ts";
import { readBody, readTail } from "../../../src/wire/message_body.ts";
import { WireError, type WireErrorReason } from "../../../src/wire/wire_error.ts";

interface Ship {
  readonly name: string;
  readonly crew: number;
}

const shipStruct = struct({ name: ["Name", text], crew: ["Crew", uint16] });

function readShip(hex: string): Ship {
  return readBody(shipStruct, new MsgpackReader(Uint8Array.fromHex(hex)));
}

function refuses(read: () => unknown, reason: WireErrorReason): void {
  throws(read, (error) => {
    if (!(error instanceof WireError)) return false;
    strictEqual(error.reason, reason);
    return true;
  });
}

Deno.test("readBody() fills in what is there and leaves the rest as it was", () => {
  deepStrictEqual(readShip("82a44e616d65a15fa443726577cd0102"), { name: "_", crew: 258 });
  deepStrictEqual(readShip("81a44372657703"), { name: "", crew: 3 });
  deepStrictEqual(readShip("80"), { name: "", crew: 0 });
});

Deno.test("readBody() passes over what it does not know, however nested", () => {
  deepStrictEqual(readShip("82a3416765928101c3a0a44372657703"), { name: "", crew: 3 });
});

Deno.test("readBody() throws WireError with the reason, and nothing else", () => {
  refuses(() => readShip(""), "truncated");
  refuses(() => readShip("81a44372"), "truncated");
  refuses(() => readShip("c3"), "malformed");
  refuses(() => readShip("81a44e616d6507"), "malformed");
  refuses(() => readShip("81a443726577ce00010000"), "out-of-range");
});

Deno.test("readBody() hands on what is no fault of the bytes", () => {
  const mistake: Codec<string> = {
    ...text,
    read() {
      throw new TypeError("a mistake of ours");
    },
  };
  const broken = struct({ name: ["Name", mistake] });
  const reader = new MsgpackReader(Uint8Array.fromHex("81a44e616d6500"));
  throws(() => readBody(broken, reader), { name: "TypeError" });
});

Deno.test("readTail() is a view on just the bytes asked for", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  const reader = new MsgpackReader(bytes);
  const tail = readTail(reader, 3);
  deepStrictEqual([...tail], [1, 2, 3]);
  strictEqual(tail.buffer, bytes.buffer);
  refuses(() => readTail(reader, 2), "truncated");
});
