import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { replaceFile } from "../../../src/agent/atomic_file.ts";

async function inDirectory(body: (directory: string) => void): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const names = (directory: string) => [...Deno.readDirSync(directory)].map(({ name }) => name);
const mode = (path: string) => ((Deno.statSync(path).mode ?? 0) & 0o777).toString(8);

Deno.test("replaceFile() makes a file that only its owner reads, and leaves nothing beside it", async () => {
  await inDirectory((directory) => {
    replaceFile(`${directory}/f`, "text\n");
    strictEqual(Deno.readTextFileSync(`${directory}/f`), "text\n");
    strictEqual(mode(`${directory}/f`), "600");
    deepStrictEqual(names(directory), ["f"]);
  });
});

Deno.test("replaceFile() keeps the mode of a file that is there", async () => {
  await inDirectory((directory) => {
    const path = `${directory}/f`;
    Deno.writeTextFileSync(path, "a longer text than the new one");
    Deno.chmodSync(path, 0o640);
    replaceFile(path, "new");
    strictEqual(Deno.readTextFileSync(path), "new");
    strictEqual(mode(path), "640");
  });
});

Deno.test("replaceFile() never shows a reader half of the text", async () => {
  await inDirectory((directory) => {
    const path = `${directory}/f`;
    Deno.writeTextFileSync(path, "old");
    using before = Deno.openSync(path);
    replaceFile(path, "new text");
    const buffer = new Uint8Array(16);
    const read = before.readSync(buffer) ?? 0;
    strictEqual(new TextDecoder().decode(buffer.subarray(0, read)), "old");
  });
});

Deno.test("replaceFile() writes through a symbolic link", async () => {
  await inDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/target`, "old");
    Deno.symlinkSync("target", `${directory}/link`);
    replaceFile(`${directory}/link`, "new");
    strictEqual(Deno.readTextFileSync(`${directory}/target`), "new");
    strictEqual(Deno.lstatSync(`${directory}/link`).isSymlink, true);
  });
});

Deno.test("replaceFile() throws where there is no such directory", () => {
  throws(() => replaceFile("/nonexistent/f", "x"), Deno.errors.NotFound);
});
