import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { MsgpackReader } from "../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import {
  type Alive,
  ClaimReader,
  readAlive,
  readSuspect,
  writeAlive,
  writeDead,
  writeSuspect,
} from "../../../src/wire/claims.ts";
import { maxNameLength } from "../../../src/wire/message_type.ts";
import { WireError } from "../../../src/wire/wire_error.ts";
import { aliveClaim } from "../../support/memberlist_parts.ts";

function bodyOf(write: (writer: MsgpackWriter) => void): MsgpackReader {
  const writer = new MsgpackWriter("raw");
  write(writer);
  return new MsgpackReader(writer.copy(), 1);
}

Deno.test("ClaimReader reads what the functions of the same names read", () => {
  const claims = new ClaimReader();
  const full: Alive = aliveClaim("b", 7, { meta: Uint8Array.of(1, 2) });
  const read = () => bodyOf((writer) => writeAlive(writer, full));
  deepStrictEqual(claims.readAlive(read()), readAlive(read()));
  const dead = { node: "b", incarnation: 7, from: "c" };
  deepStrictEqual(claims.readDead(bodyOf((writer) => writeDead(writer, dead))), dead);
});

Deno.test("ClaimReader lets nothing of one claim show in the next", () => {
  const claims = new ClaimReader();
  const full = aliveClaim("b", 7, { meta: Uint8Array.of(1, 2) });
  const first = claims.readAlive(bodyOf((writer) => writeAlive(writer, full)));
  const second = claims.readAlive(new MsgpackReader(Uint8Array.of(0x80)));
  strictEqual(second, first);
  deepStrictEqual(second, readAlive(new MsgpackReader(Uint8Array.of(0x80))));

  claims.readSuspect(
    bodyOf((writer) => writeDead(writer, { node: "b", incarnation: 7, from: "c" })),
  );
  deepStrictEqual(claims.readSuspect(new MsgpackReader(Uint8Array.of(0x80))), {
    node: "",
    incarnation: 0,
    from: "",
  });
});

Deno.test("ClaimReader throws WireError for what is no claim, and goes on", () => {
  const claims = new ClaimReader();
  throws(() => claims.readAlive(new MsgpackReader(Uint8Array.of(0xc3))), WireError);
  throws(() => claims.readDead(new MsgpackReader(new Uint8Array(0))), WireError);
  strictEqual(
    claims.readAlive(bodyOf((writer) => writeAlive(writer, aliveClaim("b", 1)))).node,
    "b",
  );
});

Deno.test("readSuspect() and readDead() refuse names that no member has, on either side", () => {
  const longest = "x".repeat(maxNameLength);
  for (const [node, from, isRead] of [[longest, longest, true], ["a", `${longest}x`, false]]) {
    const claim = { node: String(node), from: String(from), incarnation: 1 };
    const writer = new MsgpackWriter("raw");
    writeSuspect(writer, claim);
    const read = () => readSuspect(new MsgpackReader(writer.view(), 1));
    if (isRead) deepStrictEqual(read(), claim);
    else throws(read, { name: "WireError", reason: "too-large" });
  }
});
