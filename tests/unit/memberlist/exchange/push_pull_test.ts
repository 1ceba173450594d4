import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { MsgpackReader } from "../../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../../src/bytes/msgpack_writer.ts";
import { complete, itemsPerSlice, type Steps } from "../../../../src/bytes/steps.ts";
import type { MemberlistConfig } from "../../../../src/memberlist/config.ts";
import { PushPull } from "../../../../src/memberlist/exchange/push_pull.ts";
import { failure, type Result, success } from "../../../../src/ports/result.ts";
import {
  type FullState,
  type NodeState,
  readFullState,
  writeFullState,
} from "../../../../src/wire/full_state.ts";
import { writeErrorMessage } from "../../../../src/wire/user_message.ts";
import { aliveClaim, MemberlistParts } from "../../../support/memberlist_parts.ts";

const peer = { host: "10.0.0.98", port: 7946 };

function build(overrides: Partial<MemberlistConfig> = {}) {
  const parts = new MemberlistParts(overrides);
  const pushPull = new PushPull(parts);
  const results: string[] = [];
  const finished = (result: Result<void>) => results.push(result.ok ? "ok" : result.error.message);
  return { ...parts, parts, pushPull, results, finished };
}

function node(name: string, state: NodeState["state"], rest: Partial<NodeState> = {}): NodeState {
  const { incarnation, ip, meta, port, versions } = aliveClaim(name, 1);
  return { name, state, incarnation, ip, meta, port, versions, ...rest };
}

function encode(state: Partial<FullState>): Uint8Array {
  const writer = new MsgpackWriter("raw");
  complete(
    writeFullState(writer, { joining: false, nodes: [], userState: new Uint8Array(0), ...state }),
  );
  return writer.copy();
}

function decode(message: Uint8Array): FullState {
  const reader = new MsgpackReader(message);
  strictEqual(reader.takeByte(), 6);
  return complete(readFullState(reader));
}

function namesOf(state: FullState): string[] {
  return state.nodes.map(({ name, state }) => `${name} ${state}`).sort();
}

Deno.test("PushPull measures what it sends, and how many members are in each state", () => {
  const { finished, membership, meter, parts, pushPull, transport } = build();
  parts.addMembers("b", "c");
  membership.dead({ node: "c", incarnation: 1, from: "c" });
  pushPull.exchange(peer, true, finished);
  deepStrictEqual(Object.fromEntries(meter.gauges), {
    "memberlist.size.local": transport.exchanges[0]?.request.length,
    "memberlist.node.instances.alive": 2,
    "memberlist.node.instances.suspect": 0,
    "memberlist.node.instances.dead": 0,
    "memberlist.node.instances.left": 1,
  });
});

Deno.test("PushPull.exchange() sends all it knows and merges all that comes back", () => {
  const { delegate, finished, membership, parts, pushPull, results, transport } = build();
  parts.addMembers("b", "c");
  membership.dead({ node: "c", incarnation: 1, from: "c" });
  delegate.heard.length = 0;
  delegate.state = Uint8Array.of(1, 2);
  pushPull.exchange(peer, true, finished);

  const [exchange] = transport.exchanges;
  strictEqual(exchange?.to, "10.0.0.98:7946");
  deepStrictEqual([exchange.options.expectReply, exchange.options.timeout], [true, 10_000]);
  const request = decode(exchange.request);
  deepStrictEqual(namesOf(request), ["b alive", "c left", "self alive"]);
  deepStrictEqual([request.joining, [...request.userState]], [true, [1, 2]]);

  const userState = Uint8Array.of(9);
  const nodes = [node("d", "alive"), node("b", "dead")];
  exchange.options.done(success(encode({ nodes, userState })));
  deepStrictEqual(results, ["ok"]);
  deepStrictEqual(delegate.heard, ["join d", "state 09 joining"]);
  strictEqual(parts.standing("b"), "suspect 1");
});

Deno.test("PushPull.exchange() reports what went wrong, and merges nothing", () => {
  const { finished, membership, parts, pushPull, results, transport } = build();
  const refusal = new MsgpackWriter("raw");
  writeErrorMessage(refusal, "no key fits");
  const incompatible = encode({
    nodes: [node("d", "alive"), node("e", "alive", { versions: Uint8Array.of(1, 5, 9, 2, 5, 5) })],
  });
  for (
    const reply of [
      failure("dial tcp: refused"),
      success(refusal.copy()),
      success(Uint8Array.of(2, 0x80)),
      success(encode({ nodes: [node("d", "alive")] }).slice(0, -3)),
      success(new Uint8Array(0)),
      success(incompatible),
    ]
  ) {
    pushPull.exchange(peer, true, finished);
    transport.exchanges.pop()?.options.done(reply);
  }
  deepStrictEqual(results.slice(0, 3), [
    "dial tcp: refused",
    "remote error: no key fits",
    "received invalid msgType (2), expected pushPullMsg",
  ]);
  strictEqual(results.length, 6);
  ok(results[5]?.startsWith("node 'e' protocol version (9) is incompatible"));
  strictEqual(parts.roster.size, 1);
  strictEqual(membership.self?.incarnation, 1);
});

