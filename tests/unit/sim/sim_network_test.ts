import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { Address } from "../../../src/ports/address.ts";
import type { Result } from "../../../src/ports/result.ts";
import type { Answer, Inbound, StreamEnd } from "../../../src/ports/transport.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";
import { SimNetwork } from "../../../src/sim/sim_network.ts";
import { SimRandom } from "../../../src/sim/sim_random.ts";

const here: Address = { host: "10.0.0.1", port: 7946 };
const there: Address = { host: "10.0.0.2", port: 7946 };

/** Keeps what arrives and answers each request with its bytes doubled. */
class Recorder implements Inbound {
  readonly packets: number[][] = [];
  borrowed: Uint8Array | undefined;

  receivePacket(_from: Address, packet: Uint8Array): void {
    this.packets.push([...packet]);
    this.borrowed = packet;
  }

  judgeRequest(): void {}

  receiveRequest(_from: Address, request: Uint8Array, answer: Answer): StreamEnd {
    answer(request[0] === 0 ? undefined : request.map((byte) => 2 * byte));
    return () => {};
  }
}

function makeWorld() {
  const clock = new SimClock();
  const network = new SimNetwork(clock, new SimRandom(1));
  const receiver = new Recorder();
  const transport = network.attach(here, () => new Recorder());
  network.attach(there, () => receiver);
  return { clock, network, receiver, transport };
}

Deno.test("SimNetwork delivers a copy later and spoils it after the receiver's turn", () => {
  const { clock, receiver, transport } = makeWorld();
  const packet = Uint8Array.of(1, 2, 3);
  transport.sendPacket(there, packet);
  packet.fill(9);
  strictEqual(receiver.packets.length, 0);

  clock.advance(10);
  deepStrictEqual(receiver.packets, [[1, 2, 3]]);
  deepStrictEqual([...receiver.borrowed!], [0xdb, 0xdb, 0xdb]);
});

Deno.test("SimNetwork loses, doubles and cuts packets, and counts what it did", () => {
  const { clock, network, receiver, transport } = makeWorld();
  const send = () => {
    for (let i = 0; i < 1000; i++) transport.sendPacket(there, Uint8Array.of(1));
    clock.advance(10);
    return receiver.packets.splice(0).length;
  };

  network.quality.loss = 0.3;
  ok(Math.abs(send() - 700) < 60);
  network.quality.loss = 0;
  network.quality.duplication = 0.5;
  ok(Math.abs(send() - 1500) < 60);
  network.quality.duplication = 0;
  network.cut((from) => from !== "10.0.0.1:7946");
  strictEqual(send(), 0);
  network.cut(undefined);
  strictEqual(send(), 1000);

  const { packetsSent, packetsCut, packetsLost, packetsDuplicated } = network.tally;
  deepStrictEqual([packetsSent, packetsCut], [4000, 1000]);
  ok(packetsLost > 200 && packetsDuplicated > 400);
});

Deno.test("SimNetwork.exchange() brings the reply, or says why there is none", () => {
  const { clock, network, transport } = makeWorld();
  const results: Result<Uint8Array>[] = [];
  const exchange = (to: Address, request: number, expectReply = true) => {
    transport.exchange(to, Uint8Array.of(request), {
      timeout: 1000,
      expectReply,
      done: (result) =>
        results.push(result.ok ? { ...result, value: result.value.slice() } : result),
    });
    strictEqual(results.length, 0);
    clock.advance(2000);
    strictEqual(results.length, 1);
    return results.pop()!;
  };

  deepStrictEqual(exchange(there, 21), { ok: true, value: Uint8Array.of(42) });
  deepStrictEqual(exchange(there, 0, false), { ok: true, value: new Uint8Array(0) });
  const noReply = exchange(there, 0);
  ok(!noReply.ok && noReply.error.message === "EOF");
  const refused = exchange({ host: "10.0.0.9", port: 1 }, 5);
  ok(!refused.ok);
  match(refused.error.message, /connection refused/);
  network.cut(() => false);
  const cut = exchange(there, 5);
  ok(!cut.ok);
  match(cut.error.message, /timeout/);
});

Deno.test("SimNetwork.impair() makes single links lossy, and streams slow there", () => {
  const { clock, network, receiver, transport } = makeWorld();
  network.impair((from) => from === "10.0.0.1:7946" ? 0.5 : 0);
  for (let i = 0; i < 1000; i++) transport.sendPacket(there, Uint8Array.of(1));
  clock.advance(10);
  ok(Math.abs(receiver.packets.length - 500) < 60);

  const took: number[] = [];
  for (let i = 0; i < 100; i++) {
    const startedAt = clock.now();
    transport.exchange(there, Uint8Array.of(1), {
      timeout: 60_000,
      expectReply: true,
      done: ({ ok }) => void (ok && took.push(clock.now() - startedAt)),
    });
  }
  clock.advance(200_000);
  ok(took.length > 90);
  ok(took.some((time) => time > 500));
});

Deno.test("SimNetwork.filterDatagrams() stops datagrams and lets streams pass", () => {
  const { clock, network, receiver, transport } = makeWorld();
  network.filterDatagrams(() => false);
  transport.sendPacket(there, Uint8Array.of(1));
  let reply: number | undefined;
  transport.exchange(there, Uint8Array.of(4), {
    timeout: 1000,
    expectReply: true,
    done: (result) => reply = result.ok ? result.value[0] : undefined,
  });
  clock.advance(100);
  deepStrictEqual([receiver.packets.length, network.tally.packetsCut, reply], [0, 1, 8]);
});

Deno.test("SimNetwork.exchange() ends by its time limit if the link breaks before the reply", () => {
  const { clock, network, transport } = makeWorld();
  const results: Result<Uint8Array>[] = [];
  transport.exchange(there, Uint8Array.of(4), {
    timeout: 1000,
    expectReply: true,
    done: (result) => results.push(result),
  });
  network.quality.latency = 100;
  clock.advance(3);
  network.cut(() => false);
  clock.advance(3000);
  strictEqual(results.length, 1);
  ok(!results[0]!.ok);
  match(results[0]!.error.message, /read tcp 10\.0\.0\.2:7946: i\/o timeout/);
});

Deno.test("SimNetwork tells a receiver that the stream ended before its answer", () => {
  const { clock, network, receiver, transport } = makeWorld();
  let ended = 0;
  receiver.receiveRequest = () => () => void ended++;
  const done = () => {};
  transport.exchange(there, Uint8Array.of(1), { timeout: 1000, expectReply: true, done });
  clock.advance(900);
  strictEqual(ended, 0);
  clock.advance(500);
  strictEqual(ended, 1);
  strictEqual(network.tally.exchangesFailed, 1);
});
