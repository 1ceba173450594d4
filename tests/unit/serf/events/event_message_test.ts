import { deepStrictEqual, throws } from "node:assert/strict";
import { MsgpackReader } from "../../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../../src/bytes/msgpack_writer.ts";
import { readEvent, writeEvent } from "../../../../src/serf/events/event_message.ts";
import { WireError } from "../../../../src/wire/wire_error.ts";

const event = { ltime: 300, name: "ключ\udcff", payload: Uint8Array.of(0, 255), coalesce: true };

function encoded(): Uint8Array {
  const writer = new MsgpackWriter("raw");
  writeEvent(writer, event);
  return writer.copy();
}

Deno.test("readEvent() gives back what writeEvent() wrote, invalid UTF-8 included", () => {
  deepStrictEqual(readEvent(new MsgpackReader(encoded(), 1)), event);
});

Deno.test("readEvent() throws WireError on every truncated event", () => {
  const message = encoded();
  for (let length = 1; length < message.length; length++) {
    throws(() => readEvent(new MsgpackReader(message, 1, length)), WireError, `${length} bytes`);
  }
});

Deno.test("readEvent() fills in what is missing", () => {
  const empty = { ltime: 0, name: "", payload: undefined, coalesce: false };
  deepStrictEqual(readEvent(new MsgpackReader(Uint8Array.of(3, 0x80), 1)), empty);
  deepStrictEqual(readEvent(new MsgpackReader(Uint8Array.of(3, 0xc0), 1)), empty);
});
