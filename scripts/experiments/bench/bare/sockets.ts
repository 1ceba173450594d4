/** A program that has an agent's sockets, and nothing else. */

const hostname = Deno.args[0] ?? "127.0.0.1";
const packets = Deno.listenDatagram({ transport: "udp", hostname, port: 7946 });
const streams = Deno.listen({ hostname, port: 7946 });
const clients = Deno.listen({ hostname, port: 7373 });
await Promise.all([packets.receive(), streams.accept(), clients.accept()]);
