import assert from "node:assert/strict";
import { decodeText } from "../../../src/bytes/text.ts";
import { formatJson } from "../../../src/go/json_writer.ts";

Deno.test("formatJson() indents by two blanks and keeps the order of records", () => {
  const text = formatJson({ b: [1, true], a: { c: "x" } });
  assert.equal(
    text,
    '{\n  "b": [\n    1,\n    true\n  ],\n  "a": {\n    "c": "x"\n  }\n}',
  );
});

Deno.test("formatJson() sorts free maps by key", () => {
  assert.equal(formatJson(new Map([["b", 1], ["B", 2]])), '{\n  "B": 2,\n  "b": 1\n}');
});

Deno.test("formatJson() shows empty lists and maps as such, and what is absent as null", () => {
  assert.equal(
    formatJson({ a: [], b: {}, c: undefined }),
    '{\n  "a": [],\n  "b": {},\n  "c": null\n}',
  );
});

Deno.test("formatJson() escapes as Go does", () => {
  const bytes = Uint8Array.of(0x61, 8, 12, 1, 0xff, 0x3c, 0x3e, 0x26, 0xe2, 0x80, 0xa8, 9, 13);
  assert.equal(
    formatJson(decodeText(bytes) + '"\\\x7f/z😀'),
    '"a\\b\\f\\u0001\\ufffd\\u003c\\u003e\\u0026\\u2028\\t\\r\\"\\\\\x7f/z😀"',
  );
  assert.equal(formatJson({ "<": 1 }), '{\n  "\\u003c": 1\n}');
});
