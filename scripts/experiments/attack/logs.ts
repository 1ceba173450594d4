/** Can packets fill a disk through the log? Every way to have an agent write a line, one by one. */

import { encodeText } from "../../../src/bytes/text.ts";
import { writeEvent } from "../../../src/serf/events/event_message.ts";
import { writeJoin, writeLeave } from "../../../src/serf/intent_messages.ts";
import { writeRelayHeader, writeResponse } from "../../../src/serf/queries/query_messages.ts";
import { encodeTags } from "../../../src/serf/tags.ts";
import { writeAlive, writeDead, writeSuspect } from "../../../src/wire/claims.ts";
import { messageType } from "../../../src/wire/message_type.ts";
import { writeIndirectPing, writePing } from "../../../src/wire/pings.ts";
import { writeUserMessage } from "../../../src/wire/user_message.ts";
import type { Kind } from "../../lab/agents.ts";
import { type Measure, measured, type Measurement } from "../../lab/comparison.ts";
import {
  aliveClaim,
  ipBytes,
  lastIncarnation,
  many,
  message,
  queryPacket,
  serfMessage,
} from "../../lab/fakes/frames.ts";
import { valueAtMost } from "../../lab/goal.ts";
import { ScratchFolder } from "../../lab/scratch_folder.ts";
import { delay } from "../../lab/waiting.ts";
import { flood } from "./flood.ts";
import { startVictims, strangers } from "./victims.ts";

const long = "x".repeat(60_000);
const middle = "x".repeat(500);
/** Frames a second; fewer of large ones, which take longer to make. */
const rates = { small: 4000, large: 300, stream: 200 };
const self = "n0";
const elsewhere = ipBytes("127.66.5.1");

/** Makes the n-th frame; `n` goes on from the way before. */
type Make = (n: number, ip: string) => Uint8Array;

/** A way whose frames are not small datagrams. */
interface Way {
  readonly size: Exclude<keyof typeof rates, "small">;
  readonly make: Make;
}

/** An incarnation that has to be refuted: each refutation makes it greater by one at least. */
const later = (n: number) => 2 + 2 * n;

const keyQuery = (name: string, payload: Uint8Array) => (n: number) =>
  queryPacket({ ltime: 10 + n, id: n, name, payload });

const event = (ltime: number, name: string) =>
  serfMessage(writeEvent, { ltime, name, payload: undefined, coalesce: false });

const ping = { sourceIp: undefined, sourcePort: 0, sourceNode: "" };

