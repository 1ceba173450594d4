/**
 * How many bytes does a victim outside of the cluster get for each byte that an attacker sends to
 * a member, for everything that names the address that its answer goes to?
 */

import { encodeText } from "../../../src/bytes/text.ts";
import { queryFlag, type QueryMessage } from "../../../src/serf/queries/query_messages.ts";
import { type Ping, writeIndirectPing, writePing } from "../../../src/wire/pings.ts";
import type { Kind } from "../../lab/agents.ts";
import { type Measure, measured, type Measurement } from "../../lab/comparison.ts";
import { gossipPort as port } from "../../lab/fakes/fake_member.ts";
import { ipBytes, message, queryPacket } from "../../lab/fakes/frames.ts";
import { ratioAtMost } from "../../lab/goal.ts";
import { delay } from "../../lab/waiting.ts";
import { startVictims } from "./victims.ts";

const members = 8;
const requests = 100;
/** How long the last answers may take, nacks most of all; in milliseconds. */
const patience = 3000;

/** Makes the n-th request, so that the answer goes to `victim`. */
type Make = (n: number, victim: string) => Uint8Array;

function ping(n: number, victim: string, sourceNode: string): Ping {
  return { seq: n, node: "", sourceIp: ipBytes(victim), sourcePort: port, sourceNode };
}

function query(more: Partial<QueryMessage>): Make {
  return (n, victim) => queryPacket({ ltime: 1000 + n, id: n, ip: ipBytes(victim), port, ...more });
}

const acked = { flags: queryFlag.wantsAck };
const conflict = { name: "_serf_conflict", payload: encodeText("n3") };
const makers: Readonly<Record<string, Make>> = {
  "ping": (n, victim) => message(writePing, ping(n, victim, "")),
  "ping in a member's name": (n, victim) => message(writePing, ping(n, victim, "n1")),
  "indirect ping": (n, victim) => {
    const target = { node: "nobody", targetIp: ipBytes(victim), targetPort: port, nack: true };
    return message(writeIndirectPing, { ...ping(n, victim, "n1"), ...target });
  },
  "query with acks": query(acked),
  "query with acks, 7 relays": query({ ...acked, relayFactor: 7 }),
  "conflict query": query(conflict),
  "conflict query, 7 relays": query({ ...acked, ...conflict, relayFactor: 7 }),
};

export const reflection: Measure<Kind> = async (kind) => {
  await using victims = await startVictims(kind, members, { args: ["-tag=role=web"] });
  const to = victims.agents[0]!.ip;
  const results: Measurement[] = [];
  for (const [at, [request, make]] of Object.entries(makers).entries()) {
    // A query's time and number tell it from those before.
    const next: Make = (n, victim) => make(n + at * requests, victim);
    const factor = await reflect(to, `127.66.9.${at + 1}`, next);
    results.push(measured(`reflected: ${request}`, factor, "×", ratioAtMost(0.5)));
  }
  return results;
};

/** Bytes of datagrams received for each that was sent, without the headers of UDP and IP. */
async function reflect(to: string, victim: string, make: Make): Promise<number> {
  const attacker = Deno.listenDatagram({ transport: "udp", hostname: "127.66.9.100", port: 0 });
  const socket = Deno.listenDatagram({ transport: "udp", hostname: victim, port });
  let [sent, received] = [0, 0];
  const receiving = (async () => {
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
  await receiving;
  return received / sent;
}
