import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { MsgpackWriter } from "../../../../src/bytes/msgpack_writer.ts";
import { maxIncoming, TcpEndpoint } from "../../../../src/host/transport/tcp_endpoint.ts";
import type { Address } from "../../../../src/ports/address.ts";
import type { Result } from "../../../../src/ports/result.ts";
import { writeUserMessage } from "../../../../src/wire/user_message.ts";
import { WireError } from "../../../../src/wire/wire_error.ts";
import { eventually } from "../../../../scripts/lab/waiting.ts";

/** A whole stream message: where one ends follows from its bytes. */
function message(mark: number, length = 4): Uint8Array {
  const writer = new MsgpackWriter("raw");
  writeUserMessage(writer, new Uint8Array(length).fill(mark));
  return writer.copy();
}

type Respond = (from: Address, request: Uint8Array) => Uint8Array | undefined;

function listen(
  host: string,
  respond: Respond = () => undefined,
  timeout = 60_000,
  judge: (start: Uint8Array) => void = () => {},
) {
  const complaints: string[] = [];
  const endpoint = new TcpEndpoint({ host, port: 0 }, {
    timeout,
    judge,
    respond: (from, request, answer) => void answer(respond(from, request)),
    complain: (peer, reason) => complaints.push(`${peer} ${reason}`),
  });
  return { endpoint, complaints, address: { host, port: endpoint.port } };
}

function exchange(
  endpoint: TcpEndpoint,
  to: Address,
  request: Uint8Array,
  { timeout = 60_000, expectReply = true } = {},
): Promise<Result<Uint8Array>> {
  const { promise, resolve } = Promise.withResolvers<Result<Uint8Array>>();
  endpoint.exchange(to, request, { timeout, expectReply, done: resolve });
  return promise;
}

function reason(result: Result<unknown>): string {
  return result.ok ? "ok" : result.error.message;
}

Deno.test("TcpEndpoint carries a request there and a reply back, of any length", async () => {
  const server = listen("127.71.2.1", (_from, request) => message(request.at(-1)! + 1, 500_000));
  const client = listen("127.71.2.2");
  try {
    const result = await exchange(client.endpoint, server.address, message(6, 300_000));
    ok(result.ok);
    deepStrictEqual(result.value, message(7, 500_000));
  } finally {
    await client.endpoint.close();
    await server.endpoint.close();
  }
  deepStrictEqual([server.complaints, client.complaints], [[], []]);
});

Deno.test("TcpEndpoint.exchange() copies the request: the caller's buffer is free at once", async () => {
  const seen: number[] = [];
  const server = listen("127.71.2.3", (_from, request) => {
    seen.push(request.at(-1)!);
    return message(1);
  });
  try {
    const request = message(6);
    const answered = exchange(server.endpoint, server.address, request);
    request.fill(0);
    ok((await answered).ok);
    deepStrictEqual(seen, [6]);
  } finally {
    await server.endpoint.close();
  }
});

