/**
 * Log lines for the system's log daemon (agent.md section 13): a LogTape sink
 * on the daemon's socket.
 *
 * Deno has no datagram sockets of the Unix kind in its stable API, so they come
 * from the unstable part that the gossip needs as well.
 */

import type { LogLevel, LogRecord, Sink } from "@logtape/logtape";

const sockets = ["/dev/log", "/var/run/syslog", "/var/run/log"];

const facilities: readonly string[] = [
  "KERN",
  "USER",
  "MAIL",
  "DAEMON",
  "AUTH",
  "SYSLOG",
  "LPR",
  "NEWS",
  "UUCP",
  "CRON",
  "AUTHPRIV",
  "FTP",
];

const severities: Readonly<Record<LogLevel, number>> = {
  trace: 7,
  debug: 6,
  info: 5,
  warning: 4,
  error: 3,
  fatal: 2,
};

/** A connection to the daemon. */
export interface Syslog {
  readonly sink: Sink;
  close(): void;
}

/** How many lines may wait for the daemon; later ones are dropped. */
const waitingLimit = 1024;

/**
 * Connects to the first daemon found.
 *
 * @throws {Error} `invalid syslog facility: X` or `Unix syslog delivery error`.
 */
export async function openSyslog(
  facility: string,
  paths: readonly string[] = sockets,
): Promise<Syslog> {
  const number = facilityNumber(facility);
  const send = await connect(paths);
  let waiting = 0;
  let queue: Promise<unknown> = Promise.resolve();
  const sink = (record: LogRecord) => {
    if (waiting >= waitingLimit) return;
    waiting++;
    const bytes = new TextEncoder().encode(formatMessage(record, number));
    queue = queue.then(() => send.write(bytes)).catch(() => {}).finally(() => waiting--);
  };
  return { sink, close: send.close };
}

/** Prints `<PRI>Mmm dd hh:mm:ss serf[PID]: TEXT` and a newline. */
export function formatMessage(record: LogRecord, facility: number): string {
  const priority = facility * 8 + severities[record.level];
  const component = record.category.length === 0 ? "" : `${record.category.join(".")}: `;
  const time = formatStamp(new Date(record.timestamp));
  return `<${priority}>${time} serf[${Deno.pid}]: ${component}${record.message.join("")}\n`;
}

function formatStamp(date: Date): string {
  const month = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ")[date.getMonth()];
  const two = (value: number) => String(value).padStart(2, "0");
  const day = String(date.getDate()).padStart(2, " ");
  return `${month} ${day} ${two(date.getHours())}:${two(date.getMinutes())}:${
    two(date.getSeconds())
  }`;
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
    return { write: (bytes) => connection.write(bytes), close: () => connection.close() };
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
