import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { MemberlistConfig } from "../../../../src/memberlist/config.ts";
import { Probe, shareAfterRefusal } from "../../../../src/memberlist/detection/probe.ts";
import type { StreamPingOutcome } from "../../../../src/memberlist/detection/stream_ping.ts";
import { aliveClaim, MemberlistParts } from "../../../support/memberlist_parts.ts";

interface StreamPing {
  readonly to: string;
  readonly sequence: number;
  readonly timeout: number;
  readonly answered: (outcome: StreamPingOutcome) => void;
}

/** A probe of `b` among the members b, h1, h2, h3 and h4. */
function build(overrides: Partial<MemberlistConfig> = {}) {
  const parts = new MemberlistParts(overrides);
  const streamPings: StreamPing[] = [];
  const probeParts = {
    ...parts,
    pingComplete: parts.delegate.pingComplete.bind(parts.delegate),
    streamPing(
      { name: to }: { name: string },
      sequence: number,
      timeout: number,
      answered: (outcome: StreamPingOutcome) => void,
    ) {
      streamPings.push({ to, sequence, timeout, answered });
    },
  };
  parts.addMembers("b");
  for (const [i, name] of ["h1", "h2", "h3", "h4"].entries()) {
    parts.membership.alive(aliveClaim(name, 1, { ip: Uint8Array.of(10, 0, 1, i + 1) }));
  }
  parts.forget();
  let verdicts = 0;
  const start = () => {
    const probe = new Probe(probeParts, parts.member("b"), () => verdicts++);
    probe.start();
    return probe;
  };
  return { ...parts, parts, streamPings, start, verdicts: () => verdicts };
}

Deno.test("Probe pings, and an ack in time is the end of it", () => {
  const { awareness, clock, delegate, parts, start, streamPings, transport, verdicts } = build();
  awareness.change(2);
  start();
  deepStrictEqual(transport.take(), ["10.0.0.98:7946: ping b #1"]);
  clock.advance(120);
  parts.acks.receiveAck(1, Uint8Array.of(5));
  strictEqual(verdicts(), 1);
  deepStrictEqual(delegate.pings, [{ name: "b", rtt: 120, payload: "05" }]);
  strictEqual(awareness.score, 1);

  clock.advance(10_000);
  deepStrictEqual([transport.take(), streamPings], [[], []]);
  strictEqual(parts.standing("b"), "alive 1");
  strictEqual(verdicts(), 1);
});

Deno.test("Probe asks three others, and the member itself by stream, after the probe timeout", () => {
  const { clock, start, streamPings, transport } = build();
  start();
  transport.take();
  clock.advance(499);
  deepStrictEqual(transport.take(), []);
  clock.advance(1);
  const asked = transport.take();
  strictEqual(new Set(asked).size, 3);
  for (const packet of asked) {
    // Under the number of the ping, so that whichever ack comes first counts.
    ok(
      /^10\.0\.1\.\d:7946: indirect ping b at 10\.0\.0\.98:7946 #1, nack wanted$/.test(packet),
      packet,
    );
  }
  deepStrictEqual(
    streamPings.map(({ sequence, timeout, to }) => [to, sequence, timeout]),
    [["b", 1, 500]],
  );
});

Deno.test("Probe takes an ack over a helper, which says nothing about the distance", () => {
  const { acks, clock, delegate, parts, start, verdicts } = build();
  start();
  clock.advance(700);
  acks.receiveAck(1, undefined);
  strictEqual(verdicts(), 1);
  deepStrictEqual(delegate.pings, []);
  clock.advance(10_000);
  strictEqual(parts.standing("b"), "alive 1");
});

Deno.test("Probe suspects a member that is silent to the end of the interval", () => {
  const { broadcasts, clock, log, parts, start, verdicts } = build();
  start();
  clock.advance(999);
  strictEqual(parts.standing("b"), "alive 1");
  clock.advance(1);
  strictEqual(parts.standing("b"), "suspect 1");
  strictEqual(verdicts(), 1);
  strictEqual(broadcasts.length, 1);
  ok(log.has("info Suspect b has failed, no acks received"));
});

Deno.test("Probe blames itself for every helper that did not even say that it tried", () => {
  for (const nacks of [0, 1, 2, 3, 5]) {
    const { acks, awareness, clock, start } = build();
    start();
    clock.advance(600);
    for (let i = 0; i < nacks; i++) acks.receiveNack(1);
    clock.advance(400);
    strictEqual(awareness.score, Math.max(0, 3 - nacks), `${nacks} nacks`);
  }
});

Deno.test("Probe blames itself once where no helper could have said anything", () => {
  const { awareness, clock, start } = build({ indirectChecks: 0 });
  start();
  clock.advance(1000);
  strictEqual(awareness.score, 1);
});

Deno.test("Probe wants no nack of members that know none", () => {
  const { awareness, clock, membership, parts, start, transport } = build();
  for (const [i, name] of ["h1", "h2", "h3", "h4"].entries()) {
    const versions = Uint8Array.of(1, 3, 2, 2, 5, 5);
    membership.alive(aliveClaim(name, 2, { ip: Uint8Array.of(10, 0, 1, i + 1), versions }));
  }
  parts.forget();
  start();
  transport.take();
  clock.advance(500);
  ok(transport.take().every((packet) => packet.endsWith("#1")));
  clock.advance(500);
  strictEqual(awareness.score, 1);
});

Deno.test("Probe spares a member that answers by stream, with a warning about the network", () => {
  const { awareness, clock, log, parts, start, streamPings, verdicts } = build();
  awareness.change(3);
  start();
  clock.advance(600);
  streamPings[0]?.answered("answered");
  strictEqual(verdicts(), 0);
  clock.advance(10_000);
  strictEqual(parts.standing("b"), "alive 1");
  strictEqual(verdicts(), 1);
  strictEqual(awareness.score, 2);
  ok(log.has("warn Was able to connect to b over TCP but UDP probes failed"));
});

