import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { formatCursor, parseCursor } from "../../../src/history/cursor.ts";
import { openLine, readRecord, sealLine } from "../../../src/history/record.ts";

const record = { seq: 7, at: 1.5, kind: "user", name: 'a"\n,"crc":"00000000"}', list: [{ x: 1 }] };

Deno.test("sealLine() writes JSON on one line, which readRecord() reads", () => {
  const line = sealLine(record);
  match(line, /^\{"seq":7,.*,"crc":"[0-9a-f]{8}"\}$/);
  deepStrictEqual(JSON.parse(line).list, [{ x: 1 }]);
  deepStrictEqual(readRecord(line), record);
});

Deno.test("openLine() takes no line with another character, cut off or without a checksum", () => {
  const line = sealLine(record);
  for (let at = 0; at < line.length; at++) {
    const other = line[at] === "x" ? "y" : "x";
    strictEqual(openLine(line.slice(0, at) + other + line.slice(at + 1)), undefined);
    strictEqual(openLine(line.slice(0, at)), undefined);
  }
  strictEqual(openLine(JSON.stringify(record)), undefined);
});

Deno.test("readRecord() takes no line that is whole but no record", () => {
  for (const value of [{}, { seq: 1.5, at: 1, kind: "x" }, { seq: 1, at: 1 }]) {
    strictEqual(readRecord(sealLine(value)), undefined);
  }
});

Deno.test("parseCursor() reads what formatCursor() writes, and nothing else", () => {
  const cursor = { epoch: "00ff00ff00ff00ff", seq: 42 };
  strictEqual(formatCursor(cursor), "00ff00ff00ff00ff-42");
  deepStrictEqual(parseCursor(formatCursor(cursor)), cursor);
  for (const text of ["", "42", "00ff00ff00ff00ff-", "00ff00ff00ff00ff-4x", "00FF00FF00FF00FF-1"]) {
    strictEqual(parseCursor(text), undefined);
  }
});
