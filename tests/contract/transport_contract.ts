/** What every `Transport` promises, whoever provides it. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import type { Address } from "../../src/ports/address.ts";
import type { Result } from "../../src/ports/result.ts";
import type { Answer, Inbound, StreamEnd, Transport } from "../../src/ports/transport.ts";
import { writePing } from "../../src/wire/pings.ts";

/** Two nodes that can reach each other, and an address where nobody is. */
export interface TransportsUnderTest {
  readonly a: Transport;
  readonly b: Transport;
  readonly addressOfA: Address;
  readonly addressOfB: Address;
  readonly nobody: Address;
  /** Lets time pass until `condition` holds; rejects if it never does. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** Notes what arrives at a node, and answers requests with a fixed reply. */
export class Recorder implements Inbound {
  readonly packets: { from: Address; bytes: Uint8Array }[] = [];
  readonly requests: Uint8Array[] = [];
  reply: Uint8Array | undefined;

  receivePacket(from: Address, packet: Uint8Array): void {
    this.packets.push({ from, bytes: packet.slice() });
  }

  judgeRequest(): void {}

  receiveRequest(_from: Address, request: Uint8Array, answer: Answer): StreamEnd {
    this.requests.push(request.slice());
    answer(this.reply);
    return () => {};
  }
}

/** A whole stream message: framers need one to know where it ends. */
function message(seq: number): Uint8Array {
  const writer = new MsgpackWriter("raw");
  writePing(writer, { seq, node: "b", sourceIp: undefined, sourcePort: 0, sourceNode: "" });
  return writer.copy();
}

/** Registers the suite for one kind of transport. */
export function testTransport(
  kind: string,
  create: (atA: Inbound, atB: Inbound) => TransportsUnderTest,
): void {
  const test = (
    title: string,
    body: (world: TransportsUnderTest, atA: Recorder, atB: Recorder) => Promise<void>,
  ) => {
    Deno.test(`${kind} ${title}`, async () => {
      const atA = new Recorder();
      const atB = new Recorder();
      const world = create(atA, atB);
      try {
        await body(world, atA, atB);
      } finally {
        await world.close();
      }
    });
  };

  test("delivers a datagram, and says who sent it", async (world, _, atB) => {
    world.a.sendPacket(world.addressOfB, new Uint8Array([1, 2, 3]));
    await world.until(() => atB.packets.length === 1);
    deepStrictEqual(atB.packets[0], {
      from: world.addressOfA,
      bytes: new Uint8Array([1, 2, 3]),
    });
  });

  test("copies a datagram before it returns", async (world, _, atB) => {
    const buffer = new Uint8Array(1);
    for (let i = 0; i < 50; i++) {
      buffer[0] = i;
      world.a.sendPacket(world.addressOfB, buffer);
    }
    await world.until(() => atB.packets.length === 50);
    const seen = atB.packets.map(({ bytes }) => bytes[0]!).sort((x, y) => x - y);
    deepStrictEqual(seen, Array.from({ length: 50 }, (_, i) => i));
  });

  test("survives a datagram to nobody", async (world, _, atB) => {
    world.a.sendPacket(world.nobody, new Uint8Array([9]));
    world.a.sendPacket({ host: "::1", port: 0 }, new Uint8Array([9]));
    world.a.sendPacket(world.addressOfB, new Uint8Array([1]));
    await world.until(() => atB.packets.length === 1);
  });

  test(
    "carries a request there and the reply back, once, in a later turn",
    async (world, _, atB) => {
      atB.reply = message(2);
      const results: Result<Uint8Array>[] = [];
      world.a.exchange(world.addressOfB, message(1), {
        timeout: 5000,
        expectReply: true,
        done: (result) => {
          results.push(result.ok ? { ok: true, value: result.value.slice() } : result);
        },
      });
      strictEqual(results.length, 0);
      await world.until(() => results.length > 0);

      deepStrictEqual(results, [{ ok: true, value: message(2) }]);
      deepStrictEqual(atB.requests, [message(1)]);
    },
  );

  test("is done once the request is written if no reply is expected", async (world, _, atB) => {
    const results: Result<Uint8Array>[] = [];
    world.a.exchange(world.addressOfB, message(1), {
      timeout: 5000,
      expectReply: false,
      done: (result) => results.push(result),
    });
    await world.until(() => results.length === 1 && atB.requests.length === 1);
    ok(results[0]?.ok);
  });

  test("reports the end of file if the peer answers nothing", async (world) => {
    deepStrictEqual(await failureOf(world, world.addressOfB), "EOF");
  });

  test("reports a refused connection in the words users know", async (world) => {
    const { host, port } = world.nobody;
    strictEqual(
      await failureOf(world, world.nobody),
      `dial tcp ${host}:${port}: connect: connection refused`,
    );
  });
}

async function failureOf(world: TransportsUnderTest, to: Address): Promise<string | undefined> {
  let failed: string | undefined;
  let isDone = false;
  world.a.exchange(to, message(1), {
    timeout: 5000,
    expectReply: true,
    done: (result) => {
      isDone = true;
      if (!result.ok) failed = result.error.message;
    },
  });
  await world.until(() => isDone);
  return failed;
}
