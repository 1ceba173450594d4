import { deepStrictEqual, doesNotMatch, strictEqual, throws } from "node:assert/strict";
import { readKeyringFile, writeKeyringFile } from "../../../../src/agent/settings/keyring_file.ts";

async function withFile(text: string, body: (path: string) => void): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    body(path);
  } finally {
    await Deno.remove(path);
  }
}

const key = (length: number, fill: number) => new Uint8Array(length).fill(fill);

Deno.test("readKeyringFile() reads keys of all three sizes, in order", async () => {
  const keys = [key(32, 1), key(16, 2), key(24, 3)];
  await withFile(JSON.stringify(keys.map((each) => each.toBase64())), (path) => {
    deepStrictEqual(readKeyringFile(path), keys);
  });
});

Deno.test("readKeyringFile() tells what is wrong in the reference's words", async () => {
  const cases: [string, string][] = [
    ["[", "Failed to decode keyring file: unexpected end of JSON input"],
    [
      "{}",
      "Failed to decode keyring file: json: cannot unmarshal object into Go value of type []string",
    ],
    [
      "[1]",
      "Failed to decode keyring file: json: cannot unmarshal number into Go value of type string",
    ],
    ['["###"]', "Failed to decode key from keyring: illegal base64 data at input byte 0"],
    ["[]", "Keyring file contains no keys"],
    ["null", "Keyring file contains no keys"],
    ['["AAEC"]', "Failed to restore keyring: key size must be 16, 24 or 32 bytes"],
  ];
  for (const [text, message] of cases) {
    await withFile(text, (path) => throws(() => readKeyringFile(path), { message }, text));
  }
  throws(() => readKeyringFile("/nonexistent/k"), {
    message: "stat /nonexistent/k: no such file or directory",
  });
});

Deno.test("readKeyringFile() never repeats a key in an error", async () => {
  const secret = `${key(32, 7).toBase64()}!`;
  await withFile(JSON.stringify([secret]), (path) => {
    try {
      readKeyringFile(path);
    } catch (error) {
      doesNotMatch(String(error), /BwcH/);
      return;
    }
    throw new Error("The key was accepted");
  });
});

Deno.test("writeKeyringFile() writes an indented list, the first key first, without a newline", async () => {
  await withFile("", (path) => {
    writeKeyringFile(path, [key(16, 255), key(16, 0)]);
    strictEqual(
      Deno.readTextFileSync(path),
      '[\n  "/////////////////////w==",\n  "AAAAAAAAAAAAAAAAAAAAAA=="\n]',
    );
    deepStrictEqual(readKeyringFile(path), [key(16, 255), key(16, 0)]);
  });
});

Deno.test("writeKeyringFile() says why it cannot write", () => {
  throws(() => writeKeyringFile("/nonexistent/k", []), {
    message: "Failed to write keyring file: open /nonexistent/k: no such file or directory",
  });
});
