/**
 * Servers that cases need besides agents; a process of its own each, so that it
 * can run in the network of the case.
 *
 *     peers.ts close|garbage|die|silent|statsite|statsd HOST:PORT
 *
 * Prints `ready`, then what the metrics servers receive.
 */

/** An answer to the handshake with sequence number 0, without an error. */
const handshakeAnswer = Uint8Array.of(
  ...[0x82, 0xa5, ...new TextEncoder().encode("Error"), 0xa0],
  ...[0xa3, ...new TextEncoder().encode("Seq"), 0x00],
);

/** What to do with a client, by the name of the role. */
const roles: Readonly<Record<string, (connection: Deno.TcpConn) => Promise<void>>> = {
  close: (connection) => Promise.resolve(connection.close()),

  async garbage(connection) {
    await connection.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
  },

  async die(connection) {
    const buffer = new Uint8Array(4096);
    await connection.read(buffer);
    await connection.write(handshakeAnswer);
    await connection.read(buffer);
    connection.close();
  },

  silent: () => Promise.resolve(),

  async statsite(connection) {
    for await (const chunk of connection.readable) await Deno.stdout.write(chunk);
  },
};

async function main([role = "", address = ""]: readonly string[]): Promise<void> {
  const [hostname = "", port = ""] = address.split(":");
  const where = { hostname, port: Number(port) };
  if (role === "statsd") {
    const socket = Deno.listenDatagram({ transport: "udp", ...where });
    console.log("ready");
    for await (const [packet] of socket) await Deno.stdout.write(packet);
    return;
  }
  const serve = roles[role];
  if (!serve) throw new Error(`No such role: "${role}"`);
  const listener = Deno.listen(where);
  console.log("ready");
  for await (const connection of listener) serve(connection).catch(() => {});
}

if (import.meta.main) await main(Deno.args);
