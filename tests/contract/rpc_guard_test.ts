/**
 * What keeps strangers from the RPC port: the refusal to be open to other machines
 * without a token, and TLS.
 */

import assert from "node:assert/strict";
import { listenForClients } from "../../src/agent/clients/rpc_listener.ts";
import { RpcServer, type RpcServerOptions } from "../../src/agent/clients/rpc_server.ts";
import { RpcClient } from "../../src/rpc/client.ts";
import { dial } from "../../src/rpc/dial.ts";
import { systemClock } from "../../src/rpc/system_clock.ts";
import { FakeAgent, makeMember } from "../support/fake_agent.ts";
import { RecordingLog, RecordingMeter } from "../support/recorders.ts";

const folder = new URL("../support/certificates", import.meta.url).pathname;
const cert = await Deno.readTextFile(`${folder}/cert.pem`);
const key = await Deno.readTextFile(`${folder}/key.pem`);
const stranger = await Deno.readTextFile(`${folder}/stranger.pem`);
const host = "127.76.3.1";

/** Opens an RPC port, with an agent that only takes notes. */
function serve(options: Pick<RpcServerOptions, "address"> & Partial<RpcServerOptions>) {
  const agent = new FakeAgent();
  agent.memberList = [makeMember("n1")];
  const log = new RecordingLog();
  return RpcServer.listen({
    agent,
    log,
    meter: new RecordingMeter(),
    clock: systemClock,
    ...options,
  });
}

/** Whether two addresses of the machine's families are there to try. */
function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test("RpcServer refuses to be open to other machines without a token, and names both ways out", async () => {
  const open = ["0.0.0.0:0", ":0", ...hasIpv6() ? ["[::]:0"] : []];
  for (const address of open) {
    await assert.rejects(serve({ address }), (error) => {
      assert(error instanceof Error);
      assert.match(error.message, /^listen tcp .*: .*:\d+ is open to other machines/, address);
      assert.match(error.message, /'rpc_auth'.* -rpc-allow-open \('rpc_allow_open'\)$/, address);
      return true;
    }, address);
  }
});

Deno.test("RpcServer listens for this machine alone without a token", async () => {
  const own = ["127.0.0.1:0", `${host}:0`, "localhost:0", ...hasIpv6() ? ["[::1]:0"] : []];
  for (const address of own) await (await serve({ address })).close();
});

Deno.test("RpcServer is open with a token, or if that is allowed", async () => {
  await (await serve({ address: "0.0.0.0:0", authKey: "sesame" })).close();
  await (await serve({ address: "0.0.0.0:0", allowOpen: true })).close();
});

Deno.test("RpcServer with a certificate speaks TLS to clients that know its authority", async () => {
  const server = await serve({ address: `${host}:0`, certificate: { cert, key } });
  try {
    using client = await RpcClient.connect({ address: server.address, authorities: [cert] });
    assert.deepEqual((await client.members()).map(({ name }) => name), ["n1"]);
    using other = await RpcClient.connect({
      address: server.address,
      authorities: [stranger, cert],
    });
    assert.equal((await other.members()).length, 1);
  } finally {
    await server.close();
  }
});

Deno.test("dial() refuses an agent that no authority vouches for, or that has another name", async () => {
  const server = await serve({ address: `${host}:0`, certificate: { cert, key } });
  const elsewhere = await serve({ address: "127.76.3.2:0", certificate: { cert, key } });
  try {
    await assert.rejects(dial(server.address, 10_000, [stranger]), {
      kind: "dial",
      message: /^dial tcp 127\.76\.3\.1:\d+: tls: invalid peer certificate: UnknownIssuer$/,
    });
    await assert.rejects(dial(elsewhere.address, 10_000, [cert]), {
      message: /tls: invalid peer certificate: certificate not valid for name "127\.76\.3\.2"/,
    });
  } finally {
    await server.close();
    await elsewhere.close();
  }
});

Deno.test("TLS and plain text do not mix: both sides say so and go on", async () => {
  const secured = await serve({ address: `${host}:0`, certificate: { cert, key } });
  const plain = await serve({ address: `${host}:0` });
  try {
    await assert.rejects(RpcClient.connect({ address: secured.address }), { name: "RpcError" });
    await assert.rejects(RpcClient.connect({ address: plain.address, authorities: [cert] }), {
      kind: "dial",
      message: /tls: .* \(does the agent have rpc_tls_cert\?\)$/,
    });
    using client = await RpcClient.connect({ address: secured.address, authorities: [cert] });
    assert.equal((await client.members()).length, 1);
  } finally {
    await secured.close();
    await plain.close();
  }
});

Deno.test("dial() gives up on a peer that never finishes TLS's greeting", async () => {
  const silent = Deno.listen({ hostname: host, port: 0 });
  const accepted = silent.accept();
  try {
    await assert.rejects(dial(`${host}:${silent.addr.port}`, 50, [cert]), {
      message: /tls: i\/o timeout$/,
    });
  } finally {
    (await accepted).close();
    silent.close();
  }
});

Deno.test("listenForClients() wants no certificate for a Unix socket", async () => {
  const options = { certificate: { cert, key }, isOpen: false };
  await assert.rejects(listenForClients("unix:/nowhere/s", options), {
    message: /^listen unix \/nowhere\/s: a Unix socket needs no TLS: leave out rpc_tls_cert/,
  });
});

Deno.test("listenForClients() says where a platform has no Unix sockets", async () => {
  await assert.rejects(listenForClients("unix:/nowhere/s", { isOpen: false, os: "windows" }), {
    message: "listen unix /nowhere/s: not on this platform: listen on host:port",
  });
});
