import assert from "node:assert/strict";
import { readResponse } from "../../../../src/agent/discovery/mdns_message.ts";
import {
  maxPendingAnswers,
  MdnsResponder,
} from "../../../../src/agent/discovery/mdns_responder.ts";
import { MdnsService } from "../../../../src/agent/discovery/mdns_service.ts";
import { FakeMdnsNetwork, recordedExchange, settle } from "../../../support/mdns.ts";
import { RecordingMeter } from "../../../support/recorders.ts";

const service = new MdnsService({
  cluster: "c1",
  nodeName: "m1",
  hostName: "vm",
  address: { host: "10.77.0.1", port: 7946 },
});
const plain = recordedExchange("PTR _serf_c1._tcp.local. IN").packet;
const direct = recordedExchange("PTR _serf_c1._tcp.local. IN with the unicast bit").packet;
const asker = { host: "10.77.0.2", port: 51_125 };

function start(prepare: (network: FakeMdnsNetwork) => void = () => {}) {
  const network = new FakeMdnsNetwork();
  prepare(network);
  const meter = new RecordingMeter();
  const responder = new MdnsResponder(service, network, meter);
  return { network, meter, responder, started: responder.start() };
}

/** A query with several of the recorded questions in one message. */
function together(...questions: readonly string[]): Uint8Array {
  const packets = questions.map((question) => recordedExchange(question).packet);
  const header = plain.slice(0, 12);
  header[5] = packets.length;
  return new Uint8Array([...header, ...packets.flatMap((packet) => [...packet.subarray(12)])]);
}

Deno.test("MdnsResponder answers the asker, without the number of the question", async () => {
  const { network, started } = start();
  await started;
  const socket = network.socket("listen");
  socket.deliver(plain, asker);
  assert.equal(socket.sent.length, 1);
  const [{ to, packet } = { to: undefined, packet: new Uint8Array(0) }] = socket.sent;
  assert.deepEqual(to, asker);
  const [recorded = new Uint8Array(0)] = recordedExchange("PTR _serf_c1").answers;
  assert.deepEqual(readResponse(packet), readResponse(recorded));
  assert.deepEqual(packet.subarray(0, 2), new Uint8Array([0, 0]));
  await settle();
});

Deno.test("MdnsResponder repeats the number where the unicast bit is set", async () => {
  const { network, started } = start();
  await started;
  const socket = network.socket("listen", "IPv6");
  socket.deliver(direct, asker);
  assert.deepEqual(socket.sent[0]?.packet.subarray(0, 2), new Uint8Array([0x12, 0x34]));
  assert.equal(socket.sent.length, 1);
  await settle();
});

Deno.test("MdnsResponder answers several questions at once, each record told once", async () => {
  const { network, started } = start();
  await started;
  const socket = network.socket("listen");
  socket.deliver(together("SRV m1", "TXT m1", "SRV m1"));
  assert.equal(socket.sent.length, 1);
  const records = readResponse(socket.sent[0]?.packet ?? new Uint8Array(0)) ?? [];
  assert.deepEqual(records.map(({ type }) => type), ["SRV", "A", "TXT"]);

  socket.deliver(together("TXT m1", "PTR _serf_c1._tcp.local. IN with the unicast bit"));
  assert.deepEqual(socket.sent.slice(1).map(({ packet }) => packet[0]), [0, 0x12]);
  await settle();
});

Deno.test("MdnsResponder is silent about others, and to answers", async () => {
  const { network, meter, started } = start();
  await started;
  const socket = network.socket("listen");
  socket.deliver(recordedExchange("PTR _other").packet);
  for (const answer of recordedExchange("PTR _serf_c1").answers) socket.deliver(answer);
  assert.equal(socket.sent.length, 0);
  assert.equal(meter.counters.size, 0);
});

Deno.test("MdnsResponder counts and drops what it cannot read", async () => {
  const { network, meter, started } = start();
  await started;
  const socket = network.socket("listen");
  socket.deliver(plain.subarray(0, 20));
  socket.deliver(new Uint8Array(3));
  socket.deliver(plain);
  assert.equal(meter.counters.get("agent.mdns.malformed"), 2);
  assert.equal(socket.sent.length, 1);
  await settle();
});

Deno.test("MdnsResponder drops answers while too many wait for the network", async () => {
  const gate = Promise.withResolvers<void>();
  const { network, meter, started } = start((network) => network.sendGate = gate.promise);
  await started;
  const socket = network.socket("listen");
  for (let i = 0; i < maxPendingAnswers + 3; i++) socket.deliver(plain);
  assert.equal(socket.sent.length, maxPendingAnswers);
  assert.equal(meter.counters.get("agent.mdns.dropped"), 3);
  gate.resolve();
  await settle();
  socket.deliver(plain);
  assert.equal(socket.sent.length, maxPendingAnswers + 1);
  await settle();
});

Deno.test("MdnsResponder counts answers that the network refuses", async () => {
  const { network, meter, started } = start((network) => network.sendFailure = new Error("no"));
  await started;
  network.socket("listen").deliver(plain);
  await settle();
  assert.equal(meter.counters.get("agent.mdns.dropped"), 1);
});

Deno.test("MdnsResponder.start() is content with one family, and fails without any", async () => {
  const one = start((network) => network.broken.add("IPv4"));
  await one.started;
  assert.deepEqual(one.network.sockets.map(({ family }) => family), ["IPv6"]);

  const none = start((network) => network.broken.add("IPv4").add("IPv6"));
  await assert.rejects(none.started, { message: "no multicast listeners could be started" });
});

Deno.test("MdnsResponder.stop() closes every socket", async () => {
  const { network, responder, started } = start();
  await started;
  await responder.stop();
  assert.deepEqual(network.sockets.map(({ isClosed }) => isClosed), [true, true]);
});
