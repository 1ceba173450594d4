import assert from "node:assert/strict";
import { decodeText } from "../../../src/bytes/text.ts";
import { quoteGo } from "../../../src/go/quote.ts";

Deno.test("quoteGo() escapes quotes, backslashes and control characters", () => {
  assert.equal(quoteGo('a"b\\c'), '"a\\"b\\\\c"');
  assert.equal(quoteGo("\x07\b\f\n\r\t\v"), '"\\a\\b\\f\\n\\r\\t\\v"');
  assert.equal(quoteGo("\x00\x1b\x7f"), '"\\x00\\x1b\\x7f"');
});

Deno.test("quoteGo() leaves printable text of any script, and the replacement character", () => {
  assert.equal(quoteGo("Größe 日本 😀 \ufffd"), '"Größe 日本 😀 \ufffd"');
});

Deno.test("quoteGo() escapes blanks and marks that nobody sees", () => {
  assert.equal(quoteGo("\u00a0\u200b\u2028\u{e0001}"), '"\\u00a0\\u200b\\u2028\\U000e0001"');
});

Deno.test("quoteGo() shows bytes that are no UTF-8 as such", () => {
  assert.equal(quoteGo(decodeText(Uint8Array.of(0x61, 0xff, 0xc3))), '"a\\xff\\xc3"');
});
