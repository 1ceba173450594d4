/**
 * Replaces files whole: whoever reads one sees the old text or the new one, and
 * a crash in between loses neither.
 *
 * Synchronous, because the core asks for it inside a turn and wants to know the
 * outcome; the files are small and change rarely.
 */

/** The mode of a file that did not exist before: keys and tags are nobody else's business. */
const newFileMode = 0o600;

/**
 * Writes `text` to `path` through a temporary file beside it.
 *
 * A file that is there keeps its mode and, if the system permits, its owner. A
 * symbolic link stays one. Where the directory does not allow a second file, as
 * when the file alone is mounted, it is overwritten in place.
 *
 * @throws what the system says if nothing worked.
 */
export function replaceFile(path: string, text: string): void {
  const target = resolveLinks(path);
  const existing = statOf(target);
  const bytes = new TextEncoder().encode(text);
  const temporary = `${target}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    writeDurably(temporary, bytes, existing?.mode ?? newFileMode);
    if (existing) keepOwner(temporary, existing);
    Deno.renameSync(temporary, target);
  } catch (error) {
    removeQuietly(temporary);
    if (!existing) throw error;
    Deno.writeFileSync(target, bytes);
  }
}

function writeDurably(path: string, bytes: Uint8Array, mode: number): void {
  using file = Deno.openSync(path, { write: true, createNew: true, mode: newFileMode });
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  if (Deno.build.os !== "windows") Deno.chmodSync(path, mode & 0o7777);
  file.syncSync();
}

function keepOwner(path: string, { uid, gid }: Deno.FileInfo): void {
  if (uid === null || gid === null) return;
  try {
    Deno.chownSync(path, uid, gid);
  } catch {
    // Only the superuser may give files away. The mode is the same either way.
  }
}

function resolveLinks(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was never made.
  }
}
