import { ok, strictEqual } from "node:assert/strict";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import { messageType } from "../../src/wire/message_type.ts";
import { writeUserMessage } from "../../src/wire/user_message.ts";
import { type FuzzTarget, testTarget } from "../support/fuzzing.ts";
import { recordedPackets, recordedSerfMessages, recordedStreams } from "../support/fuzz_seeds.ts";
import { SerfWorld, type WorldNode } from "../support/serf_world.ts";

const stranger = { host: "10.9.9.9", port: 7946 };
/** A world is left behind after so many inputs: strangers who join make it ever slower. */
const inputsPerWorld = 50;

let world: SerfWorld;
let nodes: readonly WorldNode[] = [];
let age = inputsPerWorld;

function renew(): void {
  for (const { core } of nodes) core.stop();
  world = new SerfWorld(7);
  nodes = world.startCluster(["a", "b"]);
  age = 0;
}

function asStream(message: Uint8Array): Uint8Array {
  const writer = new MsgpackWriter("raw");
  writeUserMessage(writer, message);
  return writer.view();
}

export const target: FuzzTarget = {
  name: "core",
  seeds: () => [...recordedPackets(), ...recordedStreams(), ...recordedSerfMessages()],
  check(input) {
    if (age++ >= inputsPerWorld) renew();
    const node = nodes[0]!;
    node.core.receivePacket(stranger, input.slice());
    node.core.receivePacket(stranger, Uint8Array.of(messageType.user, ...input));
    node.core.receiveRequest(stranger, input.slice(), () => {});
    node.core.receiveRequest(stranger, asStream(input), () => {});
    world.clock.advance(age % 10 === 0 ? 5000 : 50);

    const self = node.core.members().find(({ name }) => name === "a");
    strictEqual(self?.status, "alive", "It does not see itself alive");
    ok(node.log.lines.length < 5000, "The log is flooded");
    ok(node.events.length < 5000, "Events are without bound");
    // Its host would act on these; a new world is needed afterwards.
    if (node.endings.length > 0) renew();
  },
};

testTarget(target, { seed: 20_240_229, inputs: 1000, values: 1 });
