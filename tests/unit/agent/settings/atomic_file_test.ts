import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import {
  createFile,
  removeLeftovers,
  replaceFile,
} from "../../../../src/agent/settings/atomic_file.ts";

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

/** Lets renaming fail with a code, for as long as `body` runs. */
function refusingRename(code: string, body: () => void): void {
  const { renameSync } = Deno;
  Deno.renameSync = () => {
    throw Object.assign(new Error(code), { code });
  };
  try {
    body();
  } finally {
    Deno.renameSync = renameSync;
  }
}

/** A disk with so many bytes of room. */
function withRoom(room: number, body: () => void): void {
  const { writeSync } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.writeSync = function (bytes) {
    if (room === 0) throw Object.assign(new Error("full"), { code: "ENOSPC" });
    const written = writeSync.call(this, bytes.subarray(0, room));
    room -= written;
    return written;
  };
  try {
    body();
  } finally {
    Deno.FsFile.prototype.writeSync = writeSync;
  }
}

Deno.test("replaceFile() leaves the old text alone when there is no room for the new one", async () => {
  await inDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/f`, "[1]");
    for (const room of [0, 3]) {
      withRoom(
        room,
        () => throws(() => replaceFile(`${directory}/f`, "[1, 2]"), { code: "ENOSPC" }),
      );
    }
    for (const code of ["ENOSPC", "EDQUOT", "EIO"]) {
      refusingRename(code, () => {
        throws(() => replaceFile(`${directory}/f`, "[1, 2]"), { code });
      });
    }
    strictEqual(Deno.readTextFileSync(`${directory}/f`), "[1]");
    deepStrictEqual(names(directory), ["f"]);
  });
});

Deno.test("replaceFile() overwrites in place what the system does not let it replace", async () => {
  await inDirectory((directory) => {
    const path = `${directory}/f`;
    for (const code of ["EBUSY", "EXDEV", "EACCES", "EPERM", "EROFS"]) {
      for (const [before, after] of [["[1, 2]", "[3]"], ["[3]", "[4, 5]"], ["[1]", "[2]"]]) {
        Deno.writeTextFileSync(path, before!);
        refusingRename(code, () => replaceFile(path, after!));
        strictEqual(Deno.readTextFileSync(path), after);
      }
    }
    deepStrictEqual(names(directory), ["f"]);
  });
});

Deno.test("replaceFile() overwrites only with room for the new text", async () => {
  await inDirectory((directory) => {
    const path = `${directory}/f`;
    Deno.writeTextFileSync(path, "[1]");
    refusingRename("EBUSY", () => {
      // The temporary file takes six bytes; then three more are needed, of which there are two.
      withRoom(8, () => throws(() => replaceFile(path, "[1, 2]"), { code: "ENOSPC" }));
    });
    strictEqual(Deno.readTextFileSync(path), "[1]");
  });
});

Deno.test("replaceFile() that is killed while it overwrites leaves the old text or the new one", async () => {
  await inDirectory((directory) => {
    const path = `${directory}/f`;
    const { writeSync, truncateSync } = Deno.FsFile.prototype;
    const seen: unknown[] = [];
    const look = () => seen.push(JSON.parse(Deno.readTextFileSync(path)));
    Deno.FsFile.prototype.writeSync = function (bytes) {
      const written = writeSync.call(this, bytes);
      look();
      return written;
    };
    Deno.FsFile.prototype.truncateSync = function (length) {
      look();
      truncateSync.call(this, length);
    };
    try {
      Deno.writeTextFileSync(path, "[1]");
      refusingRename("EBUSY", () => {
        replaceFile(path, "[1,2,3]");
        replaceFile(path, "[4]");
      });
    } finally {
      Object.assign(Deno.FsFile.prototype, { writeSync, truncateSync });
    }
    const steps = [...new Set(seen.map((value) => JSON.stringify(value)))];
    deepStrictEqual(steps, ["[1]", "[1,2,3]", "[4]"]);
  });
});

Deno.test("createFile() makes a file that only its owner reads, and overwrites none", async () => {
  await inDirectory((directory) => {
    const path = `${directory}/f`;
    createFile(path, "text");
    strictEqual(mode(path), "600");
    throws(() => createFile(path, "other"), Deno.errors.AlreadyExists);
    strictEqual(Deno.readTextFileSync(path), "text");

    withRoom(2, () => throws(() => createFile(`${directory}/g`, "text"), { code: "ENOSPC" }));
    deepStrictEqual(names(directory), ["f"]);
  });
});

Deno.test("removeLeftovers() removes what a killed writer left, and nothing else", async () => {
  await inDirectory((directory) => {
    const others = [
      "f",
      "f.tmp",
      "f.0123456.tmp",
      "f.012345678.tmp",
      "f.0123abcZ.tmp",
      "g.0123abcd.tmp",
    ];
    for (const name of [...others, "f.0123abcd.tmp", "f.89abcdef.tmp", "f.00000000.tmp"]) {
      Deno.writeTextFileSync(`${directory}/${name}`, "");
    }
    Deno.mkdirSync(`${directory}/f.11111111.tmp`);
    Deno.symlinkSync("f", `${directory}/f.22222222.tmp`);
    // A writer that still runs holds the lock.
    using running = Deno.openSync(`${directory}/f.00000000.tmp`, { write: true });
    running.lockSync(true);
    removeLeftovers(`${directory}/f`);
    deepStrictEqual(
      names(directory).sort(),
      [...others, "f.00000000.tmp", "f.11111111.tmp", "f.22222222.tmp"].sort(),
    );
    removeLeftovers("/nonexistent/f");
  });
});

Deno.test({
  name: "removeLeftovers() leaves the files of other users alone",
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  fn: () =>
    inDirectory((directory) => {
      for (const name of ["f", "f.0123abcd.tmp", "f.89abcdef.tmp"]) {
        Deno.writeTextFileSync(`${directory}/${name}`, "");
      }
      Deno.chownSync(`${directory}/f.0123abcd.tmp`, 1234, 1234);
      removeLeftovers(`${directory}/f`);
      deepStrictEqual(names(directory).sort(), ["f", "f.0123abcd.tmp"]);
    }),
});
