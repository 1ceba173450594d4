/**
 * A listener on a Unix socket that is private from the start: it replaces a socket that
 * a crash left behind, and removes its own when it closes.
 *
 * Other files, and sockets in use, are never removed.
 */

import { encodeText } from "../../bytes/text.ts";
import { longSocketPath } from "../../go/system_error.ts";

/** The longest path, in bytes, that clients can connect to. */
const pathLimit = Deno.build.os === "linux" ? 107 : 103;

/** What clients come in through. */
export type ClientListener = Pick<Deno.Listener, "accept" | "addr" | "close">;

/** Whether a platform, by default this one, has sockets that can be made private. */
export function hasUnixSockets(os: string = Deno.build.os): boolean {
  return os !== "windows";
}

/**
 * Listens at `path`; only this user may connect. The socket is removed on closing.
 *
 * @throws what the system says, `AddrInUse` if something is there that has to stay.
 */
export async function listenOnSocket(path: string): Promise<ClientListener> {
  // To listen under another name would succeed, but clients could not connect.
  if (encodeText(path).length > pathLimit) throw new TypeError(longSocketPath);
  if (await isAbandoned(path)) await removeAbandoned(path);
  const listener = listenElsewhere(path);
  const own = Deno.lstatSync(path);
  return {
    accept: () => listener.accept(),
    addr: { transport: "unix", path },
    close() {
      listener.close();
      removeIfSame(path, own);
    },
  };
}

/**
 * Listens under another name and renames the socket afterwards: on closing, the platform
 * removes what is at the name it listened on, which may by then be another agent's socket.
 */
function listenElsewhere(path: string): Deno.UnixListener {
  // In the same folder, and short, because of the limit on paths.
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const temporary = `${folder}.${crypto.randomUUID().slice(0, 4)}`;
  const listener = listenPrivately(temporary);
  try {
    Deno.linkSync(temporary, path);
    Deno.removeSync(temporary);
    return listener;
  } catch (error) {
    listener.close();
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new Deno.errors.AddrInUse("Address already in use", { cause: error });
  }
}

function listenPrivately(path: string): Deno.UnixListener {
  // Setting the mode afterwards would leave a moment in which anybody could connect.
  const mask = Deno.umask(0o177);
  try {
    return Deno.listen({ transport: "unix", path });
  } finally {
    Deno.umask(mask);
  }
}

/** Whether a crash left a socket there, on which no process listens. */
async function isAbandoned(path: string): Promise<boolean> {
  try {
    if (!(await Deno.lstat(path)).isSocket) return false;
    (await Deno.connect({ transport: "unix", path })).close();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.ConnectionRefused;
  }
}

/**
 * Removes an abandoned socket. It is put aside first and tested again: if another agent
 * has replaced it in between, that one gets its own back.
 */
async function removeAbandoned(path: string): Promise<void> {
  const aside = `${path}.${crypto.randomUUID().slice(0, 8)}.old`;
  await Deno.rename(path, aside);
  if (await isAbandoned(aside)) await Deno.remove(aside);
  else await Deno.rename(aside, path);
}

/** Removes the file, unless something else has taken its place. */
function removeIfSame(path: string, own: Deno.FileInfo): void {
  try {
    const { dev, ino } = Deno.lstatSync(path);
    if (dev === own.dev && ino === own.ino) Deno.removeSync(path);
  } catch {
    // It is gone already.
  }
}
