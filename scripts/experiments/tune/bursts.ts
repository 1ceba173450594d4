/**
 * Acks that come all at once to a member that is busy: how many its socket keeps. That is
 * why a leaving member asks a limited number for confirmation.
 */

/** An ack of a query, as long as it is on the wire with names of some ten letters. */
const ack = new Uint8Array(100);
const hostname = "127.76.9.1";

export async function bursts(): Promise<string[][]> {
  const rows = [["sent", "kept"]];
  for (const sent of [64, 128, 256, 512, 1024]) rows.push([String(sent), String(await kept(sent))]);
  return rows;
}

/** Sends datagrams to a socket, and only then reads. */
async function kept(sent: number): Promise<number> {
  const receiver = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  const sender = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  for (let i = 0; i < sent; i++) await sender.send(ack, receiver.addr);
  sender.close();
  setTimeout(() => receiver.close(), 100);
  let count = 0;
  for await (const _ of receiver) count++;
  return count;
}
