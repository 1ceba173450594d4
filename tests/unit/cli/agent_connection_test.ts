import assert from "node:assert/strict";
import { agentFlags, attempt, connectToAgent } from "../../../src/cli/agent_connection.ts";
import { CommandFailure } from "../../../src/cli/command.ts";
import { parseFlags } from "../../../src/cli/flags.ts";
import { RpcError } from "../../../src/rpc/rpc_error.ts";
import { RecordedContext } from "../../support/command_context.ts";

async function optionsFor(args: string[], variables: Record<string, string>) {
  const context = new RecordedContext();
  for (const [name, value] of Object.entries(variables)) context.variables.set(name, value);
  await connectToAgent(parseFlags(agentFlags, args).values, context);
  return context.connections[0];
}

Deno.test("connectToAgent() takes flags before variables before defaults", async () => {
  const variables = { SERF_RPC_ADDR: "10.0.0.1:1", SERF_RPC_AUTH: "sesame" };
  assert.deepEqual(await optionsFor([], {}), {});
  assert.deepEqual(await optionsFor([], variables), { address: "10.0.0.1:1", authKey: "sesame" });
  assert.deepEqual(await optionsFor(["-rpc-addr=h:2", "-rpc-auth=x"], variables), {
    address: "h:2",
    authKey: "x",
  });
});

Deno.test("connectToAgent() takes an empty variable as unset, but an empty flag as said", async () => {
  const variables = { SERF_RPC_ADDR: "", SERF_RPC_AUTH: "sesame" };
  assert.deepEqual(await optionsFor(["-rpc-auth="], variables), { authKey: "" });
  assert.deepEqual(await optionsFor(["-rpc-addr="], {}), { address: "" });
});

Deno.test("connectToAgent() says why it failed", async () => {
  const context = {
    terminal: new RecordedContext().terminal,
    connect: () => Promise.reject(new RpcError("closed", "client closed")),
  };
  await assert.rejects(connectToAgent(parseFlags(agentFlags, []).values, context), {
    name: "CommandFailure",
    message: "Error connecting to Serf agent: client closed",
  });
});

Deno.test("attempt() puts its words in front of the agent's, and lets other errors pass", async () => {
  assert.equal(await attempt("x", Promise.resolve(7)), 7);
  await assert.rejects(attempt("Error leaving", Promise.reject(new RpcError("refused", "no"))), {
    message: "Error leaving: no",
  });
  await assert.rejects(attempt("x", Promise.reject(new TypeError("bug"))), TypeError);
});

Deno.test("connectToAgent() reads the authority that -rpc-tls-ca or its variable names", async () => {
  const path = new URL("../../support/certificates/cert.pem", import.meta.url).pathname;
  const authorities = [await Deno.readTextFile(path)];
  assert.deepEqual(await optionsFor([`-rpc-tls-ca=${path}`], {}), { authorities });
  assert.deepEqual(await optionsFor([], { SERF_RPC_TLS_CA: path }), { authorities });
  assert.deepEqual(await optionsFor(["-rpc-tls-ca="], { SERF_RPC_TLS_CA: path }), {});
});

Deno.test("connectToAgent() says what is wrong with an authority's file", async () => {
  const key = new URL("../../support/certificates/key.pem", import.meta.url).pathname;
  await assert.rejects(optionsFor([`-rpc-tls-ca=${key}`], {}), {
    message: `Error connecting to Serf agent: -rpc-tls-ca: ${key} holds no certificate in PEM form`,
  });
  await assert.rejects(optionsFor(["-rpc-tls-ca=/nowhere/ca.pem"], {}), {
    message: "Error connecting to Serf agent: -rpc-tls-ca: open /nowhere/ca.pem: " +
      "no such file or directory",
  });
});

Deno.test("connectToAgent() hints at what to try", async () => {
  const hintOf = async (error: RpcError, ...args: string[]) => {
    const context = {
      terminal: new RecordedContext().terminal,
      connect: () => Promise.reject(error),
    };
    const failure = await connectToAgent(parseFlags(agentFlags, args).values, context)
      .catch((error: unknown) => error);
    return failure instanceof CommandFailure ? failure.hint ?? "" : String(failure);
  };
  const dial = (reason: string) => new RpcError("dial", `dial tcp 127.0.0.1:7373: ${reason}`);
  assert.match(await hintOf(dial("connect: connection refused")), /running at 127\.0\.0\.1:7373\?/);
  assert.match(
    await hintOf(dial("connect: no such file or directory"), "-rpc-addr=unix:/run/s"),
    /running at unix:\/run\/s\?/,
  );
  assert.equal(await hintOf(dial("i/o timeout")), "");
  assert.match(
    await hintOf(new RpcError("closed", "client closed")),
    /is no RPC port .*-rpc-tls-ca/,
  );
  assert.match(
    await hintOf(new RpcError("refused", "Invalid authentication token")),
    /another one than -rpc-auth/,
  );
});

Deno.test("attempt() says where to give the token", async () => {
  const refused = Promise.reject(new RpcError("refused", "Authentication required"));
  await assert.rejects(attempt("Error leaving", refused), {
    message: "Error leaving: Authentication required",
    hint: "the agent wants its token (rpc_auth): give it with -rpc-auth or in SERF_RPC_AUTH",
  });
});
