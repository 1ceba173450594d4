/**
 * Log lines for the system's log daemon (agent.md section 13): a LogTape sink
 * on the daemon's socket.
 *
 * Deno has no datagram sockets of the Unix kind in its stable API, so they come
 * from the unstable part that the gossip needs as well.
 */

import type { LogLevel, LogRecord, Sink } from "@logtape/logtape";
import type { Milliseconds } from "../../ports/clock.ts";

const sockets = ["/dev/log", "/var/run/syslog", "/var/run/log"];

const facilities = "KERN USER MAIL DAEMON AUTH SYSLOG LPR NEWS UUCP CRON AUTHPRIV FTP".split(" ");

/** Levels by the daemon's number of their severity, from 2 on. */
const severities: readonly LogLevel[] = ["fatal", "error", "warning", "info", "debug", "trace"];

export interface Syslog {
  readonly sink: Sink;
  /** Disconnects once what waits is delivered, or after a second. */
  close(): Promise<void>;
}

/** How many lines may wait for the daemon; later ones are dropped. */
const waitingLimit = 1024;
/** How long to wait for a daemon that takes no lines before disconnecting. */
const closingLimit: Milliseconds = 1000;

/**
 * Connects to the first daemon found, and again should it start anew.
 *
 * @throws {Error} `invalid syslog facility: X` or `Unix syslog delivery error`.
 */
export async function openSyslog(
  facility: string,
  paths: readonly string[] = sockets,
): Promise<Syslog> {
  const number = facilityNumber(facility);
  let sender: Sender | undefined = await connect(paths);
  const deliver = async (bytes: Uint8Array) => {
    try {
      if (sender) return await sender.write(bytes);
    } catch {
      // The daemon may have started anew.
      sender?.close();
      sender = undefined;
    }
    sender = await connect(paths);
    return await sender.write(bytes);
  };
  let waiting = 0;
  let queue: Promise<unknown> = Promise.resolve();
  const sink = (record: LogRecord) => {
    if (waiting >= waitingLimit) return;
    waiting++;
    const bytes = new TextEncoder().encode(formatMessage(record, number));
    // A line that cannot be delivered is lost: there is nowhere to say so.
    queue = queue.then(() => deliver(bytes)).catch(() => {}).finally(() => waiting--);
  };
  const close = async () => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, closingLimit));
    await Promise.race([queue, late]);
    clearTimeout(timer);
    sender?.close();
    sender = undefined;
  };
  return { sink, close };
}

/** Prints `<PRI>Mmm dd hh:mm:ss serf[PID]: TEXT` and a newline. */
export function formatMessage(record: LogRecord, facility: number): string {
  const priority = facility * 8 + 2 + severities.indexOf(record.level);
  const component = record.category.length === 0 ? "" : `${record.category.join(".")}: `;
  const time = formatStamp(new Date(record.timestamp));
  return `<${priority}>${time} serf[${Deno.pid}]: ${component}${record.message.join("")}\n`;
}

/** The runtime prints `Tue Nov 03 2026 04:05:06 GMT…`, the daemon wants `Nov  3 04:05:06`. */
function formatStamp(date: Date): string {
  const [, month, , , time] = date.toString().split(" ");
  return `${month} ${String(date.getDate()).padStart(2)} ${time}`;
}

function facilityNumber(name: string): number {
  const upper = name.toUpperCase();
  const local = /^LOCAL([0-7])$/.exec(upper);
  if (local) return 16 + Number(local[1]);
  const number = facilities.indexOf(upper);
  if (number >= 0) return number;
  throw new Error(`invalid syslog facility: ${name}`);
}

interface Sender {
  write(bytes: Uint8Array): Promise<unknown>;
  close(): void;
}

async function connect(paths: readonly string[]): Promise<Sender> {
  for (const path of paths) {
    const sender = await connectTo(path);
    if (sender) return sender;
  }
  throw new Error("Unix syslog delivery error");
}

/** Connects to a socket of either kind. A stream connection tells which it is, and if it lives. */
async function connectTo(path: string): Promise<Sender | undefined> {
  try {
    const connection = await Deno.connect({ transport: "unix", path });
    return {
      async write(bytes) {
        for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
      },
      close: () => connection.close(),
    };
  } catch (error) {
    // The platform has no code for this one: EPROTOTYPE, the socket is of the other kind.
    const isOtherKind = error instanceof Error && /wrong type for socket/i.test(error.message);
    return isOtherKind ? await connectPackets(path) : undefined;
  }
}

/** Unix datagrams need a name of their own to be sent from. */
async function connectPackets(path: string): Promise<Sender> {
  const directory = await Deno.makeTempDir({ prefix: "serf-syslog-" });
  const own = Deno.listenDatagram({ transport: "unixpacket", path: `${directory}/socket` });
  return {
    write: (bytes) => own.send(bytes, { transport: "unixpacket", path }),
    close() {
      own.close();
      Deno.removeSync(directory, { recursive: true });
    },
  };
}