Deno.test("TcpEndpoint takes a request however it is cut up", async () => {
  const server = listen("127.71.2.4", () => message(9));
  try {
    const connection = await Deno.connect({
      hostname: server.address.host,
      port: server.address.port,
    });
    connection.setNoDelay();
    for (const byte of message(5)) {
      await connection.write(Uint8Array.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const reply = new Uint8Array(100);
    const count = await connection.read(reply);
    deepStrictEqual(reply.slice(0, count ?? 0), message(9));
    connection.close();
  } finally {
    await server.endpoint.close();
  }
});

Deno.test("TcpEndpoint takes a connection that says nothing for a port check, and rubbish not", async () => {
  const server = listen("127.71.2.5");
  try {
    const { host: hostname, port } = server.address;
    (await Deno.connect({ hostname, port })).close();
    const rubbish = await Deno.connect({ hostname, port });
    await rubbish.write(Uint8Array.of(200));
    strictEqual(await rubbish.read(new Uint8Array(1)), null);
    rubbish.close();
    await eventually("somebody complains", () => server.complaints.length > 0);
    deepStrictEqual(server.complaints, ["127.0.0.1 unknown-type"]);
  } finally {
    await server.endpoint.close();
  }
});

Deno.test("TcpEndpoint ends a long request that cannot be read before all of it is here", async () => {
  const judged: number[] = [];
  const refuse = (start: Uint8Array) => {
    judged.push(start.length);
    throw new WireError("undecryptable", "no key fits");
  };
  const answered: number[] = [];
  const server = listen(
    "127.71.2.12",
    (_from, request) => {
      answered.push(request.length);
      return message(1);
    },
    60_000,
    refuse,
  );
  const client = listen("127.71.2.13");
  try {
    const request = message(1, 10_000_000);
    strictEqual((await exchange(client.endpoint, server.address, request)).ok, false);
    ok(judged.length === 1 && judged[0]! < 200_000, `judged ${judged}`);
    deepStrictEqual(server.complaints, ["127.0.0.1 undecryptable"]);
    strictEqual((await exchange(client.endpoint, server.address, message(1, 100))).ok, true);
    strictEqual(answered.length, 1);
  } finally {
    await client.endpoint.close();
    await server.endpoint.close();
  }
});

Deno.test("TcpEndpoint.exchange() says why there was no answer", async () => {
  const silent = Deno.listen({ hostname: "127.71.2.6", port: 0 });
  const server = listen("127.71.2.7");
  const accepting = silent.accept();
  try {
    const request = message(1);
    strictEqual(reason(await exchange(server.endpoint, server.address, request)), "EOF");
    const nobody = { host: "127.71.2.8", port: 9 };
    strictEqual(
      reason(await exchange(server.endpoint, nobody, request)),
      "dial tcp 127.71.2.8:9: connect: connection refused",
    );
    strictEqual(
      reason(await exchange(server.endpoint, { host: "127.71.2.8", port: 0 }, request)),
      "dial tcp 127.71.2.8:0: connect: connection refused",
    );
    const mute = { host: "127.71.2.6", port: silent.addr.port };
    const timeout = { timeout: 100 };
    // On a busy machine even dialling may take that long.
    ok(reason(await exchange(server.endpoint, mute, request, timeout)).endsWith("i/o timeout"));
  } finally {
    (await accepting).close();
    silent.close();
    await server.endpoint.close();
  }
});

Deno.test("TcpEndpoint.exchange() does not wait for a reply that is not expected", async () => {
  const seen: number[] = [];
  const server = listen("127.71.2.9", (_from, request) => {
    seen.push(request.at(-1)!);
    return undefined;
  });
  try {
    const result = await exchange(server.endpoint, server.address, message(3), {
      expectReply: false,
    });
    deepStrictEqual(result.ok && result.value.length, 0);
    await eventually("the request arrives", () => seen.length === 1);
  } finally {
    await server.endpoint.close();
  }
});

Deno.test("TcpEndpoint closes the oldest connection when it has no room for more", async () => {
  const server = listen("127.71.2.10");
  const { host: hostname, port } = server.address;
  const connections: Deno.TcpConn[] = [];
  try {
    const oldest = await Deno.connect({ hostname, port });
    connections.push(oldest);
    while (connections.length <= maxIncoming) {
      connections.push(await Deno.connect({ hostname, port }));
    }
    strictEqual(await oldest.read(new Uint8Array(1)), null);
    strictEqual(server.complaints[0], "127.0.0.1 too-many-streams");
  } finally {
    for (const connection of connections) connection.close();
    await server.endpoint.close();
  }
});

Deno.test("TcpEndpoint.close() fails exchanges under way, and is harmless twice", async () => {
  const silent = Deno.listen({ hostname: "127.71.2.11", port: 0 });
  const accepting = silent.accept();
  const client = listen("127.71.2.12");
  const answered = exchange(
    client.endpoint,
    { host: "127.71.2.11", port: silent.addr.port },
    message(1),
  );
  const peer = await accepting;
  await client.endpoint.close();
  await client.endpoint.close();
  ok(!(await answered).ok);
  const late = await exchange(client.endpoint, client.address, message(1));
  ok(!late.ok);
  peer.close();
  silent.close();
});

Deno.test("TcpEndpoint says that a stream ended before its answer, by whomever", async () => {
  for (const timeout of [60_000, 100]) {
    let ended = 0;
    let asked = 0;
    const endpoint = new TcpEndpoint({ host: "127.71.2.40", port: 0 }, {
      timeout,
      judge: () => {},
      respond: () => {
        asked++;
        return () => void ended++;
      },
      complain: () => {},
    });
    const connection = await Deno.connect({ hostname: "127.71.2.40", port: endpoint.port });
    await connection.write(message(1));
    await eventually("asked", () => asked === 1);
    if (timeout > 1000) connection.close();
    await eventually("ended", () => ended === 1);
    if (timeout <= 1000) connection.close();
    await endpoint.close();
    strictEqual(ended, 1);
  }
});

Deno.test("TcpEndpoint sends the reply of a request whose stream says more than that", async () => {
  const answers: ((reply: Uint8Array) => void)[] = [];
  const endpoint = new TcpEndpoint({ host: "127.71.2.41", port: 0 }, {
    timeout: 60_000,
    judge: () => {},
    respond: (_from, _request, answer) => {
      answers.push(answer);
      return () => ok(false, "It has not ended");
    },
    complain: () => {},
  });
  const connection = await Deno.connect({ hostname: "127.71.2.41", port: endpoint.port });
  await connection.write(message(1));
  await eventually("asked", () => answers.length === 1);
  await connection.write(message(2));
  await new Promise((resolve) => setTimeout(resolve, 20));
  answers[0]!(Uint8Array.of(7));
  const reply = new Uint8Array(2);
  strictEqual(await connection.read(reply), 1);
  strictEqual(reply[0], 7);
  connection.close();
  await endpoint.close();
});