Deno.test("PushPull.answer() replies with what it knew before it merges", () => {
  const { delegate, parts, pushPull } = build();
  delegate.state = Uint8Array.of(7);
  const remote: FullState = {
    joining: true,
    nodes: [node("b", "alive")],
    userState: Uint8Array.of(8),
  };
  const { merged, reply } = complete(pushPull.answer(remote));
  ok(merged.ok);
  const sent = decode(reply);
  deepStrictEqual(namesOf(sent), ["self alive"]);
  deepStrictEqual([sent.joining, [...sent.userState]], [true, [7]]);
  strictEqual(parts.standing("b"), "alive 1");
  deepStrictEqual(delegate.heard, ["join b", "state 08 joining"]);
});

Deno.test("PushPull.answer() replies also to members it cannot take in", () => {
  const { delegate, parts, pushPull } = build();
  const versions = Uint8Array.of(1, 5, 9, 2, 5, 5);
  const nodes = [node("b", "alive", { versions })];
  const { merged, reply } = complete(
    pushPull.answer({ joining: true, nodes, userState: Uint8Array.of(8) }),
  );
  ok(!merged.ok);
  deepStrictEqual(namesOf(decode(reply)), ["self alive"]);
  strictEqual(parts.standing("b"), "unknown");
  deepStrictEqual(delegate.heard, []);
});

Deno.test("PushPull tells the layer above of no empty state", () => {
  const { delegate, pushPull } = build();
  complete(pushPull.answer({ joining: false, nodes: [], userState: new Uint8Array(0) }));
  deepStrictEqual(delegate.heard, []);
});

Deno.test("PushPull takes the own port for that of members who name none", () => {
  const { parts, pushPull } = build();
  const nodes = [node("b", "alive", { port: 0 })];
  complete(pushPull.answer({ joining: false, nodes, userState: new Uint8Array(0) }));
  strictEqual(parts.member("b").address.port, 7946);
});

Deno.test("PushPull exchanges with some living member now and then, and with nobody else", () => {
  const { clock, membership, parts, pushPull, transport } = build();
  parts.addMembers("b", "c", "d", "e");
  membership.suspect({ node: "c", incarnation: 1, from: "b" });
  membership.dead({ node: "d", incarnation: 1, from: "b" });
  pushPull.start();
  clock.advance(3_600_000);
  const partners = new Set(transport.exchanges.map(({ to }) => to));
  deepStrictEqual(partners, new Set(["10.0.0.98:7946", "10.0.0.101:7946"]));
  const rounds = transport.exchanges.length;
  ok(rounds >= 119 && rounds <= 121, `${rounds} exchanges in an hour`);
  ok(transport.exchanges.every(({ request }) => !decode(request).joining));
});

Deno.test("PushPull exchanges less often in a large cluster", () => {
  const { clock, membership, pushPull, transport } = build();
  for (let i = 0; i < 99; i++) {
    membership.alive(aliveClaim(`m${i}`, 1, { ip: Uint8Array.of(10, 1, 0, i) }));
  }
  pushPull.start();
  clock.advance(3_600_000);
  const rounds = transport.exchanges.length;
  ok(rounds >= 39 && rounds <= 41, `${rounds} exchanges in an hour`);
});

Deno.test("PushPull logs that a periodic exchange failed", () => {
  const { clock, log, parts, pushPull, transport } = build();
  parts.addMembers("b");
  pushPull.start();
  clock.advance(30_000);
  transport.exchanges[0]?.options.done(failure("dial tcp: refused"));
  ok(log.has("error Push/Pull with b failed: dial tcp: refused"));
});

Deno.test("PushPull.stop() ends the rounds and refuses what comes back later", () => {
  const { clock, finished, log, parts, pushPull, results, transport } = build();
  parts.addMembers("b");
  pushPull.start();
  pushPull.exchange(peer, true, finished);
  pushPull.stop();
  strictEqual(clock.pending, 0);
  log.lines.length = 0;
  transport.exchanges[0]?.options.done(success(encode({ nodes: [node("d", "alive")] })));
  deepStrictEqual(results, ["node is shut down"]);
  strictEqual(parts.standing("d"), "unknown");
});

/** More members than are written, read or believed in one slice. */
const crowd = Array.from(
  { length: 12 * itemsPerSlice + 10 },
  (_, i) => node(`m${i}`, "alive", { ip: Uint8Array.of(10, 1, i >> 8, i & 0xff) }),
);

/** Does the work; after each pause, the `nth` of which is the last, `meanwhile` runs. */
function pausing<T>(steps: Steps<T>, nth: number, meanwhile: () => void): T {
  for (let pauses = 1;; pauses++) {
    const step = steps.next();
    if (step.done) return step.value;
    if (pauses === nth) meanwhile();
  }
}

