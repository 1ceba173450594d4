import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { defaultConfig } from "../../../../src/agent/settings/config.ts";
import { readEncryptKey } from "../../../../src/agent/settings/encryption_key.ts";

const key = (fill: number) => new Uint8Array(32).fill(fill);
const read = (said: { encryptKey?: string; encryptFile?: string }) =>
  readEncryptKey({ ...defaultConfig, ...said });

async function withFile(text: string, body: (path: string) => void): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    body(path);
  } finally {
    await Deno.remove(path);
  }
}

/** Runs `body` with SERF_ENCRYPT_KEY set; nothing is left of that. */
function withVariable(value: string, body: () => void): void {
  Deno.env.set("SERF_ENCRYPT_KEY", value);
  try {
    body();
  } finally {
    Deno.env.delete("SERF_ENCRYPT_KEY");
  }
}

Deno.test("readEncryptKey() decodes the key, if there is one", () => {
  strictEqual(read({}), undefined);
  deepStrictEqual(read({ encryptKey: key(7).toBase64() }), key(7));
});

Deno.test("readEncryptKey() tells where a key is wrong without repeating it", () => {
  throws(() => read({ encryptKey: `${key(7).toBase64().slice(0, 9)}#secret` }), {
    message: "Invalid encryption key: illegal base64 data at input byte 9",
  });
});

Deno.test("readEncryptKey() reads the first line of a file", async () => {
  const text = key(7).toBase64();
  for (const content of [text, `${text}\n`, ` ${text} \r\nsecond line`]) {
    await withFile(content, (encryptFile) => deepStrictEqual(read({ encryptFile }), key(7)));
  }
});

Deno.test("readEncryptKey() reads no more of a file than a key can have", async () => {
  await withFile("A".repeat(1 << 20), (encryptFile) => {
    strictEqual(read({ encryptFile })?.length, 192);
  });
});

Deno.test("readEncryptKey() refuses a file that has no key, or is not there", async () => {
  for (const text of ["", "\n", `\n${key(1).toBase64()}`]) {
    await withFile(text, (encryptFile) => {
      throws(() => read({ encryptFile }), { message: `No encryption key in ${encryptFile}` });
    });
  }
  throws(() => read({ encryptFile: "/nonexistent/k" }), {
    message: "Failed to read encryption key: open /nonexistent/k: no such file or directory",
  });
});

Deno.test("readEncryptKey() refuses a key beside a file with one", () => {
  throws(() => read({ encryptKey: key(1).toBase64(), encryptFile: "f" }), {
    message: "Both an encryption key (-encrypt, encrypt_key) and a file with one (-encrypt-file, " +
      "encrypt_file) are given",
  });
});

Deno.test("readEncryptKey() takes the variable if nothing else gives a key", async () => {
  withVariable(`${key(2).toBase64()}\n`, () => {
    deepStrictEqual(read({}), key(2));
    // Event handlers inherit the environment.
    strictEqual(Deno.env.has("SERF_ENCRYPT_KEY"), false);
  });
  await withFile(key(3).toBase64(), (encryptFile) => {
    withVariable(key(2).toBase64(), () => {
      deepStrictEqual(read({ encryptKey: key(1).toBase64() }), key(1));
      deepStrictEqual(read({ encryptFile }), key(3));
    });
  });
  withVariable(
    "",
    () => throws(() => read({}), { message: "No encryption key in SERF_ENCRYPT_KEY" }),
  );
});
