import assert from "node:assert/strict";
import {
  fillStub,
  packFolder,
  selfExtractingObstacle,
} from "../../../scripts/self_extracting/self_extracting.ts";

/** A packed program whose runtime is a script that prints all of its files. */
async function pack(folder: string): Promise<{ file: string; bytes: Uint8Array; whole: string }> {
  const parts = {
    deno: '#!/bin/sh\ncd "${0%/*}" && cat deno serf.js part-a.js\n',
    "serf.js": "// the entry\n",
    "part-a.js": `// ${crypto.getRandomValues(new Uint8Array(4000)).toHex()}\n`,
  };
  const scratch = `${folder}/scratch`;
  await Deno.mkdir(scratch);
  for (const [name, text] of Object.entries(parts)) {
    await Deno.writeTextFile(`${scratch}/${name}`, text, { mode: 0o755 });
  }
  const file = `${folder}/serf`;
  await packFolder(file, scratch, "0.0.0");
  return { file, bytes: await Deno.readFile(file), whole: Object.values(parts).join("") };
}

async function start(file: string, cache: string): Promise<{ code: number; stdout: string }> {
  const { code, stdout } = await new Deno.Command(file, {
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin", XDG_CACHE_HOME: cache, TMPDIR: "/proc/self/nowhere" },
    stdin: "null",
    stderr: "null",
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout) };
}

Deno.test("packFolder() makes a file that runs nothing altered, wherever its archive is damaged", {
  ignore: selfExtractingObstacle !== undefined,
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { file, bytes, whole } = await pack(folder);
    assert.deepEqual(await start(file, `${folder}/cache`), { code: 0, stdout: whole });

    const archive = bytes.findIndex((_, at) => bytes[at] === 0x1f && bytes[at + 1] === 0x8b);
    let refused = 0;
    for (let i = 0; i < 50; i++) {
      const damaged = bytes.slice();
      const at = archive + Math.floor((bytes.length - archive) * i / 50);
      damaged[at]! ^= 1 << i % 8;
      await Deno.writeFile(file, damaged, { mode: 0o755 });
      const { code, stdout } = await start(file, `${folder}/cache-${i}`);
      // Some bits of the compressed form, such as the time in its header, mean nothing.
      assert.deepEqual(
        { code, stdout },
        code === 0 ? { code, stdout: whole } : { code, stdout: "" },
      );
      if (code !== 0) refused++;
    }
    assert(refused > 40, `${refused} refused`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("packFolder() makes a file that mends what it unpacked before", {
  ignore: selfExtractingObstacle !== undefined,
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { file, whole } = await pack(folder);
    const cache = `${folder}/cache`;
    await start(file, cache);
    const [unpacked] = [...Deno.readDirSync(`${cache}/serf`)];
    for (const name of ["part-a.js", "deno", "serf.js"]) {
      await Deno.writeTextFile(
        `${cache}/serf/${unpacked?.name}/${name}`,
        "#!/bin/sh\necho altered\n",
      );
      assert.deepEqual(await start(file, cache), { code: 0, stdout: whole });
    }
    assert.deepEqual([...Deno.readDirSync(`${cache}/serf`)], [unpacked]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("fillStub() tells the script on which line the archive starts", () => {
  const stub = fillStub("#!/bin/sh\necho @NAME@\ntail -n +@ARCHIVE_LINE@\n", { NAME: "x" });
  assert.equal(stub, "#!/bin/sh\necho x\ntail -n +4\n");
  assert.equal(stub.split("\n").length, 4);
});

Deno.test("fillStub() leaves no blank", () => {
  assert.throws(() => fillStub("@A@ @OTHER@\n", { A: "1" }), /nothing fills: @OTHER@/);
});