Deno.test("Probe takes a failed stream for no answer", () => {
  const { clock, parts, start, streamPings } = build();
  start();
  clock.advance(600);
  streamPings[0]?.answered("silent");
  clock.advance(400);
  strictEqual(parts.standing("b"), "suspect 1");
});

Deno.test("Probe does without the stream if told so, or if the member knows none", () => {
  const off = build({ disableStreamPings: true });
  off.start();
  off.clock.advance(1000);
  deepStrictEqual(off.streamPings, []);

  const old = build();
  old.membership.alive(aliveClaim("b", 2, { versions: Uint8Array.of(1, 2, 2, 2, 5, 5) }));
  old.start();
  old.clock.advance(1000);
  deepStrictEqual(old.streamPings, []);
});

Deno.test("Probe gives more time the worse our own health is, but not for the first ping", () => {
  const { awareness, clock, parts, start, streamPings, transport } = build();
  awareness.change(2);
  start();
  transport.take();
  clock.advance(500);
  strictEqual(transport.take().length, 3);
  strictEqual(streamPings[0]?.timeout, 2500);
  clock.advance(2499);
  strictEqual(parts.standing("b"), "alive 1");
  clock.advance(1);
  strictEqual(parts.standing("b"), "suspect 1");
  strictEqual(parts.meter.counters.get("memberlist.degraded.probe"), 1);
});

Deno.test("Probe asks nobody who is suspect or gone", () => {
  const { clock, membership, parts, start, transport } = build();
  membership.suspect({ node: "h1", incarnation: 1, from: "h2" });
  membership.dead({ node: "h2", incarnation: 1, from: "h2" });
  membership.dead({ node: "h3", incarnation: 1, from: "h2" });
  parts.forget();
  start();
  transport.take();
  clock.advance(500);
  deepStrictEqual(transport.take(), [
    "10.0.1.4:7946: indirect ping b at 10.0.0.98:7946 #1, nack wanted",
  ]);
});

Deno.test("Probe.cancel() ends it without a verdict", () => {
  const { acks, clock, parts, start, transport, verdicts } = build();
  const probe = start();
  transport.take();
  probe.cancel();
  acks.receiveAck(1, undefined);
  clock.advance(10_000);
  deepStrictEqual([transport.take(), verdicts(), clock.pending], [[], 0, 0]);
  strictEqual(parts.standing("b"), "alive 1");
});

Deno.test("Probe needs less time for a member whose host refuses the stream", () => {
  const { awareness, clock, parts, start, streamPings, verdicts } = build();
  start();
  clock.advance(500);
  streamPings[0]?.answered("refused");
  clock.advance(shareAfterRefusal * 500 - 1);
  strictEqual(parts.standing("b"), "alive 1");
  clock.advance(1);
  strictEqual(parts.standing("b"), "suspect 1");
  strictEqual(awareness.score, 0, "the silence is not our fault");
  clock.advance(10_000);
  strictEqual(verdicts(), 1);
});

Deno.test("Probe believes a helper that reaches a member even so", () => {
  const { clock, parts, start, streamPings } = build();
  start();
  clock.advance(500);
  streamPings[0]?.answered("refused");
  parts.acks.receiveAck(1, undefined);
  clock.advance(10_000);
  strictEqual(parts.standing("b"), "alive 1");
});

Deno.test("Probe blames nobody for a silence during which this node did not run", () => {
  const { acks, awareness, clock, log, parts, start, verdicts } = build();
  // The clock goes on while the node stands still: all that was due comes at once, and late.
  const { after } = clock;
  const late: (() => void)[] = [];
  clock.after = (_delay, action) => {
    late.push(action);
    return { cancel() {} };
  };
  start();
  clock.after = after;
  clock.advance(5000);
  // The one that ends the interval was booked first.
  late[0]?.();
  strictEqual(parts.standing("b"), "alive 1");
  strictEqual(verdicts(), 1);
  strictEqual(awareness.score, 1);
  ok(log.has("warn Probe of b says nothing, because this node did not run"));
  acks.stop();
});

Deno.test("Probe notes each stage, and by which path the answer came", () => {
  const { clock, facts, parts, start, transport } = build();
  start();
  clock.advance(500);
  const helper = transport.packets.find(({ to }) => to.startsWith("10.0.1."))!.to.split(":")[0]!;
  parts.acks.receiveNack(1, { host: helper, port: 7946 });
  clock.advance(10);
  parts.acks.receiveAck(1, undefined, { host: helper, port: 7946 });
  const [sent, relayed, nack, answered] = facts;
  deepStrictEqual(sent, { type: "probe-sent", at: 1_000_000, member: "b", health: 0 });
  strictEqual(relayed?.type === "probe-relayed" && relayed.helpers.length, 3);
  const from = { host: helper, port: 7946 };
  deepStrictEqual(nack, { type: "probe-nack", at: 1_000_500, member: "b", from });
  deepStrictEqual(answered, {
    type: "probe-answered",
    at: 1_000_510,
    member: "b",
    path: "relayed",
    from,
    took: 510,
  });
  strictEqual(facts.length, 4);
});

Deno.test("Probe calls a late answer of the member itself direct", () => {
  const { clock, facts, parts, start } = build();
  start();
  clock.advance(600);
  parts.acks.receiveAck(1, undefined, parts.member("b").address);
  const answered = facts.at(-1);
  strictEqual(answered?.type === "probe-answered" && answered.path, "direct");
});
