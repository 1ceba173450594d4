/**
 * Replaces files whole: a reader sees the old text or the new one, and a crash in
 * between loses neither.
 *
 * Synchronous, because the core asks for it inside a turn and wants to know the
 * outcome; the files are small and change rarely.
 */

/** The mode of a new file: only its owner reads keys and tags. */
const newFileMode = 0o600;

/** What the system says where it does not let a file be replaced. */
const noReplacing: readonly unknown[] = ["EACCES", "EPERM", "EROFS", "EBUSY", "EXDEV"];

/**
 * Writes `text`, which is JSON, to `path` through a temporary file beside it.
 *
 * A file that is there keeps its mode and, if the system permits, its owner. A symbolic link
 * stays one. Where the system does not let a file be replaced, as when the file alone is
 * mounted, it is overwritten in place.
 *
 * @throws what the system says if that fails, for instance on a full disk. The old text is
 * still there then.
 */
export function replaceFile(path: string, text: string): void {
  const target = quietly(() => Deno.realPathSync(path)) ?? path;
  const existing = quietly(() => Deno.statSync(target));
  const bytes = new TextEncoder().encode(text);
  const temporary = `${target}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    writeDurably(temporary, bytes, existing);
    Deno.renameSync(temporary, target);
  } catch (error) {
    quietly(() => Deno.removeSync(temporary));
    if (!existing || !permitsNoReplacing(error)) throw error;
    overwrite(target, bytes);
  }
}

/**
 * Writes a file that only its owner reads, where there is none.
 *
 * @throws what the system says if that fails, or there is a file already.
 */
export function createFile(path: string, text: string): void {
  writeDurably(path, new TextEncoder().encode(text));
}

/**
 * Removes the temporary files that a crash left beside `path`.
 *
 * Those of a writer that still runs are locked, and those of somebody else have another owner
 * than the file: both stay.
 */
export function removeLeftovers(path: string): void {
  const target = quietly(() => Deno.realPathSync(path)) ?? path;
  const [, folder = "", name = ""] = /^(.*[\\/])?(.*)$/s.exec(target) ?? [];
  const owner = quietly(() => Deno.statSync(target))?.uid;
  quietly(() => {
    for (const entry of Deno.readDirSync(folder || ".")) {
      const suffix = entry.name.startsWith(name) ? entry.name.slice(name.length) : "";
      if (!entry.isFile || !/^\.[0-9a-f]{8}\.tmp$/.test(suffix)) continue;
      quietly(() => removeLeftover(folder + entry.name, owner));
    }
  });
}

function removeLeftover(path: string, owner: number | null | undefined): void {
  using file = Deno.openSync(path, { read: true, write: true });
  const { uid } = file.statSync();
  // The superuser gives a file away only once it is written.
  if ((uid === owner || uid === 0) && file.tryLockSync(true)) Deno.removeSync(path);
}

/** Writes a new file; `existing` is the one that it is to replace. */
function writeDurably(path: string, bytes: Uint8Array, existing?: Deno.FileInfo): void {
  using file = Deno.openSync(path, { write: true, createNew: true, mode: newFileMode });
  try {
    quietly(() => file.tryLockSync(true));
    writeAll(file, bytes);
    if (existing) keepOwnerAndMode(path, existing);
    file.syncSync();
  } catch (error) {
    quietly(() => Deno.removeSync(path));
    throw error;
  }
}

function permitsNoReplacing(error: unknown): boolean {
  if (error instanceof Deno.errors.NotCapable) return true;
  return error instanceof Error && "code" in error && noReplacing.includes(error.code);
}

/**
 * Overwrites a file in place.
 *
 * Blanks, 0x20, mean nothing in JSON. They are put behind the old text until the file is as long as
 * the new one: that fails where there is no room, and does no harm. Then the new text, with
 * blanks as well, takes the place of all by one call, and the blanks go. Whenever the process
 * is killed, the file holds the old text or the new one.
 */
function overwrite(path: string, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { write: true });
  const { size } = file.statSync();
  const padded = new Uint8Array(Math.max(size, bytes.length)).fill(0x20);
  try {
    file.seekSync(size, Deno.SeekMode.Start);
    writeAll(file, padded.subarray(size));
  } catch (error) {
    file.truncateSync(size);
    throw error;
  }
  padded.set(bytes);
  file.seekSync(0, Deno.SeekMode.Start);
  writeAll(file, padded);
  file.syncSync();
  file.truncateSync(bytes.length);
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(file.writeSync(rest));
}

function keepOwnerAndMode(path: string, { mode, uid, gid }: Deno.FileInfo): void {
  // Only the superuser may give files away. The mode is the same either way.
  if (uid !== null && gid !== null) quietly(() => Deno.chownSync(path, uid, gid));
  if (Deno.build.os !== "windows") Deno.chmodSync(path, (mode ?? newFileMode) & 0o7777);
}

/** Does what may fail without harm. */
function quietly<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
