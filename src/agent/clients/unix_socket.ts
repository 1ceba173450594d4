/**
 * A listener on a Unix socket that is private from the start, and that tidies up:
 * it takes the place of a socket that a crash left behind, and removes its own.
 *
 * Nothing else is ever removed: no file that is no socket, and no socket that
 * somebody listens on.
 */

import { encodeText } from "../../bytes/text.ts";
import { longSocketPath } from "../../go/system_error.ts";

/** The longest path, in bytes, that clients can connect to. */
const pathLimit = Deno.build.os === "linux" ? 107 : 103;

/** A listener that takes its socket file along when it is closed. */
export type SocketListener = Pick<Deno.Listener, "accept" | "addr" | "close">;

/** Whether a platform has sockets of the kind that can be made private; this one by default. */
export function hasUnixSockets(os: string = Deno.build.os): boolean {
  return os !== "windows";
}

/**
 * Listens at `path`; only this user may connect.
 *
 * @throws what the system says, `AddrInUse` if something is there that has to stay.
 */
export async function listenOnSocket(path: string): Promise<SocketListener> {
  // The detour below would succeed, and nobody could connect.
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
 * Listens under another name and gives the socket its own afterwards: the platform
 * removes whatever is at the name it listened on when it closes, and that may by
 * then be the socket of somebody else.
 */
function listenElsewhere(path: string): Deno.UnixListener {
  // In the same folder, and short: socket addresses have room for hardly more than 100 bytes.
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
  // The mask makes the socket private from the start: setting its mode afterwards
  // would leave a moment in which anybody could connect.
  const mask = Deno.umask(0o177);
  try {
    return Deno.listen({ transport: "unix", path });
  } finally {
    Deno.umask(mask);
  }
}

/** Whether a socket is there that nobody listens on, as a crash leaves it behind. */
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
 * Removes an abandoned socket. It is put aside first and asked again there: another
 * agent may have replaced it in between, and then gets its own back.
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
    // Somebody has removed it already.
  }
}
