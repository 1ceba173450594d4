import { deepStrictEqual, ok } from "node:assert/strict";
import { MsgpackError, unexpectedFormat } from "../../../src/bytes/msgpack_error.ts";

Deno.test("MsgpackError says why in a word that programs can tell apart", () => {
  const error = new MsgpackError("truncated", "Input ends inside a text");
  ok(error instanceof Error);
  deepStrictEqual(
    [error.name, error.reason, error.message],
    ["MsgpackError", "truncated", "Input ends inside a text"],
  );
});

Deno.test("unexpectedFormat() names what was wanted and the byte found, in two digits", () => {
  const message = (format: number) => unexpectedFormat("a text", format).message;
  deepStrictEqual(message(0xc1), "Expected a text, found format 0xc1");
  deepStrictEqual(message(0x07), "Expected a text, found format 0x07");
  deepStrictEqual(unexpectedFormat("a text", 0).reason, "malformed");
});
