/**
 * Round trips over a link of 20 ms: our agent and HashiCorp's estimate them alike,
 * each from its own end, and either command line shows it.
 */

import { strictEqual } from "node:assert/strict";
import { AgentProcess, type Kind, needsReference } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";
import { DelayedRelay } from "../support/delayed_relay.ts";
import { NamespacePair, needsDelays } from "../support/network_namespaces.ts";

/** Within so much of each other, and of the truth, estimates agree. */
const tolerance = 0.2;

function agree(a: number, b: number): boolean {
  return Math.abs(a - b) <= tolerance * Math.min(a, b);
}

/** What a command line says of the way from `agent` to another member; 0 if it cannot say yet. */
async function estimate(agent: AgentProcess, other: AgentProcess, kind: Kind): Promise<number> {
  const { stdout } = await agent.cli(["rtt", other.name], kind);
  const match = /^Estimated (\S+) <-> (\S+) rtt: ([\d.]+) ms\n$/.exec(stdout);
  if (!match) return 0;
  strictEqual(`${match[1]} ${match[2]}`, `${other.name} ${agent.name}`);
  return Number(match[3]);
}

/** Waits until both agents see the other as far away as it is. */
async function agreeOn(
  ours: AgentProcess,
  reference: AgentProcess,
  trueRoundTrip: () => number,
): Promise<void> {
  let seen = "";
  await eventually("both know how far it is", async () => {
    const there = await estimate(ours, reference, "reference");
    const back = await estimate(reference, ours, "reference");
    const truth = trueRoundTrip();
    seen = `${there} ms there and ${back} ms back on a way of ${truth} ms`;
    return agree(there, back) && agree(there, truth) && agree(back, truth);
  }, { within: 150_000, pause: 500, detail: () => seen });

  await eventually("both command lines say so", async () => {
    const pairs = [[ours, reference], [reference, ours]] as const;
    const estimates = await Promise.all(pairs.map(([from, to]) => estimate(from, to, "ours")));
    return estimates.every((one) => agree(one, trueRoundTrip()));
  }, { within: 150_000, pause: 500 });
}

Deno.test({
  name: "Mixed cluster: both kinds estimate a relayed way of 20 ms alike",
  ...needsReference,
  fn: async () => {
    const port = 7946;
    const delay = 10;
    const [oursBind, oursRelay] = ["127.73.5.1", "127.73.5.101"];
    const [referenceBind, referenceRelay] = ["127.73.5.2", "127.73.5.102"];
    await using toOurs = new DelayedRelay({ listen: oursRelay, target: oursBind, port, delay });
    await using toReference = new DelayedRelay({
      listen: referenceRelay,
      target: referenceBind,
      port,
      delay,
    });
    await using ours = await AgentProcess.start("ours", {
      name: "ours",
      bind: oursBind,
      args: ["-profile=local", `-advertise=${oursRelay}`],
    });
    await using reference = await AgentProcess.start("reference", {
      name: "reference",
      bind: referenceBind,
      args: ["-profile=local", `-advertise=${referenceRelay}`, `-join=${oursRelay}`],
    });
    await agreeOn(ours, reference, () => toOurs.meanDelay + toReference.meanDelay);
  },
});

Deno.test({
  name: "Mixed cluster: both kinds estimate an emulated link of 20 ms alike",
  ignore: needsReference.ignore || (await needsDelays()).ignore,
  fn: async () => {
    await using network = await NamespacePair.create();
    await network.delay(10);
    const { left, right } = network;
    await using ours = await AgentProcess.start("ours", {
      name: "ours",
      bind: left.ip,
      wrapper: left.wrapper,
      args: ["-profile=local"],
    });
    await using reference = await AgentProcess.start("reference", {
      name: "reference",
      bind: right.ip,
      wrapper: right.wrapper,
      args: ["-profile=local", `-join=${left.ip}`],
    });
    await agreeOn(ours, reference, () => 20);
  },
});
