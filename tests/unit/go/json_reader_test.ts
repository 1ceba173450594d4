import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { readFirstJson, readOnlyJson } from "../../../src/go/json_reader.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("readFirstJson() ignores what follows the first value", () => {
  deepStrictEqual(readFirstJson(bytes(' {"a": [1, -2.5e3, "x\\u00e9", null]} {"b":2} garbage')), {
    a: [1, -2500, "xé", null],
  });
  strictEqual(readFirstJson(bytes("12 13")), 12);
});

Deno.test("readFirstJson() takes the last of duplicate keys", () => {
  deepStrictEqual(readFirstJson(bytes('{"a":1,"a":2}')), { a: 2 });
});

Deno.test("readFirstJson() tells what is wrong in Go's words", () => {
  const cases: [string, string][] = [
    ["", "EOF"],
    [" \n", "EOF"],
    ['{"a":', "unexpected EOF"],
    ["[1", "unexpected EOF"],
    ['"abc', "unexpected EOF"],
    ["tru", "unexpected EOF"],
    ['{"a": n1}', "invalid character '1' in literal null (expecting 'u')"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ["{/* */}", "invalid character '/' looking for beginning of object key string"],
    ["[1,]", "invalid character ']' looking for beginning of value"],
    ["[1 2]", "invalid character '2' after array element"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
    ["\ufeff{}", "invalid character 'ï' looking for beginning of value"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u00g0"', "invalid character 'g' in \\u hexadecimal character escape"],
    ["-x", "invalid character 'x' in numeric literal"],
    ["1.x", "invalid character 'x' after decimal point in numeric literal"],
    ["1ex", "invalid character 'x' in exponent of numeric literal"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
  ];
  for (const [text, words] of cases) {
    const isThat = ({ message }: Error) =>
      message.replace(/ \(line \d+, column \d+\)$/, "") === words;
    throws(() => readFirstJson(bytes(text)), isThat, text);
  }
});

Deno.test("readFirstJson() tells the line and the column", () => {
  const message = (line: number, column: number) =>
    `invalid character 'x' looking for beginning of value (line ${line}, column ${column})`;
  throws(() => readFirstJson(bytes("x")), { message: message(1, 1) });
  throws(() => readFirstJson(bytes('{\n  "a": 1,\n  "b": x\n}')), { message: message(3, 8) });
});

Deno.test("readOnlyJson() refuses what follows, and calls a cut text by another name", () => {
  throws(() => readOnlyJson(bytes("")), { message: "unexpected end of JSON input" });
  throws(() => readOnlyJson(bytes('{"role":')), { message: "unexpected end of JSON input" });
  throws(() => readOnlyJson(bytes("{} x")), {
    message: "invalid character 'x' after top-level value (line 1, column 4)",
  });
  deepStrictEqual(readOnlyJson(bytes(" [] \n")), []);
});

Deno.test("readFirstJson() refuses nesting without end instead of running out of stack", () => {
  throws(() => readFirstJson(bytes("[".repeat(20_000))), { message: "exceeded max depth" });
});

Deno.test("readFirstJson() agrees with JSON.parse on every JSON text", () => {
  fc.assert(fc.property(fc.json(), (text) => {
    deepStrictEqual(readFirstJson(bytes(text)), JSON.parse(text));
  }));
});

Deno.test("readOnlyJson() accepts exactly what JSON.parse accepts", () => {
  const piece = fc.constantFrom(...'{}[]:,"\\ -+.0123eEtrufalsn\t'.split(""));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      const accepts = (read: () => unknown) => {
        try {
          read();
          return true;
        } catch {
          return false;
        }
      };
      strictEqual(accepts(() => readOnlyJson(bytes(text))), accepts(() => JSON.parse(text)), text);
    }),
    { numRuns: 2000 },
  );
});
