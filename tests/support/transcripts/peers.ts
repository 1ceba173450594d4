/**
 * Servers that cases need besides agents; a process of its own each, so that it
 * can run in the network of the case.
 *
 *     peers.ts close|garbage|die|silent|statsite|statsd HOST:PORT
 *
 * Prints `ready`, then what the metrics servers receive.
 */

const seqKey = [0xa3, ...new TextEncoder().encode("Seq")];

/** An answer without an error to the request in `header`, whose number is a small one. */
function answerTo(header: Uint8Array): Uint8Array {
  const text = new TextDecoder("latin1").decode(header);
  const seq = header[text.indexOf("Seq") + "Seq".length] ?? 0;
  return Uint8Array.of(0x82, 0xa5, ...new TextEncoder().encode("Error"), 0xa0, ...seqKey, seq);
}

function includes(bytes: Uint8Array, text: string): boolean {
  return new TextDecoder("latin1").decode(bytes).includes(text);
}

/** What to do with a client, by the name of the role. */
const roles: Readonly<Record<string, (connection: Deno.TcpConn) => Promise<void>>> = {
  close: (connection) => Promise.resolve(connection.close()),

  async garbage(connection) {
    await connection.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
  },

  async die(connection) {
    const buffer = new Uint8Array(4096);
    let length = 0;
    // The handshake is a header, and a body with one number, in as many pieces as it pleases.
    while (!includes(buffer.subarray(0, length), "Version")) {
      const count = await connection.read(buffer.subarray(length));
      if (count === null) return connection.close();
      length += count;
    }
    await connection.write(answerTo(buffer));
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
