import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Prober } from "../../../../src/memberlist/detection/prober.ts";
import { SimProcess } from "../../../../src/sim/sim_process.ts";
import { MemberlistParts } from "../../../support/memberlist_parts.ts";

/** A prober whose members answer if `isUp` says so. */
function build(names: readonly string[], isUp: (name: string) => boolean) {
  const parts = new MemberlistParts({ gossipToTheDeadTime: 3_600_000 });
  parts.addMembers(...names);
  const prober = new Prober({
    ...parts,
    pingComplete() {},
    streamPing() {},
  });
  const probed: string[] = [];
  const watch = (duration: number) => {
    const end = parts.clock.now() + duration;
    while (parts.clock.step(end)) {
      for (const text of parts.transport.take()) {
        // Only our own pings: helpers are asked under the same number.
        const match = /: ping (\w+) #(\d+)/.exec(text);
        if (!match) continue;
        probed.push(match[1]!);
        if (isUp(match[1]!)) parts.acks.receiveAck(Number(match[2]), undefined);
      }
    }
    parts.clock.advance(end - parts.clock.now());
  };
  return { ...parts, parts, prober, probed, watch };
}

Deno.test("Prober probes every member once a round, one an interval, and never itself", () => {
  const names = ["b", "c", "d", "e", "f"];
  const { prober, probed, watch } = build(names, () => true);
  prober.start();
  watch(20_000);
  strictEqual(probed.length, 20);
  for (let round = 0; round < 20; round += 5) {
    deepStrictEqual(probed.slice(round, round + 5).sort(), names);
  }
});

Deno.test("Prober goes on in the interval in which a failed probe ended", () => {
  const { prober, probed, watch } = build(["b"], () => false);
  prober.start();
  watch(4100);
  // Suspects are probed as well, so that they can refute.
  strictEqual(probed.length >= 3, true, `${probed.length} probes`);
});

Deno.test("Prober runs one probe at a time, however long it takes", () => {
  const { awareness, prober, probed, watch } = build(["b", "c", "d"], () => false);
  awareness.change(7);
  prober.start();
  watch(8000);
  strictEqual(probed.length, 1);
});

Deno.test("Prober passes over the dead and those who left", () => {
  const { membership, prober, probed, watch } = build(["b", "c", "d"], () => true);
  membership.dead({ node: "b", incarnation: 1, from: "c" });
  membership.dead({ node: "c", incarnation: 1, from: "c" });
  prober.start();
  watch(5000);
  deepStrictEqual(new Set(probed), new Set(["d"]));
  strictEqual(probed.length, 5);
});

Deno.test("Prober rests where there is nobody to probe", () => {
  const { membership, prober, probed, watch } = build(["b"], () => true);
  membership.dead({ node: "b", incarnation: 1, from: "b" });
  prober.start();
  watch(5000);
  deepStrictEqual(probed, []);
});

Deno.test("Prober.startRound() forgets who is gone for long, and nobody else", () => {
  const { clock, membership, parts, prober } = build(["b", "c", "d", "e"], () => true);
  membership.dead({ node: "b", incarnation: 1, from: "c" });
  membership.dead({ node: "c", incarnation: 1, from: "c" });
  clock.advance(3_600_000);
  membership.dead({ node: "d", incarnation: 1, from: "e" });
  prober.startRound();
  ok(parts.roster.get("b") && parts.roster.get("c"));
  clock.advance(1);
  prober.startRound();
  deepStrictEqual(parts.roster.members().map(({ name }) => name).sort(), ["d", "e", "self"]);
});

Deno.test("Prober.stop() ends the probe under way without a verdict", () => {
  const { clock, parts, prober, watch } = build(["b"], () => false);
  prober.start();
  watch(1100);
  prober.stop();
  clock.advance(60_000);
  strictEqual(clock.pending, 0);
  ok(["alive 1", "suspect 1"].includes(parts.standing("b")));
});

Deno.test("Prober notes that the node did not run, and says nothing of small delays", () => {
  const { clock, facts, parts, prober } = build(["b"], () => true);
  const stalls = () => facts.filter(({ type }) => type === "stalled");
  const process = new SimProcess(clock);
  const late = new Prober({ ...parts, clock: process, pingComplete() {}, streamPing() {} });
  prober.stop();
  late.start();
  clock.advance(2000);
  process.freeze(400);
  clock.advance(2000);
  deepStrictEqual(stalls(), []);
  process.freeze(5000);
  clock.advance(6000);
  const [stall] = stalls();
  ok(stall?.type === "stalled" && stall.took > 4000 && stall.took <= 5000);
  late.stop();
});
