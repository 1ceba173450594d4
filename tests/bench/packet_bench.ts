/**
 * A gossip packet from bytes to state and back out, and what it leaves for the
 * garbage collector: news should cost what is kept of it, and echoes nothing.
 */

import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import { memberlistConfig } from "../../src/memberlist/config.ts";
import { MemberlistCore } from "../../src/memberlist/memberlist_core.ts";
import { silentLog, silentMeter } from "../../src/ports/silence.ts";
import { SimClock } from "../../src/sim/sim_clock.ts";
import { SimRandom } from "../../src/sim/sim_random.ts";
import { writeAlive } from "../../src/wire/claims.ts";
import { PacketBuilder } from "../../src/wire/compound.ts";
import { RecordingDelegate } from "../support/recorders.ts";
import { aliveClaim } from "../support/memberlist_parts.ts";

/** How many claims one packet carries. */
const claims = 10;
const peer = { host: "10.0.0.98", port: 7946 };
const versions = Uint8Array.of(1, 5, 2, 2, 5, 5);

/** A node whose packets go nowhere. */
function makeNode(): { core: MemberlistCore; clock: SimClock; sent: () => number } {
  const clock = new SimClock(1000);
  let sent = 0;
  const core = new MemberlistCore(
    {
      clock,
      random: new SimRandom(1),
      transport: {
        sendPacket() {
          sent++;
        },
        exchange() {},
      },
      log: silentLog,
      meter: silentMeter,
    },
    memberlistConfig({ name: "self", advertise: { ip: Uint8Array.of(10, 0, 0, 1), port: 7946 } }),
  );
  core.start(new RecordingDelegate());
  return { core, clock, sent: () => sent };
}

/** A packet that tells of members at an incarnation. */
function packetOf(incarnation: number): Uint8Array {
  const builder = new PacketBuilder();
  builder.reset(1398);
  for (let i = 0; i < claims; i++) {
    const writer = new MsgpackWriter("raw");
    const ip = Uint8Array.of(10, 0, 1, i);
    const meta = Uint8Array.fromHex("ff81a4726f6c65a3776562");
    writeAlive(writer, aliveClaim(`web-${i}.example.com`, incarnation, { ip, meta, versions }));
    builder.add(writer.view());
  }
  return builder.build().slice();
}

/** Bytes that an action allocates each time, by the growth of the heap between collections. */
function allocatedBy(times: number, action: (i: number) => void): number {
  const samples: number[] = [];
  for (let round = 0; round < 30; round++) {
    const before = Deno.memoryUsage().heapUsed;
    for (let i = 0; i < times; i++) action(round * times + i);
    samples.push((Deno.memoryUsage().heapUsed - before) / times);
  }
  // A collection in between makes a sample negative or small; most have none.
  return samples.sort((a, b) => a - b)[samples.length >> 1]!;
}

const echo = packetOf(1);
const listener = makeNode();
listener.core.receivePacket(peer, echo);

const news = Array.from({ length: 4096 }, (_, i) => packetOf(i + 2));
let learner = makeNode();
let turn = 0;

/** Takes the next packet of news, with a new node once all are known. */
function learn(): void {
  if (turn % news.length === 0) learner = makeNode();
  learner.core.receivePacket(peer, news[turn++ % news.length]!);
}

const teller = makeNode();
teller.core.receivePacket(peer, echo);
let told = 2;

/** Takes a packet of news and lets a round of gossip pass it on. */
function passOn(): void {
  teller.core.receivePacket(peer, news[told++ % news.length]!);
  if (told % news.length === 0) told = 2;
  teller.clock.advance(200);
}

Deno.bench(`packet of ${claims} known claims to state`, { group: "packet" }, () => {
  listener.core.receivePacket(peer, echo);
});

Deno.bench(`packet of ${claims} fresh claims to state and queue`, { group: "packet" }, learn);

Deno.bench(
  `packet of ${claims} fresh claims in, rounds of gossip out`,
  { group: "packet" },
  passOn,
);

for (let i = 0; i < 20_000; i++) listener.core.receivePacket(peer, echo);
for (let i = 0; i < 20_000; i++) learn();
const perEcho = allocatedBy(2000, () => listener.core.receivePacket(peer, echo)) / claims;
const perNews = allocatedBy(200, learn) / claims;
console.log(`allocated for a claim that is known: ${perEcho.toFixed(0)} bytes`);
console.log(`allocated for a fresh claim, kept and queued: ${perNews.toFixed(0)} bytes`);
