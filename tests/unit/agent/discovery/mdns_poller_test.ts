import assert from "node:assert/strict";
import { readQuery, writeResponse } from "../../../../src/agent/discovery/mdns_message.ts";
import {
  listenPeriod,
  maxKnownAddresses,
  MdnsPoller,
  pollInterval,
} from "../../../../src/agent/discovery/mdns_poller.ts";
import { MdnsService, serviceName } from "../../../../src/agent/discovery/mdns_service.ts";
import type { Family } from "../../../../src/agent/discovery/mdns_socket.ts";
import { formatAddress } from "../../../../src/ports/address.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";
import { FakeMdnsNetwork, recordedExchange, settle } from "../../../support/mdns.ts";
import { RecordingLog, RecordingMeter } from "../../../support/recorders.ts";

const service = serviceName("c1");
const answers = recordedExchange("PTR _serf_c1").answers;

async function start(
  families: readonly Family[] = ["IPv4", "IPv6"],
  prepare: (network: FakeMdnsNetwork) => void = () => {},
) {
  const network = new FakeMdnsNetwork();
  prepare(network);
  const clock = new SimClock();
  const log = new RecordingLog();
  const meter = new RecordingMeter();
  const found: string[] = [];
  const poller = new MdnsPoller({
    service,
    families,
    network,
    clock,
    log,
    meter,
    onFound: (address) => found.push(formatAddress(address)),
  });
  poller.start();
  await settle();
  return { network, clock, log, meter, found, poller };
}

/** An answer of an agent at some address. */
function answerOf(host: string, port = 7946): Uint8Array {
  const own = new MdnsService({
    cluster: "c1",
    nodeName: "x",
    hostName: "h",
    address: { host, port },
  });
  const question = { name: service, type: "PTR", isInternet: true, wantsUnicast: false };
  return writeResponse(0, own.answers(question));
}

Deno.test("MdnsPoller asks the group once in every family, at once", async () => {
  const { network } = await start();
  const sent = network.sockets.flatMap(({ kind, family, sent }) => {
    return sent.map(({ to, packet }) => ({ kind, family, to: formatAddress(to), packet }));
  });
  assert.deepEqual(sent.map(({ kind, family, to }) => [kind, family, to]), [
    ["open", "IPv4", "224.0.0.251:5353"],
    ["open", "IPv6", "[ff02::fb]:5353"],
  ]);
  for (const { packet } of sent) {
    assert.deepEqual(readQuery(packet)?.questions, [
      { name: service, type: "PTR", isInternet: true, wantsUnicast: false },
    ]);
  }
});

Deno.test("MdnsPoller asks only in the families that it was given", async () => {
  const { network } = await start(["IPv6"]);
  assert.deepEqual(network.sockets.map(({ family }) => family), ["IPv6"]);
});

Deno.test("MdnsPoller hands on each address once in its life", async () => {
  const { network, clock, found } = await start();
  for (const answer of [...answers, ...answers]) network.socket("open").deliver(answer);
  network.socket("open", "IPv6").deliver(answerOf("fd00::1"));
  const expected = ["10.77.0.1:7946", "10.77.0.2:7947", "[fd00::1]:7946"];
  assert.deepEqual(found, expected);

  clock.advance(pollInterval);
  await settle();
  for (const answer of answers) network.socket("open").deliver(answer);
  assert.deepEqual(found, expected);
  network.socket("open").deliver(answerOf("10.77.0.1", 7950));
  assert.deepEqual(found, [...expected, "10.77.0.1:7950"]);
});

Deno.test("MdnsPoller listens for a second, and asks again after a minute", async () => {
  const { network, clock, found } = await start(["IPv4"]);
  const first = network.socket("open");
  clock.advance(listenPeriod - 1);
  assert.equal(first.isClosed, false);
  clock.advance(1);
  assert.equal(first.isClosed, true);
  first.deliver(answers[0] ?? new Uint8Array(0));
  assert.deepEqual(found, []);

  clock.advance(pollInterval - listenPeriod - 1);
  await settle();
  assert.equal(network.sockets.length, 1);
  clock.advance(1);
  await settle();
  assert.equal(network.sockets.length, 2);
  assert.equal(network.socket("open").sent.length, 1);
});

Deno.test("MdnsPoller reports a question only if no family can send it", async () => {
  const one = await start(["IPv4", "IPv6"], (network) => network.broken.add("IPv4"));
  assert.deepEqual(one.log.lines, []);
  one.network.socket("open", "IPv6").deliver(answers[0] ?? new Uint8Array(0));
  assert.equal(one.found.length, 1);

  const reason = "write udp4 0.0.0.0:1->224.0.0.251:5353: network is unreachable";
  const none = await start(["IPv4", "IPv6"], (network) => network.sendFailure = new Error(reason));
  assert.deepEqual(none.log.lines, [`error Failed to poll for new hosts: ${reason}`]);
  none.clock.advance(pollInterval);
  await settle();
  assert.equal(none.log.lines.length, 2);
});

Deno.test("MdnsPoller counts and drops what it cannot read, and other people's answers", async () => {
  const { network, meter, found } = await start();
  const socket = network.socket("open");
  for (const answer of answers) socket.deliver(answer.subarray(0, answer.length - 1));
  assert.equal(meter.counters.get("agent.mdns.malformed"), 2);
  socket.deliver(recordedExchange("PTR _services").answers[0] ?? new Uint8Array(0));
  socket.deliver(recordedExchange("PTR _serf_c1").packet);
  assert.equal(meter.counters.get("agent.mdns.malformed"), 2);
  assert.deepEqual(found, []);
});

Deno.test("MdnsPoller remembers a limited number of addresses", async () => {
  const { network, meter, log, found } = await start();
  const socket = network.socket("open");
  for (let i = 0; i < maxKnownAddresses + 5; i++) {
    socket.deliver(answerOf(`10.1.${i >> 8}.${i & 255}`));
  }
  assert.equal(found.length, maxKnownAddresses);
  assert.equal(meter.counters.get("agent.mdns.dropped"), 5);
  assert.deepEqual(log.lines, [`warn Found ${maxKnownAddresses} hosts; further ones are ignored`]);
});

Deno.test("MdnsPoller.stop() closes its sockets and leaves no timer", async () => {
  const { network, clock, found, poller } = await start();
  await poller.stop();
  assert.equal(clock.pending, 0);
  assert.deepEqual(network.sockets.map(({ isClosed }) => isClosed), [true, true]);
  clock.advance(2 * pollInterval);
  await settle();
  assert.equal(network.sockets.length, 2);
  assert.deepEqual(found, []);
});

Deno.test("MdnsPoller.stop() ends a question that is under way", async () => {
  const network = new FakeMdnsNetwork();
  const clock = new SimClock();
  const poller = new MdnsPoller({
    service,
    families: ["IPv4", "IPv6"],
    network,
    clock,
    log: new RecordingLog(),
    meter: new RecordingMeter(),
    onFound: () => {},
  });
  poller.start();
  await poller.stop();
  await settle();
  assert.equal(clock.pending, 0);
  assert.equal(network.sockets.every(({ isClosed }) => isClosed), true);
});
