/**
 * How many bytes does a victim outside of the cluster get for each byte that an attacker sends to
 * a member, for everything that names the address that its answer goes to?
 */

import { encodeText } from "../../../src/bytes/text.ts";
import { queryFlag, type QueryMessage } from "../../../src/serf/queries/query_messages.ts";
import { type Ping, writeIndirectPing, writePing } from "../../../src/wire/pings.ts";
import { measured, type Measurement } from "../../lab/comparison.ts";
import { ipBytes, message, queryPacket } from "../../lab/frames.ts";
import { ratioAtMost } from "../../lab/goal.ts";
import { delay } from "../../lab/waiting.ts";
import { type Attack, startVictims } from "./attack.ts";

const members = 8;
const port = 7946;
const requests = 100;
/** Answers take their time, nacks most of all. */
const patience = 3000;

/** Makes the n-th request, so that the answer goes to `victim`. */
type Make = (n: number, victim: string) => Uint8Array;

function ping(n: number, victim: string, sourceNode: string): Ping {
  return { seq: n, node: "", sourceIp: ipBytes(victim), sourcePort: port, sourceNode };
}

function query(more: Partial<QueryMessage>): Make {
  return (n, victim) =>
    queryPacket({ ltime: 1000 + n, id: n, ip: ipBytes(victim), port, flags: 0, ...more });
}

const wantsAck = { flags: queryFlag.wantsAck };
const makers: Readonly<Record<string, Make>> = {
  "ping": (n, victim) => message(writePing, ping(n, victim, "")),
  "ping in a member's name": (n, victim) => message(writePing, ping(n, victim, "n1")),
  "indirect ping": (n, victim) =>
    message(writeIndirectPing, {
      ...ping(n, victim, "n1"),
      node: "nobody",
      targetIp: ipBytes(victim),
      targetPort: port,
      nack: true,
    }),
  "query with acks": query(wantsAck),
  "query with acks, 7 relays": query({ ...wantsAck, relayFactor: 7 }),
  "conflict query": query({ name: "_serf_conflict", payload: encodeText("n3") }),
  "conflict query, 7 relays": query({
    ...wantsAck,
    name: "_serf_conflict",
    payload: encodeText("n3"),
    relayFactor: 7,
  }),
};

export const reflection: Attack = async (kind) => {
  await using victims = await startVictims(kind, members, ["-tag=role=web"]);
  const to = victims.agents[0]!.ip;
  const results: Measurement[] = [];
  for (const [at, [request, make]] of Object.entries(makers).entries()) {
    const factor = await reflect(to, `127.66.9.${at + 1}`, (n, victim) =>
      // A query's time and number tell it from those before.
      make(n + at * requests, victim));
    results.push(measured(`reflected: ${request}`, factor, "×", ratioAtMost(0.5)));
  }
  return results;
};

/** Bytes of datagrams received for each that was sent, without the headers of UDP and IP. */
async function reflect(to: string, victim: string, make: Make): Promise<number> {
  const attacker = Deno.listenDatagram({ transport: "udp", hostname: "127.66.9.100", port: 0 });
  const socket = Deno.listenDatagram({ transport: "udp", hostname: victim, port });
  let [sent, received] = [0, 0];
  const weighing = (async () => {
    for await (const [packet] of socket) received += packet.length;
  })();
  for (let n = 0; n < requests; n++) {
    const packet = make(n, victim);
    sent += packet.length;
    await attacker.send(packet, { transport: "udp", hostname: to, port });
    await delay(10);
  }
  await delay(patience);
  attacker.close();
  socket.close();
  await weighing;
  return received / sent;
}
