/**
 * The command line as a process: signals, pipes and bytes, which nothing in
 * memory can show. The agent behind the port is a stand-in.
 */

import assert from "node:assert/strict";
import { RpcServer } from "../../src/agent/clients/rpc_server.ts";
import { systemClock } from "../../src/rpc/system_clock.ts";
import { serfCommand } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";
import { FakeAgent, makeMember } from "../support/fake_agent.ts";
import { RecordingLog, RecordingMeter } from "../support/recorders.ts";

const host = "127.63.0.20";

async function serve(address = `${host}:0`) {
  const agent = new FakeAgent();
  agent.memberList = [makeMember("n1"), makeMember("n\udcff")];
  const server = await RpcServer.listen({
    address,
    agent,
    log: new RecordingLog(),
    meter: new RecordingMeter(),
    clock: systemClock,
  });
  return {
    agent,
    address: server.address,
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** Starts our command line. */
function start(args: readonly string[]): Deno.ChildProcess {
  const [command, ...first] = serfCommand("ours");
  return new Deno.Command(command, {
    args: [...first, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
}

/** Runs a shell command in which `"$@"` is our command line. */
async function shell(script: string) {
  const { code, stdout, stderr } = await new Deno.Command("/bin/bash", {
    args: ["-c", script, "bash", ...serfCommand("ours")],
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  return { code, stdout, stderr: new TextDecoder().decode(stderr) };
}

/** Interrupts a command once it is at work, and returns its end. */
async function interrupted(args: readonly string[], isAtWork: () => boolean) {
  const child = start(args);
  await eventually(`${args[0]} is at work`, () => Promise.resolve(isAtWork()));
  child.kill("SIGINT");
  const { code, signal, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, signal, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("monitor ends with 0 at an interrupt, and says nothing", async () => {
  await using served = await serve();
  const { agent } = served;
  const end = await interrupted(["monitor", `-rpc-addr=${served.address}`], () => {
    return agent.listenerCount === 1 && agent.logFeed.listenerCount === 1;
  });
  assert.deepEqual(end, { code: 0, signal: null, stdout: "", stderr: "" });
});

Deno.test("query ends with 1 at an interrupt, without totals", async () => {
  await using served = await serve();
  const args = ["query", `-rpc-addr=${served.address}`, "-format=json", "load"];
  const end = await interrupted(args, () => served.agent.queries.length === 1);
  assert.deepEqual(end, { code: 1, signal: null, stdout: "", stderr: "" });
});

Deno.test("reachability ends with 1 at an interrupt, and says so", async () => {
  await using served = await serve();
  const args = ["reachability", `-rpc-addr=${served.address}`];
  const end = await interrupted(args, () => served.agent.queries.length === 1);
  assert.equal(end.code, 1);
  assert.equal(end.stdout.endsWith("\nTest interrupted\n"), true);
});

Deno.test("other commands are ended by an interrupt itself", async () => {
  await using served = await serve();
  const gate = Promise.withResolvers<void>();
  served.agent.gate = gate.promise;
  const child = start(["join", `-rpc-addr=${served.address}`, "a"]);
  await eventually("join is at work", () => Promise.resolve(served.agent.isAtGate));
  child.kill("SIGINT");
  assert.equal((await child.output()).signal, "SIGINT");
  gate.resolve();
});

Deno.test("variables name the agent where flags do not", async () => {
  await using served = await serve();
  const { code, stdout } = await shell(`SERF_RPC_ADDR=${served.address} "$@" event -- -v`);
  assert.equal(
    new TextDecoder().decode(stdout),
    "Event '-v' dispatched! Coalescing enabled: true\n",
  );
  assert.equal(code, 0);
});

Deno.test("bytes that are no UTF-8 go in and out unharmed", async () => {
  await using served = await serve();
  const sent = await shell(`"$@" event -rpc-addr=${served.address} deploy $'a\\xff\\xc3'`);
  // The runtime of a compiled program ends at such an argument before the program begins.
  if (/panicked at cli\/rt\//.test(sent.stderr)) return;
  assert.equal(sent.stderr, "");
  assert.deepEqual(served.agent.calls, ["userEvent deploy 61ffc3 true"]);
  const { stdout } = await shell(`"$@" members -rpc-addr=${served.address}`);
  assert.equal(stdout.toHex().includes("0a6eff"), true);
});

Deno.test("a reader that has read enough ends the command quietly", async () => {
  await using served = await serve();
  served.agent.memberList = Array.from({ length: 20_000 }, (_, i) => makeMember(`node-${i}`));
  const { stdout, stderr } = await shell(
    `"$@" members -rpc-addr=${served.address} | head -n 1; echo "\${PIPESTATUS[0]}"`,
  );
  assert.match(new TextDecoder().decode(stdout), /^node-0 +127\.0\.0\.1:7946 +alive *\n141\n$/);
  assert.equal(stderr, "");
});

Deno.test("a long answer reaches a pipe whole", async () => {
  await using served = await serve();
  served.agent.memberList = Array.from({ length: 20_000 }, (_, i) => makeMember(`node-${i}`));
  const { stdout } = await shell(`"$@" members -rpc-addr=${served.address} | (sleep 0.2; wc -l)`);
  assert.equal(new TextDecoder().decode(stdout).trim(), "20000");
});

Deno.test("a Unix socket does as well as an address", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using served = await serve(`unix:${folder}/serf.sock`);
    const { code } = await shell(`"$@" members -rpc-addr=unix:${served.address}`);
    assert.equal(code, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