function countPauses(steps: Steps<unknown>): number {
  return [...steps].length;
}

function crowded() {
  const built = build({ compression: true });
  built.membership.merge(crowd);
  built.parts.forget();
  return built;
}

const nothingNew: FullState = { joining: false, nodes: [], userState: new Uint8Array(0) };

Deno.test("PushPull.answer() tells of all that were known at first, whatever happens meanwhile", () => {
  const before = [...crowd, node("self", "alive")].map(({ name }) => name).sort();
  const pauses = countPauses(crowded().pushPull.answer(nothingNew));
  ok(pauses >= 3, `${pauses} pauses`);
  for (let nth = 1; nth <= pauses; nth++) {
    const { clock, membership, parts, pushPull } = crowded();
    const { reply } = pausing(pushPull.answer(nothingNew), nth, () => {
      membership.dead({ node: "m0", incarnation: 1, from: "m9" });
      membership.suspect({ node: `m${crowd.length - 1}`, incarnation: 1, from: "m9" });
      membership.alive(aliveClaim("m5", 7, { ip: crowd[5]!.ip, meta: Uint8Array.of(1) }));
      membership.alive(aliveClaim("newcomer", 1));
      parts.roster.purgeAndShuffle(clock.now() + 1);
    });
    const { nodes } = decode(reply);
    deepStrictEqual(nodes.map(({ name }) => name).sort(), before, `pause ${nth}`);
    const told = nodes.find(({ name }) => name === "m5")!;
    ok(told.incarnation === (told.meta?.length === 1 ? 7 : 1), `pause ${nth}`);
  }
});

Deno.test("PushPull.answer() undoes nothing that is heard while it merges", () => {
  const remote = {
    ...nothingNew,
    nodes: crowd.map((state) => ({ ...state, incarnation: 2 })),
    userState: Uint8Array.of(5),
  };
  const pauses = countPauses(crowded().pushPull.answer(remote));
  ok(pauses >= 6, `${pauses} pauses`);
  for (let nth = 1; nth <= pauses; nth++) {
    const { delegate, membership, parts, pushPull } = crowded();
    const { merged } = pausing(pushPull.answer(remote), nth, () => {
      for (const i of [0, 300, crowd.length - 1]) {
        const { ip, name } = crowd[i]!;
        membership.alive(aliveClaim(name, 4, { ip }));
        membership.dead({ node: `m${i === 0 ? 1 : i - 1}`, incarnation: 3, from: "m9" });
      }
    });
    ok(merged.ok);
    for (const i of [0, 300, crowd.length - 1]) {
      strictEqual(parts.standing(`m${i}`), "alive 4", `pause ${nth}`);
      strictEqual(parts.standing(`m${i === 0 ? 1 : i - 1}`), "dead 3", `pause ${nth}`);
    }
    strictEqual(parts.standing("m100"), "alive 2");
    deepStrictEqual(delegate.heard.at(-1), "state 05");
  }
});

Deno.test("PushPull.exchange() writes and merges a large cluster in many turns, at once", () => {
  const { clock, delegate, finished, parts, pushPull, results, transport } = crowded();
  const startedAt = clock.now();
  pushPull.exchange(peer, false, finished);
  strictEqual(transport.exchanges.length, 0);
  clock.advance(0);
  const [exchange] = transport.exchanges;
  ok(exchange);
  strictEqual(decode(exchange.request).nodes.length, crowd.length + 1);

  const nodes = crowd.map((state) => ({ ...state, incarnation: 2 }));
  const reply = encode({ nodes, userState: Uint8Array.of(6) });
  exchange.options.done(success(reply));
  // It was borrowed.
  reply.fill(0xdb);
  deepStrictEqual(results, []);
  clock.advance(0);
  deepStrictEqual(results, ["ok"]);
  ok(clock.turns > 6, `${clock.turns} turns`);
  strictEqual(clock.now(), startedAt);
  strictEqual(parts.standing(`m${crowd.length - 1}`), "alive 2");
  deepStrictEqual(delegate.heard, ["state 06"]);
});

Deno.test("PushPull.exchange() ends in a failure if the node stops in the middle", () => {
  const { clock, finished, parts, pushPull, results, transport } = crowded();
  pushPull.exchange(peer, false, finished);
  pushPull.stop();
  parts.work.stop();
  clock.advance(0);
  deepStrictEqual([results, transport.exchanges.length], [["node is shut down"], 0]);
});

Deno.test("PushPull.exchangeAfterGrowth() takes no half of an exchange for growth", () => {
  const { clock, finished, pushPull, results, transport } = build();
  pushPull.exchange(peer, false, finished);
  transport.exchanges[0]?.options.done(success(encode({ nodes: crowd })));
  while (results.length === 0) {
    clock.step();
    pushPull.exchangeAfterGrowth();
  }
  pushPull.exchangeAfterGrowth();
  clock.advance(20_000);
  strictEqual(transport.exchanges.length, 1);
});