const ways: Readonly<Record<string, Make | Way>> = {
  "refuted suspicions from long names": {
    size: "large",
    make: (n) => message(writeSuspect, { node: self, incarnation: later(n), from: `${n}${long}` }),
  },
  "refuted suspicions": (n) =>
    message(writeSuspect, { node: self, incarnation: later(n), from: `f${n}` }),
  "refuted deaths": (n) => message(writeDead, { node: self, incarnation: later(n), from: `f${n}` }),
  "refuted introductions": (n, ip) => {
    const meta = encodeTags({ n: String(n) }, 5);
    return message(writeAlive, aliveClaim(self, ip, { incarnation: later(n), meta }));
  },
  "claims of a taken name": (n) =>
    message(writeAlive, aliveClaim("n1", `127.66.6.${n % 250}`, { incarnation: n })),
  "new members with long names": (n) =>
    message(writeAlive, aliveClaim(`${n}${middle}`, "127.66.5.1")),
  "members that die": (n) => {
    const node = `m${n % 50}`;
    const incarnation = 1 + Math.floor(n / 50);
    return n % 2 === 0
      ? message(writeAlive, aliveClaim(node, "127.66.5.1", { incarnation }))
      : message(writeDead, { node: `m${(n - 1) % 50}`, incarnation, from: node });
  },
  "members with odd versions": (n) => {
    const versions = Uint8Array.of(7, 9, 8, 2, 5, 4);
    return message(writeAlive, aliveClaim(`v${n}`, "127.66.5.1", { versions }));
  },
  "key queries that are broken": keyQuery("_serf_install-key", Uint8Array.of(7, 0xc1)),
  "key queries": keyQuery("_serf_list-keys", new Uint8Array(0)),
  "internal queries that nobody knows": (n) =>
    queryPacket({ ltime: 10 + n, id: n, name: `_serf_${n}` }),
  "queries": (n) => queryPacket({ ltime: 10 + n, id: n, name: `q${n}` }),
  "queries with broken filters": (n) => {
    const filters = [Uint8Array.of(n % 3, 0xc1), encodeText(`\u0001(${n}`)];
    return queryPacket({ ltime: 10 + n, id: n, filters });
  },
  "queries to acknowledge, from nowhere": (n) =>
    queryPacket({ ltime: 10 + n, id: n, flags: 1, relayFactor: 7, ip: Uint8Array.of(1) }),
  "answers that nobody asked for": (n) =>
    serfMessage(writeResponse, {
      ltime: 10 + n,
      id: n,
      from: middle,
      flags: 0,
      payload: undefined,
    }),
  "answers to pass on": (n) =>
    serfMessage(writeRelayHeader, { address: { ip: elsewhere, port: -n, zone: "" }, name: middle }),
  "events": (n) => event(10 + n, `e${n}${middle.slice(0, 400)}`),
  "events of one time": (n) => event(1_000_000, `e${n}`),
  "events from long ago": (n) => event(1, `e${n}`),
  "intents": (n) =>
    n % 2 === 0
      ? serfMessage(writeJoin, { ltime: n, node: "n1" })
      : serfMessage(writeLeave, { ltime: n, node: n % 3 === 0 ? self : "n1", prune: false }),
  "indirect pings into nothing": (n) => {
    const target = { targetIp: Uint8Array.of(n % 250), targetPort: 1, nack: true };
    return message(writeIndirectPing, { seq: n, node: `${n}`, ...ping, ...target });
  },
  "pings for somebody else": (n) => message(writePing, { seq: n, node: middle, ...ping }),
  "messages of no known kind": (n) => Uint8Array.of(n % 256, 0xc1, 0, n >> 8),
  "messages of Serf of no known kind": (n) =>
    Uint8Array.of(messageType.user, n % 256, 0xc1, n >> 8),
  "streams of no known kind": { size: "stream", make: (n) => Uint8Array.of(n % 256, 0xc1, 0, n) },
  "streams with user messages": {
    size: "stream",
    make: (n) => message(writeUserMessage, Uint8Array.of(n % 256, 0xc1, n)),
  },
  "exchanges that are broken": {
    size: "stream",
    make: (n) =>
      Uint8Array.of(messageType.pushPull, 0x81, 0xa5, ...encodeText("Nodes"), n % 100, 0xc1),
  },
  // Last, because nobody listens to the victim afterwards.
  "suspicions that cannot be refuted": {
    size: "large",
    make: (n) => {
      const from = `${n}${long}`;
      return message(writeSuspect, { node: self, incarnation: lastIncarnation, from });
    },
  },
};

export const logs: Measure<Kind> = async (kind, isShort) => {
  const all = Object.entries(ways);
  const half = all.length / 2;
  // Two agents side by side, to be done in half the time.
  const lanes = [all.slice(0, half), all.slice(half)];
  return (await Promise.all(lanes.map((lane) => logsOf(kind, lane, isShort ? 0.7 : 5)))).flat();
};

async function logsOf(
  kind: Kind,
  lane: readonly (readonly [string, Make | Way])[],
  seconds: number,
): Promise<Measurement[]> {
  const results: Measurement[] = [];
  using folder = new ScratchFolder();
  await using victims = await startVictims(kind, 2, { logs: folder.path });
  const { name, ip: to, process } = victims.agents[0]!;
  const logSize = () => Deno.statSync(`${folder.path}/${name}`).size;
  let n = 0;
  let isAlive = true;
  void process.exit().then(() => isAlive = false);
  for (const [way, how] of lane) {
    const { size, make } = typeof how === "function" ? { size: "small" as const, make: how } : how;
    const rate = rates[size];
    const frames = many(Math.ceil(rate * seconds), () => make(n++, to));
    const before = logSize();
    const sent = { to, from: strangers, frames, rate, seconds };
    await flood(
      size === "stream" ? { ...sent, over: "tcp", holds: [200] } : { ...sent, over: "udp" },
    );
    await delay(300);
    const value = isAlive ? (logSize() - before) / 1000 : Infinity;
    results.push(measured(`log: ${way}`, value, "kB", valueAtMost(100)));
  }
  return results;
}
