import assert from "node:assert/strict";
import { nextTurn } from "../../../../src/agent/next_turn.ts";
import { RpcOutbox, stallLimit } from "../../../../src/agent/clients/rpc_outbox.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";
import { MemoryConnection, settle } from "../../../support/memory_connection.ts";

function parts() {
  const [near, far] = MemoryConnection.pair();
  const clock = new SimClock();
  const state = { stalls: 0 };
  const outbox = new RpcOutbox(near, clock, () => {
    state.stalls++;
    near.close();
  });
  return { near, far, clock, state, outbox };
}

Deno.test("RpcOutbox writes messages whole and in order, even to a peer that takes little", async () => {
  const { far, outbox } = parts();
  far.capacity = 3;
  const sent = [
    outbox.send(Uint8Array.of(1, 1, 1, 1, 1)),
    outbox.send(Uint8Array.of(2, 2)),
    outbox.send(Uint8Array.of(3)),
  ];
  const received: number[] = [];
  for (let i = 0; i < 5; i++) {
    await settle();
    received.push(...far.takeAll());
  }
  await Promise.all(sent);
  assert.deepEqual(received, [1, 1, 1, 1, 1, 2, 2, 3]);
});

Deno.test("RpcOutbox writes at once what has gathered, but no endless messages", async () => {
  const lengths: number[] = [];
  const connection = {
    read: () => Promise.resolve(null),
    write(bytes: Uint8Array): Promise<number> {
      lengths.push(bytes.length);
      return Promise.resolve(bytes.length);
    },
    close: () => {},
  };
  const outbox = new RpcOutbox(connection, new SimClock(), () => {});
  await Promise.all([1, 2, 3].map((length) => outbox.send(new Uint8Array(length))));
  const large = [40_000, 20_000, 10_000].map((length) => outbox.send(new Uint8Array(length)));
  await Promise.all(large);
  assert.deepEqual(lengths, [6, 60_000, 10_000]);
});

Deno.test("RpcOutbox gives up on a peer that takes nothing for a minute", async () => {
  const { far, clock, state, outbox } = parts();
  far.capacity = 1;
  const failed = assert.rejects(outbox.send(Uint8Array.of(1, 2)));
  await settle();
  clock.advance(stallLimit - 1);
  assert.equal(state.stalls, 0);
  clock.advance(1);
  assert.equal(state.stalls, 1);
  await failed;
});

Deno.test("RpcOutbox is patient with a peer that takes something now and then", async () => {
  const { far, clock, state, outbox } = parts();
  far.capacity = 1;
  const sent = outbox.send(Uint8Array.of(1, 2, 3, 4));
  for (let i = 0; i < 4; i++) {
    await settle();
    clock.advance(stallLimit - 1);
    far.takeAll();
  }
  await sent;
  assert.equal(state.stalls, 0);
  // The watch ends by itself, or with the connection.
  clock.advance(stallLimit);
  assert.equal(state.stalls, 0);
  assert.equal(clock.pending, 0);
});

Deno.test("RpcOutbox writes nothing behind a message that failed, even if it could", async () => {
  const written: number[] = [];
  const connection = {
    read: () => Promise.resolve(null),
    write(bytes: Uint8Array): Promise<number> {
      if (written.length === 1) return Promise.reject(new Error("for once"));
      written.push(...bytes.subarray(0, 1));
      return Promise.resolve(1);
    },
    close: () => {},
  };
  const outbox = new RpcOutbox(connection, new SimClock(), () => {});
  await assert.rejects(outbox.send(Uint8Array.of(1, 2)), { message: "for once" });
  written.push(0);
  await assert.rejects(outbox.send(Uint8Array.of(3)), { message: "for once" });
  assert.deepEqual(written, [1, 0]);
});

Deno.test("RpcOutbox fails every message once one is broken off, because garbage would follow", async () => {
  const { far, near, outbox } = parts();
  far.capacity = 1;
  const first = assert.rejects(outbox.send(Uint8Array.of(1, 2)));
  const second = assert.rejects(outbox.send(Uint8Array.of(3)));
  await settle();
  near.close();
  await first;
  await second;
  await assert.rejects(outbox.send(Uint8Array.of(4)));
  assert.deepEqual(far.takeAll(), Uint8Array.of(1));
});

Deno.test("RpcOutbox gives each write its own minute, with one timer for all", async () => {
  const { far, clock, state, outbox } = parts();
  await outbox.send(Uint8Array.of(1));
  clock.advance(stallLimit - 1000);
  await outbox.send(Uint8Array.of(2));
  assert.equal(clock.pending, 1);
  far.takeAll();
  far.capacity = 1;
  const failed = assert.rejects(outbox.send(Uint8Array.of(3, 4)));
  await settle();
  clock.advance(stallLimit - 1);
  assert.equal(state.stalls, 0);
  clock.advance(1);
  assert.equal(state.stalls, 1);
  await failed;
});

Deno.test("RpcOutbox.close() ends the watch", async () => {
  const { clock, outbox } = parts();
  await outbox.send(Uint8Array.of(1));
  outbox.close();
  assert.equal(clock.pending, 0);
});

Deno.test("RpcOutbox.sendPieces() asks for a piece, in a later turn, when the last one is written", async () => {
  const { far, outbox } = parts();
  far.capacity = 2;
  const asked: number[] = [];
  function* pieces() {
    for (const piece of [2, 3, 4]) {
      asked.push(piece);
      yield Uint8Array.of(piece, piece);
    }
  }
  const sent = [
    outbox.send(Uint8Array.of(1)),
    outbox.sendPieces(pieces()),
    outbox.send(Uint8Array.of(5)),
    outbox.send(Uint8Array.of(6)),
  ];
  await settle();
  assert.deepEqual(asked, [2]);
  const received = [...far.takeAll()];
  assert.deepEqual(received, [1, 2]);

  // The other half of the first piece; the next waits for another turn, whoever reads.
  await settle();
  received.push(...far.takeAll());
  await settle();
  assert.deepEqual(asked, [2]);
  await nextTurn();
  await settle();
  assert.deepEqual(asked, [2, 3]);

  // A turn alone brings nothing while the client does not read.
  far.capacity = 1;
  await nextTurn();
  await nextTurn();
  await settle();
  assert.deepEqual(asked, [2, 3, 4]);
  await nextTurn();
  await nextTurn();
  await settle();
  assert.deepEqual(received, [1, 2, 2]);
  far.capacity = Infinity;
  received.push(...far.takeAll());
  await Promise.all(sent);
  received.push(...far.takeAll());
  assert.deepEqual(received, [1, 2, 2, 3, 3, 4, 4, 5, 6]);
});

Deno.test("RpcOutbox.sendPieces() breaks the connection off where a piece cannot be made", async () => {
  const { far, outbox } = parts();
  function* pieces() {
    yield Uint8Array.of(1);
    throw new Error("no more");
  }
  const first = assert.rejects(outbox.sendPieces(pieces()), { message: "no more" });
  const second = assert.rejects(outbox.send(Uint8Array.of(2)), { message: "no more" });
  await first;
  await second;
  assert.deepEqual(far.takeAll(), Uint8Array.of(1));
});
