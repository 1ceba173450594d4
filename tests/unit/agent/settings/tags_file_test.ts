import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { readTagsFile, writeTagsFile } from "../../../../src/agent/settings/tags_file.ts";

async function withFile(text: string, body: (path: string) => void): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    body(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("readTagsFile() reads an object of texts, whatever its keys are called", async () => {
  await withFile('{"role": "web", "__proto__": "x", "none": null}', (path) => {
    deepStrictEqual([...readTagsFile(path) ?? []], [
      ["role", "web"],
      ["__proto__", "x"],
      ["none", ""],
    ]);
  });
  await withFile("null", (path) => strictEqual(readTagsFile(path)?.size, 0));
});

Deno.test("readTagsFile() returns nothing for a file that is not there", () => {
  strictEqual(readTagsFile("/nonexistent/tags.json"), undefined);
});

Deno.test("readTagsFile() tells what is wrong in the reference's words", async () => {
  const cases: [string, string][] = [
    ['{"role":', "unexpected end of JSON input"],
    ["", "unexpected end of JSON input"],
    ['{"role":1}', "json: cannot unmarshal number into Go value of type string"],
    ["[1]", "json: cannot unmarshal array into Go value of type map[string]string"],
    ["true", "json: cannot unmarshal bool into Go value of type map[string]string"],
  ];
  for (const [text, reason] of cases) {
    await withFile(text, (path) => {
      throws(() => readTagsFile(path), { message: `Failed to decode tags file: ${reason}` });
    });
  }
  const folder = await Deno.makeTempDir();
  throws(() => readTagsFile(folder), /Failed to read tags file: /);
  await Deno.remove(folder);
});

Deno.test("writeTagsFile() sorts keys, indents, and ends without a newline", async () => {
  await withFile("", (path) => {
    writeTagsFile(path, new Map([["b", "2"], ["a", 'x"y'], ["A", "é"]]));
    strictEqual(Deno.readTextFileSync(path), '{\n  "A": "é",\n  "a": "x\\"y",\n  "b": "2"\n}');
    writeTagsFile(path, new Map());
    strictEqual(Deno.readTextFileSync(path), "{}");
  });
});

Deno.test("readTagsFile() reads what writeTagsFile() wrote", async () => {
  const tags = new Map([["role", "a\nb"], ["x y", ""], ["ü", "\u2028"]]);
  await withFile("", (path) => {
    writeTagsFile(path, tags);
    deepStrictEqual(readTagsFile(path), new Map([...tags].sort()));
  });
});

Deno.test("writeTagsFile() says why it cannot write", () => {
  throws(() => writeTagsFile("/nonexistent/t", new Map()), {
    message: "Failed to write tags file: open /nonexistent/t: no such file or directory",
  });
});
