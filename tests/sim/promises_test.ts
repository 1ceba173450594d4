/** What Serf's documentation promises of a cluster, each promise a short story in virtual time. */

import assert from "node:assert/strict";
import type { MemberlistConfig } from "../../src/memberlist/config.ts";
import { formatAddress } from "../../src/ports/address.ts";
import { SimCluster, type SimClusterOptions, type SimMember } from "../../src/sim/sim_cluster.ts";
import { RecordingMeter } from "../support/recorders.ts";

const second = 1000;
const minute = 60 * second;

/** A cluster that has formed. */
function formed(members: number, options: Partial<SimClusterOptions> = {}): SimCluster {
  const cluster = new SimCluster({ members, ...options });
  cluster.form();
  assert.notEqual(cluster.settle(minute), undefined);
  return cluster;
}

/** How a member takes another. */
function statusOf(cluster: SimCluster, viewer: number, name: string): string | undefined {
  return cluster.core(viewer).member(name)?.status;
}

/** Which user events a member delivered, by name. */
function heard({ events }: SimMember): string[] {
  return events.flatMap(({ event }) => event.type === "user" ? [event.name] : []);
}

Deno.test("a member that dies is known as failed everywhere within seconds", () => {
  const cluster = formed(12);
  cluster.crash(5);
  const took = cluster.settle(minute);
  assert(took !== undefined && took < 20 * second, `${took} ms`);
  for (const { index } of cluster.running()) {
    assert.equal(statusOf(cluster, index, "node-5"), "failed");
  }
});

Deno.test("a member that was cut off is found again by itself", () => {
  const cluster = formed(6, { settings: () => ({ reconnectInterval: 5 * second }) });
  cluster.partition(({ index }) => index === 0 ? 1 : 0);
  cluster.clock.advance(2 * minute);
  assert.equal(statusOf(cluster, 3, "node-0"), "failed");
  cluster.heal();
  assert.notEqual(cluster.settle(5 * minute), undefined);
  assert.equal(statusOf(cluster, 3, "node-0"), "alive");
  assert.equal(statusOf(cluster, 0, "node-3"), "alive");
});

Deno.test("an event reaches a member that was away when it was fired", () => {
  const cluster = formed(5, { settings: () => ({ reconnectInterval: 5 * second }) });
  cluster.partition(({ index }) => index === 4 ? 1 : 0);
  cluster.clock.advance(minute);
  assert(cluster.core(0).userEvent("deploy", undefined, { coalesce: false }).ok);
  cluster.clock.advance(minute);
  assert.deepEqual(heard(cluster.member(4)), []);
  cluster.heal();
  assert.notEqual(cluster.settle(5 * minute), undefined);
  cluster.clock.advance(2 * minute);
  for (const member of cluster.members) assert.deepEqual(heard(member), ["deploy"], member.name);
});

/** How often members that are well are taken for failed while four of sixteen hear badly. */
function wrongVerdicts(membership: Partial<MemberlistConfig>): number {
  const cluster = formed(16, { membership: () => ({ ...membership, disableStreamPings: true }) });
  const started = cluster.clock.now();
  const deaf = new Set(cluster.members.slice(0, 4).map(({ address }) => formatAddress(address)));
  cluster.network.impair((_from, to) => deaf.has(to) ? 0.8 : 0);
  cluster.clock.advance(minute);
  return cluster.members.flatMap(({ events }) =>
    events.flatMap(({ at, event }) =>
      at > started && event.type === "member-failed" ? event.members : []
    )
  ).filter(({ address }) => !deaf.has(formatAddress(address))).length;
}

Deno.test("members that are in trouble themselves fail few who are well, thanks to Lifeguard", () => {
  const without = wrongVerdicts({ awarenessMaxMultiplier: 1, suspicionMaxTimeoutMult: 1 });
  const withIt = wrongVerdicts({});
  assert(without > 10, `${without} without`);
  assert(withIt < without / 3, `${withIt} with, ${without} without`);
});

Deno.test("clusters with different keys never mix", () => {
  const key = (index: number) => new Uint8Array(16).fill(index % 2);
  const cluster = new SimCluster({ members: 4, keys: (index) => [key(index)] });
  cluster.startAll();
  let contacted = 0;
  for (let index = 1; index < 4; index++) {
    const addresses = [cluster.member(0).address];
    cluster.core(index).join(addresses, { ignoreOld: true }, (outcome) => {
      contacted += outcome.contacted;
    });
  }
  cluster.clock.advance(minute);
  const names = cluster.core(0).members().map(({ name }) => name).sort();
  assert.equal(contacted, 1);
  assert.deepEqual(names, ["node-0", "node-2"]);
  assert.deepEqual(cluster.core(1).members().map(({ name }) => name), ["node-1"]);
});

Deno.test("members of every protocol version are one cluster, and can be changed one by one", () => {
  const versions = [2, 3, 4, 5];
  const cluster = formed(4, { settings: (index) => ({ protocolVersion: versions[index] ?? 5 }) });
  for (const { index } of cluster.members) {
    const spoken = cluster.core(index).members().map((member) => member.versions.delegateCurrent);
    assert.deepEqual(spoken.sort(), versions);
  }
});

Deno.test("a cluster measures itself under the names that dashboards know", () => {
  const meters = Array.from({ length: 4 }, () => new RecordingMeter());
  const cluster = formed(4, { meter: (index) => meters[index] ?? new RecordingMeter() });
  assert(cluster.core(0).userEvent("deploy", undefined, { coalesce: false }).ok);
  cluster.core(1).query("load", undefined, { requestAck: true }, {
    onAck: () => {},
    onResponse: () => {},
    onDone: () => {},
  });
  cluster.clock.advance(10 * second);
  // One that nobody can hear, not even to say that they tried, doubts itself.
  cluster.partition(({ index }) => index === 3 ? 1 : 0);
  cluster.clock.advance(3 * second);
  cluster.heal();
  cluster.core(2).setTags({ role: "web" }, () => {});
  cluster.crash(3);
  cluster.settle(minute);
  cluster.leave(2);
  cluster.clock.advance(3 * minute);

  const names = new Set(meters.flatMap((meter) => [
    ...meter.counters.keys(),
    ...meter.gauges.keys(),
    ...meter.samples.keys(),
  ]));
  const expected = [
    "serf.events",
    "serf.events.deploy",
    "serf.queries",
    "serf.queries.load",
    "serf.query_acks",
    "serf.member.join",
    "serf.member.left",
    "serf.member.failed",
    "serf.member.update",
    "serf.msgs.received",
    "serf.msgs.sent",
    "serf.queue.Intent",
    "serf.queue.Event",
    "serf.queue.Query",
    "serf.snapshot.appendLine",
    "serf.coordinate.adjustment-ms",
    "memberlist.gossip",
    "memberlist.probeNode",
    "memberlist.pushPullNode",
    "memberlist.msg.alive",
    "memberlist.msg.dead",
    "memberlist.msg.suspect",
    "memberlist.udp.sent",
    "memberlist.udp.received",
    "memberlist.tcp.sent",
    "memberlist.tcp.accept",
    "memberlist.degraded.probe",
    "memberlist.health.score",
    "memberlist.node.instances.alive",
    "memberlist.queue.broadcasts",
    "memberlist.size.local",
    "memberlist.size.remote",
  ];
  assert.deepEqual(expected.filter((name) => !names.has(name)), []);
});
