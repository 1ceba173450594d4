import assert from "node:assert/strict";
import { listenOnSocket } from "../../../../src/agent/clients/unix_socket.ts";

// Windows has no such sockets.
const onUnix = { ignore: Deno.build.os === "windows" };

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Leaves a socket behind, as a crash does. */
async function abandon(path: string): Promise<void> {
  const script = `Deno.listen({ transport: "unix", path: "${path}" }); Deno.kill(Deno.pid, 9);`;
  await new Deno.Command(Deno.execPath(), { args: ["eval", script], stderr: "null" }).output();
  assert((await Deno.lstat(path)).isSocket);
}

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

Deno.test(
  "listenOnSocket() makes a socket for its owner alone, and removes it",
  onUnix,
  async () => {
    await inFolder(async (folder) => {
      const listener = await listenOnSocket(`${folder}/s`);
      assert.equal(((await Deno.stat(`${folder}/s`)).mode ?? 0) & 0o777, 0o600);
      listener.close();
      assert.deepEqual(await names(folder), []);
    });
  },
);

Deno.test("listenOnSocket() takes over what a crash left behind", onUnix, async () => {
  await inFolder(async (folder) => {
    await abandon(`${folder}/s`);
    const listener = await listenOnSocket(`${folder}/s`);
    assert.deepEqual(await names(folder), ["s"]);
    const accepted = listener.accept();
    (await Deno.connect({ transport: "unix", path: `${folder}/s` })).close();
    (await accepted).close();
    listener.close();
  });
});

Deno.test("listenOnSocket() leaves a live socket and any other file alone", onUnix, async () => {
  await inFolder(async (folder) => {
    const first = await listenOnSocket(`${folder}/s`);
    await assert.rejects(listenOnSocket(`${folder}/s`), Deno.errors.AddrInUse);
    const accepted = first.accept();
    (await Deno.connect({ transport: "unix", path: `${folder}/s` })).close();
    (await accepted).close();
    first.close();

    await Deno.writeTextFile(`${folder}/file`, "precious");
    await Deno.symlink(`${folder}/file`, `${folder}/link`);
    for (const name of ["file", "link"]) {
      await assert.rejects(listenOnSocket(`${folder}/${name}`), Deno.errors.AddrInUse);
    }
    assert.equal(await Deno.readTextFile(`${folder}/link`), "precious");
    assert.deepEqual(await names(folder), ["file", "link"]);
  });
});

Deno.test("listenOnSocket() removes nothing that took its socket's place", onUnix, async () => {
  await inFolder(async (folder) => {
    const listener = await listenOnSocket(`${folder}/s`);
    await Deno.remove(`${folder}/s`);
    const next = await listenOnSocket(`${folder}/s`);
    listener.close();
    assert.deepEqual(await names(folder), ["s"]);
    next.close();
    assert.deepEqual(await names(folder), []);
  });
});

Deno.test("listenOnSocket() takes paths as long as the system does", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/`.padEnd(107, "s");
    const listener = await listenOnSocket(path);
    (await Deno.connect({ transport: "unix", path })).close();
    listener.close();
    await assert.rejects(listenOnSocket(`${path}s`), /SUN_LEN/);
    assert.deepEqual(await names(folder), []);
  });
});
