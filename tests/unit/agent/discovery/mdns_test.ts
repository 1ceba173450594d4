import assert from "node:assert/strict";
import { type AgentConfig, defaultConfig } from "../../../../src/agent/settings/config.ts";
import { Discovery, maxBatch, quietPeriod } from "../../../../src/agent/discovery/mdns.ts";
import { writeResponse } from "../../../../src/agent/discovery/mdns_message.ts";
import { MdnsService, serviceName } from "../../../../src/agent/discovery/mdns_service.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";
import { makeMember } from "../../../support/fake_agent.ts";
import { FakeMdnsNetwork, recordedExchange, settle } from "../../../support/mdns.ts";
import { RecordingLog, RecordingMeter } from "../../../support/recorders.ts";

/** A join that the test ends. */
interface PendingJoin {
  readonly addresses: readonly string[];
  readonly replay: boolean;
  readonly resolve: (count: number) => void;
  readonly reject: (error: Error) => void;
}

function prepare(changes: Partial<AgentConfig> = {}) {
  const network = new FakeMdnsNetwork();
  const clock = new SimClock();
  const log = new RecordingLog("agent");
  const joins: PendingJoin[] = [];
  const discovery = new Discovery({
    config: { ...defaultConfig, discover: "c1", nodeName: "m1", ...changes },
    agent: {
      self: { ...makeMember("m1"), address: { host: "10.77.0.1", port: 7946 } },
      join(addresses, replay) {
        const { promise, resolve, reject } = Promise.withResolvers<number>();
        joins.push({ addresses, replay, resolve, reject });
        return promise;
      },
    },
    hostName: "vm",
    log,
    meter: new RecordingMeter(),
    clock,
    network,
  });
  return { network, clock, log, joins, discovery };
}

async function start(changes: Parameters<typeof prepare>[0] = {}) {
  const parts = prepare(changes);
  await parts.discovery.start();
  await settle();
  return parts;
}

function answerOf(host: string): Uint8Array {
  const address = { host, port: 7946 };
  const own = new MdnsService({ cluster: "c1", nodeName: "x", hostName: "h", address });
  const name = serviceName("c1");
  const question = { name, type: "PTR", isInternet: true, wantsUnicast: false };
  return writeResponse(0, own.answers(question));
}

Deno.test("Discovery answers and asks", async () => {
  const { network } = await start();
  network.socket("listen").deliver(recordedExchange("PTR _serf_c1").packet);
  assert.equal(network.socket("listen").sent.length, 1);
  assert.equal(network.socket("open").sent.length, 1);
  await settle();
});

Deno.test("Discovery joins together what was found in quick succession", async () => {
  const { network, clock, log, joins } = await start();
  const socket = network.socket("open");
  socket.deliver(answerOf("10.0.0.1"));
  clock.advance(quietPeriod - 1);
  socket.deliver(answerOf("10.0.0.2"));
  clock.advance(quietPeriod - 1);
  await settle();
  assert.equal(joins.length, 0);
  clock.advance(1);
  await settle();
  assert.deepEqual(joins.map(({ addresses, replay }) => [addresses, replay]), [
    [["10.0.0.1:7946", "10.0.0.2:7946"], false],
  ]);
  joins[0]?.resolve(2);
  await settle();
  assert.deepEqual(log.lines, ["info agent.mdns: Joined 2 hosts"]);
});

Deno.test("Discovery joins one batch after another, and goes on after a failure", async () => {
  const { network, clock, log, joins } = await start({ replayOnJoin: true });
  for (const host of ["10.0.0.1", "10.0.0.2"]) {
    network.socket("open").deliver(answerOf(host));
    clock.advance(quietPeriod);
    await settle();
  }
  assert.equal(joins.length, 1);
  joins[0]?.reject(new Error("1 error occurred:"));
  await settle();
  assert.deepEqual(joins.map(({ addresses, replay }) => [...addresses, replay]), [
    ["10.0.0.1:7946", true],
    ["10.0.0.2:7946", true],
  ]);
  joins[1]?.resolve(1);
  await settle();
  assert.deepEqual(log.lines, [
    "error agent.mdns: Failed to join: 1 error occurred:",
    "info agent.mdns: Joined 1 hosts",
  ]);
});

Deno.test("Discovery does not wait for silence for ever", async () => {
  const { network, clock, joins } = await start();
  for (let i = 0; i < maxBatch + 1; i++) {
    network.socket("open").deliver(answerOf(`10.0.${i >> 8}.${i & 255}`));
  }
  await settle();
  assert.deepEqual(joins.map(({ addresses }) => addresses.length), [maxBatch]);
  joins[0]?.resolve(1);
  clock.advance(quietPeriod);
  await settle();
  assert.deepEqual(joins.map(({ addresses }) => addresses.length), [maxBatch, 1]);
});

Deno.test("Discovery.start() tells which interface was named, and only then", async () => {
  const named = await start({ interface: "va" });
  assert.deepEqual(named.log.lines, ["info agent: Starting mDNS listener on interface va"]);
  const unnamed = await start();
  assert.deepEqual(unnamed.log.lines, []);
});

Deno.test("Discovery.start() fails if nobody could find the agent", async () => {
  const { network, discovery } = prepare();
  network.broken.add("IPv4").add("IPv6");
  await assert.rejects(discovery.start(), { message: "no multicast listeners could be started" });
  await discovery.stop();
});

Deno.test("Discovery asks on behalf of an agent whose name DNS cannot hold", async () => {
  const { network, log } = await start({ nodeName: "a".repeat(64) });
  assert.deepEqual(log.lines, [
    "warn agent.mdns: Others cannot discover this agent: the node's name does not fit into a DNS name",
  ]);
  assert.deepEqual(network.sockets.map(({ kind }) => kind), ["open", "open"]);
});

Deno.test("Discovery.stop() ends everything, and is silent about a join under way", async () => {
  const { network, clock, log, joins, discovery } = await start();
  network.socket("open").deliver(answerOf("10.0.0.1"));
  clock.advance(quietPeriod);
  network.socket("open").deliver(answerOf("10.0.0.2"));
  await settle();
  await discovery.stop();
  joins[0]?.reject(new Error("shut down"));
  clock.advance(100 * quietPeriod);
  await settle();
  assert.equal(joins.length, 1);
  assert.deepEqual(log.lines, []);
  assert.equal(clock.pending, 0);
  assert.equal(network.sockets.every(({ isClosed }) => isClosed), true);
});

Deno.test("Discovery on a network that is not there fails", async () => {
  const log = new RecordingLog("agent");
  const discovery = new Discovery({
    config: { ...defaultConfig, nodeName: "n1", discover: "c1", interface: "nosuch0" },
    agent: { self: makeMember("n1"), join: () => Promise.resolve(1) },
    log,
    meter: new RecordingMeter(),
    clock: new SimClock(),
  });
  await assert.rejects(discovery.start(), { message: "no multicast listeners could be started" });
  await discovery.stop();
  assert.deepEqual(log.lines, ["info agent: Starting mDNS listener on interface nosuch0"]);
});
