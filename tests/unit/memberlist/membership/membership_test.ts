import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { AllowList } from "../../../../src/memberlist/allow_list.ts";
import { maxIncarnationLead } from "../../../../src/memberlist/membership/incarnation.ts";
import { maxMembers } from "../../../../src/memberlist/membership/claim_check.ts";
import { maxRosterBytes } from "../../../../src/memberlist/membership/roster.ts";
import { writeVersions } from "../../../../src/memberlist/membership/versions.ts";
import type { Alive } from "../../../../src/wire/claims.ts";
import type { NodeState } from "../../../../src/wire/full_state.ts";
import { maxNameLength } from "../../../../src/wire/message_type.ts";
import { aliveClaim, MemberlistParts, modernVersions } from "../../../support/memberlist_parts.ts";

function withMembers(...names: readonly string[]): MemberlistParts {
  const parts = new MemberlistParts();
  parts.addMembers(...names);
  return parts;
}

function remote(name: string, state: NodeState["state"], incarnation: number): NodeState {
  const { ip, meta, port, versions } = aliveClaim(name, incarnation);
  return { name, state, incarnation, ip, meta, port, versions };
}

/** What is true of the own node, with another incarnation. */
function ownClaim({ config, roster }: MemberlistParts, incarnation: number): Alive {
  const { meta, versions } = roster.get("self")!;
  const { ip } = config.advertise;
  return aliveClaim("self", incarnation, { ip, meta, versions: writeVersions(versions) });
}

/** The longest that a suspicion can last in a small cluster. */
const longestSuspicion = 24_000;

Deno.test("Membership.announce() makes this node a member that everybody shall know", () => {
  const parts = new MemberlistParts();
  strictEqual(parts.standing("self"), "alive 1");
  parts.membership.announce(Uint8Array.of(7));
  strictEqual(parts.standing("self"), "alive 2");
  deepStrictEqual(parts.takeBroadcasts(), ["alive self 2"]);
  deepStrictEqual(parts.takeHeard(), ["update self"]);
});

Deno.test("Membership.alive() takes in a stranger and passes the news on", () => {
  const parts = new MemberlistParts();
  parts.membership.alive(aliveClaim("b", 3));
  strictEqual(parts.standing("b"), "alive 3");
  deepStrictEqual(parts.takeBroadcasts(), ["alive b 3"]);
  deepStrictEqual(parts.takeHeard(), ["join b"]);
});

Deno.test("Membership.alive() takes in no more than so many members", () => {
  const parts = withMembers();
  for (let i = 1; i <= maxMembers; i++) parts.membership.alive(aliveClaim(`m${i}`, 1));
  strictEqual(parts.roster.size, maxMembers);
  strictEqual(parts.roster.get(`m${maxMembers}`), undefined);
  // Those who are known are still heard.
  parts.membership.alive(aliveClaim("m1", 2));
  strictEqual(parts.standing("m1"), "alive 2");
});

Deno.test("Membership.alive() leaves a stranger of incarnation 0 behind as dead", () => {
  // Parity: every peer does, so no two of them differ about it.
  const parts = new MemberlistParts();
  parts.membership.alive(aliveClaim("b", 0));
  strictEqual(parts.standing("b"), "dead 0");
  deepStrictEqual([parts.takeBroadcasts(), parts.takeHeard()], [[], []]);
});

Deno.test("Membership.alive() ignores what is no later than what is known", () => {
  const parts = withMembers();
  parts.membership.alive(aliveClaim("b", 5));
  parts.forget();
  for (const incarnation of [5, 4, 0]) {
    parts.membership.alive(aliveClaim("b", incarnation, { meta: Uint8Array.of(1) }));
  }
  strictEqual(parts.standing("b"), "alive 5");
  strictEqual(parts.member("b").meta.length, 0);
  deepStrictEqual([parts.takeBroadcasts(), parts.takeHeard()], [[], []]);
});

Deno.test("Membership.alive() reports changed metadata, and nothing for a new incarnation alone", () => {
  const parts = withMembers("b");
  parts.membership.alive(aliveClaim("b", 2));
  deepStrictEqual(parts.takeHeard(), []);
  parts.membership.alive(aliveClaim("b", 3, { meta: Uint8Array.of(1) }));
  deepStrictEqual(parts.takeHeard(), ["update b"]);
});

Deno.test("Membership shares what it keeps with other nodes in the process", () => {
  const [one, other] = [new MemberlistParts(), new MemberlistParts()];
  const meta = () => Uint8Array.of(0xff, 0x81, 1, 2);
  for (const { membership } of [one, other]) membership.alive(aliveClaim("b", 3, { meta: meta() }));
  for (const field of ["ip", "address", "meta"] as const) {
    strictEqual(one.member("b")[field], other.member("b")[field], field);
  }
  const queued = [one, other].map(({ broadcasts }) => broadcasts.newest!.message);
  ok(queued[0]!.length > 20);
  strictEqual(queued[0], queued[1]);
});

Deno.test("Membership.alive() keeps copies: a claim is a view on a packet", () => {
  const parts = new MemberlistParts();
  const packet = Uint8Array.of(10, 0, 0, 9, 0xaa);
  const claim = { ip: packet.subarray(0, 4), meta: packet.subarray(4) };
  parts.membership.alive(aliveClaim("b", 1, claim));
  packet.fill(0xdb);
  deepStrictEqual([...parts.member("b").ip], [10, 0, 0, 9]);
  strictEqual(parts.member("b").address.host, "10.0.0.9");
  deepStrictEqual([...parts.member("b").meta], [0xaa]);
});

Deno.test("Membership.alive() clears a suspect only with a higher incarnation, without a word above", () => {
  const parts = withMembers("b");
  parts.membership.suspect({ node: "b", incarnation: 1, from: "c" });
  parts.membership.alive(aliveClaim("b", 1));
  strictEqual(parts.standing("b"), "suspect 1");
  strictEqual(parts.membership.isSuspected("b"), true);

  parts.membership.alive(aliveClaim("b", 2));
  strictEqual(parts.standing("b"), "alive 2");
  strictEqual(parts.membership.isSuspected("b"), false);
  deepStrictEqual(parts.takeHeard(), []);
  parts.clock.advance(longestSuspicion);
  strictEqual(parts.standing("b"), "alive 2");
});

Deno.test("Membership.alive() brings the dead back as a join, if the incarnation is higher", () => {
  const parts = withMembers("b");
  parts.membership.dead({ node: "b", incarnation: 1, from: "c" });
  parts.forget();
  parts.membership.alive(aliveClaim("b", 1));
  strictEqual(parts.standing("b"), "dead 1");
  deepStrictEqual([parts.takeBroadcasts(), parts.takeHeard()], [[], []]);

  parts.membership.alive(aliveClaim("b", 2));
  strictEqual(parts.standing("b"), "alive 2");
  deepStrictEqual(parts.takeHeard(), ["join b"]);
});

Deno.test("Membership.dead() about the dead is remembered, so that no stale alive resurrects them", () => {
  const parts = withMembers("b");
  parts.membership.dead({ node: "b", incarnation: 1, from: "c" });
  // It came back and failed again, of which we only hear the end.
  parts.membership.dead({ node: "b", incarnation: 6, from: "c" });
  parts.forget();
  for (const incarnation of [2, 5, 6]) parts.membership.alive(aliveClaim("b", incarnation));
  strictEqual(parts.standing("b"), "dead 6");
  deepStrictEqual([parts.takeBroadcasts(), parts.takeHeard()], [[], []]);

  parts.membership.alive(aliveClaim("b", 7));
  strictEqual(parts.standing("b"), "alive 7");
});

Deno.test("Membership.suspect() about the dead is remembered, too", () => {
  const parts = withMembers("b");
  parts.membership.dead({ node: "b", incarnation: 1, from: "b" });
  parts.membership.suspect({ node: "b", incarnation: 4, from: "c" });
  parts.forget();
  parts.membership.alive(aliveClaim("b", 4));
  strictEqual(parts.standing("b"), "left 4");
  deepStrictEqual(parts.takeHeard(), []);
});

Deno.test("Membership.alive() refuses claims that no honest peer makes, and says so", () => {
  const parts = new MemberlistParts();
  const bad = [
    aliveClaim("b", 1, { versions: Uint8Array.of(0, 5, 2, 2, 5, 5) }),
    aliveClaim("c", 1, { versions: Uint8Array.of(1, 0, 2, 2, 5, 5) }),
    aliveClaim("d", 1, { versions: Uint8Array.of(5, 1, 2) }),
    aliveClaim("", 1),
    aliveClaim("e", 1, { ip: new Uint8Array(0) }),
    aliveClaim("f", 1, { ip: new Uint8Array(5) }),
    aliveClaim("g", 1, { meta: new Uint8Array(513) }),
  ];
  for (const claim of bad) parts.membership.alive(claim);
  strictEqual(parts.roster.size, 1);
  deepStrictEqual([parts.takeBroadcasts(), parts.takeHeard()], [[], []]);
  strictEqual(parts.meter.counters.get("memberlist.rejected.claim"), bad.length);
  ok(parts.log.has("its metadata exceeds 512 bytes"));
  ok(parts.log.has("protocol versions 5 to 1 make no sense"));
});

Deno.test("Membership.alive() takes a member that names no versions at all", () => {
  const parts = new MemberlistParts();
  parts.membership.alive(aliveClaim("b", 1, { versions: new Uint8Array(0) }));
  strictEqual(parts.standing("b"), "alive 1");
  strictEqual(parts.member("b").versions.protocolMax, 0);
  parts.membership.alive(aliveClaim("b", 2, { versions: modernVersions }));
  strictEqual(parts.member("b").versions.protocolMax, 5);
});

Deno.test("Membership.alive() from another address is a conflict while the member may be there", () => {
  for (const state of ["alive", "suspect", "dead"] as const) {
    const parts = withMembers("b");
    if (state === "suspect") parts.membership.suspect({ node: "b", incarnation: 1, from: "c" });
    if (state === "dead") parts.membership.dead({ node: "b", incarnation: 1, from: "c" });
    parts.forget();
    parts.membership.alive(aliveClaim("b", 9, { ip: Uint8Array.of(10, 0, 0, 200) }));
    strictEqual(parts.standing("b"), `${state} 1`);
    deepStrictEqual(parts.takeHeard(), ["conflict b 10.0.0.98:7946 vs 10.0.0.200:7946"]);
    deepStrictEqual(parts.takeBroadcasts(), []);
  }
});

Deno.test("Membership.alive() takes another port and the mapped form of an address for another place", () => {
  const parts = withMembers("b");
  const mapped = Uint8Array.fromHex("00000000000000000000ffff0a000062");
  parts.membership.alive(aliveClaim("b", 2, { port: 1 }));
  parts.membership.alive(aliveClaim("b", 2, { ip: mapped }));
  // Parity: addresses compare byte by byte, so the same one in another form conflicts.
  deepStrictEqual(parts.takeHeard(), [
    "conflict b 10.0.0.98:7946 vs 10.0.0.98:1",
    "conflict b 10.0.0.98:7946 vs 10.0.0.98:7946",
  ]);
});

Deno.test("Membership.alive() lets who left come back from anywhere, at any incarnation", () => {
  const parts = withMembers();
  parts.membership.alive(aliveClaim("b", 8));
  parts.membership.dead({ node: "b", incarnation: 8, from: "b" });
  parts.forget();
  parts.membership.alive(aliveClaim("b", 1, { ip: Uint8Array.of(10, 0, 0, 200) }));
  strictEqual(parts.standing("b"), "alive 1");
  strictEqual(parts.member("b").address.host, "10.0.0.200");
  deepStrictEqual(parts.takeHeard(), ["join b"]);
});

Deno.test("Membership.alive() gives the name of the dead away once the reclaim time is over", () => {
  const parts = new MemberlistParts({ deadNodeReclaimTime: 5000 });
  parts.addMembers("b");
  parts.membership.dead({ node: "b", incarnation: 1, from: "c" });
  const rival = aliveClaim("b", 1, { ip: Uint8Array.of(10, 0, 0, 200) });
  parts.clock.advance(5000);
  parts.membership.alive(rival);
  strictEqual(parts.standing("b"), "dead 1");
  parts.clock.advance(1);
  parts.membership.alive(rival);
  strictEqual(parts.standing("b"), "alive 1");
  strictEqual(parts.member("b").address.host, "10.0.0.200");
});

Deno.test("Membership.alive() keeps strangers and moves out of networks that are not allowed", () => {
  const networks = AllowList.parse(["10.0.0.0/24"]);
  ok(networks.ok);
  const parts = new MemberlistParts({ allowedNetworks: networks.value });
  parts.membership.alive(aliveClaim("b", 1, { ip: Uint8Array.of(10, 0, 1, 1) }));
  strictEqual(parts.standing("b"), "unknown");
  parts.addMembers("c");
  parts.membership.alive(aliveClaim("c", 2, { ip: Uint8Array.of(10, 0, 1, 1) }));
  strictEqual(parts.standing("c"), "alive 1");
  deepStrictEqual(parts.takeHeard(), []);
});

Deno.test("Membership.alive() about ourselves is no news if it is our own echo", () => {
  const parts = new MemberlistParts();
  parts.membership.alive(aliveClaim("self", 1, { ip: Uint8Array.of(10, 0, 0, 1) }));
  strictEqual(parts.standing("self"), "alive 1");
  deepStrictEqual([parts.takeBroadcasts(), parts.takeHeard()], [[], []]);
  strictEqual(parts.awareness.score, 0);
});

Deno.test("Membership.alive() about ourselves that is not true is refuted", () => {
  const own = { ip: Uint8Array.of(10, 0, 0, 1) };
  for (
    const claim of [
      aliveClaim("self", 1, { ...own, meta: Uint8Array.of(1) }),
      aliveClaim("self", 1, { ...own, versions: Uint8Array.of(1, 4, 2, 2, 5, 5) }),
      aliveClaim("self", 9, own),
    ]
  ) {
    const parts = new MemberlistParts();
    parts.membership.alive(claim);
    deepStrictEqual(parts.takeBroadcasts(), [`alive self ${claim.incarnation + 1}`]);
    strictEqual(parts.awareness.score, 1);
    strictEqual(parts.member("self").meta.length, 0);
    deepStrictEqual(parts.takeHeard(), []);
  }
});

Deno.test("Membership.suspect() about ourselves is always refuted, unless it is outdated", () => {
  const parts = new MemberlistParts();
  parts.membership.suspect({ node: "self", incarnation: 0, from: "b" });
  deepStrictEqual(parts.takeBroadcasts(), []);
  for (const [accused, refuted] of [[1, 2], [2, 3], [77, 78]] as const) {
    parts.membership.suspect({ node: "self", incarnation: accused, from: "b" });
    strictEqual(parts.standing("self"), `alive ${refuted}`);
    deepStrictEqual(parts.takeBroadcasts(), [`alive self ${refuted}`]);
    strictEqual(parts.membership.isSuspected("self"), false);
  }
});

Deno.test("Membership.dead() about ourselves is always refuted, also as a leave we never said", () => {
  const parts = new MemberlistParts();
  parts.membership.dead({ node: "self", incarnation: 1, from: "b" });
  deepStrictEqual(parts.takeBroadcasts(), ["alive self 2"]);
  parts.membership.dead({ node: "self", incarnation: 5, from: "self" });
  deepStrictEqual(parts.takeBroadcasts(), ["alive self 6"]);
  deepStrictEqual(parts.takeHeard(), []);
  strictEqual(parts.awareness.score, 2);
});

Deno.test("Membership refutes accusation after accusation, however many come", () => {
  const parts = new MemberlistParts();
  for (let incarnation = 1; incarnation < 200; incarnation++) {
    parts.membership.dead({ node: "self", incarnation, from: "b" });
    parts.membership.suspect({ node: "self", incarnation: incarnation + 1, from: "b" });
  }
  ok(parts.standing("self").startsWith("alive "));
  deepStrictEqual(parts.takeHeard(), []);
});

Deno.test("Membership answers an accusation of another count in that count, and keeps its own", () => {
  const parts = new MemberlistParts();
  for (const accused of [2 + maxIncarnationLead, 2 ** 31, 2 ** 32 - 2]) {
    parts.membership.suspect({ node: "self", incarnation: accused, from: "b" });
    parts.membership.alive({ ...ownClaim(parts, accused), meta: Uint8Array.of(66) });
    deepStrictEqual(parts.takeBroadcasts(), [`alive self ${accused + 1}`]);
    // The echo of that answer is no lie.
    parts.membership.alive(ownClaim(parts, accused + 1));
    deepStrictEqual(parts.takeBroadcasts(), []);
    strictEqual(parts.standing("self"), "alive 1");
  }
});

Deno.test("Membership outbids the highest number with the lowest", () => {
  const parts = new MemberlistParts();
  parts.membership.resume(2 ** 32 - 2);
  parts.membership.announce(new Uint8Array(0));
  parts.takeBroadcasts();
  parts.membership.suspect({ node: "self", incarnation: 2 ** 32 - 1, from: "b" });
  strictEqual(parts.standing("self"), "alive 0");

  const other = withMembers("b");
  for (let i = 1; i <= 260; i++) {
    const incarnation = (i * maxIncarnationLead) % 2 ** 32;
    other.membership.suspect({ node: "b", incarnation, from: "x" });
    other.membership.alive(aliveClaim("b", incarnation + 1));
    strictEqual(other.standing("b"), `alive ${incarnation + 1}`);
  }
});

Deno.test("Membership believes nothing of another count about who is alive, and doubts", () => {
  for (const incarnation of [2 + maxIncarnationLead, 2 ** 31, 2 ** 32 - 1]) {
    const parts = withMembers("b");
    parts.membership.suspect({ node: "b", incarnation, from: "c" });
    parts.membership.dead({ node: "b", incarnation, from: "c" });
    parts.membership.merge([{
      ...remote("b", "dead", incarnation),
      ip: Uint8Array.of(10, 0, 0, 98),
    }]);
    strictEqual(parts.standing("b"), "alive 1");
    strictEqual(parts.membership.takeDoubted(), undefined);
    parts.membership.alive(aliveClaim("b", incarnation));
    strictEqual(parts.standing("b"), "alive 1");
    deepStrictEqual(parts.takeBroadcasts(), []);
  }
  const parts = withMembers("b");
  parts.membership.alive(aliveClaim("b", 2 ** 31));
  strictEqual(parts.membership.takeDoubted()?.name, "b");
  strictEqual(parts.membership.takeDoubted(), undefined);
  // Its own word counts, and so does any about somebody who is not here.
  const state = { ...remote("b", "alive", 2 ** 31), ip: Uint8Array.of(10, 0, 0, 98) };
  parts.membership.merge([state], "c");
  strictEqual(parts.standing("b"), "alive 1");
  parts.membership.merge([state], "b");
  strictEqual(parts.standing("b"), `alive ${2 ** 31}`);
  parts.membership.dead({ node: "b", incarnation: 2 ** 31, from: "c" });
  parts.membership.alive(aliveClaim("b", 3));
  strictEqual(parts.standing("b"), "alive 3");
});

Deno.test("Membership's refutation takes the place of the one before, and of no other news", () => {
  const parts = new MemberlistParts();
  parts.membership.announce(Uint8Array.of(1));
  parts.membership.suspect({ node: "self", incarnation: 2, from: "b" });
  parts.membership.suspect({ node: "self", incarnation: 3, from: "b" });
  // Parity: refutations are keyed by address, announcements by name.
  deepStrictEqual(parts.takeBroadcasts(), ["alive self 2", "alive self 4"]);
});

Deno.test("Membership.suspect() starts a countdown to death, and passes the doubt on", () => {
  const parts = withMembers("b");
  parts.membership.suspect({ node: "b", incarnation: 1, from: "c" });
  strictEqual(parts.standing("b"), "suspect 1");
  deepStrictEqual(parts.takeBroadcasts(), ["suspect b 1 from c"]);
  deepStrictEqual(parts.takeHeard(), []);

  // Two members: nobody else could confirm, so the shortest time is enough.
  parts.clock.advance(3999);
  strictEqual(parts.standing("b"), "suspect 1");
  parts.clock.advance(1);
  strictEqual(parts.standing("b"), "dead 1");
  deepStrictEqual(parts.takeBroadcasts(), ["dead b 1 from self"]);
  deepStrictEqual(parts.takeHeard(), ["leave b"]);
});

Deno.test("Membership.suspect() ignores strangers and outdated doubts", () => {
  const parts = withMembers();
  parts.membership.alive(aliveClaim("b", 3));
  parts.forget();
  parts.membership.suspect({ node: "x", incarnation: 1, from: "c" });
  parts.membership.suspect({ node: "b", incarnation: 2, from: "c" });
  deepStrictEqual([parts.standing("x"), parts.standing("b")], ["unknown", "alive 3"]);
  deepStrictEqual(parts.takeBroadcasts(), []);
});

Deno.test("Membership.suspect() counts each accuser once, and passes only fresh votes on", () => {
  const parts = withMembers("b", "c", "d", "e", "f");
  parts.membership.suspect({ node: "b", incarnation: 1, from: "c" });
  parts.takeBroadcasts();
  parts.membership.suspect({ node: "b", incarnation: 1, from: "c" });
  deepStrictEqual(parts.takeBroadcasts(), []);
  parts.membership.suspect({ node: "b", incarnation: 1, from: "d" });
  deepStrictEqual(parts.takeBroadcasts(), ["suspect b 1 from d"]);
  parts.membership.suspect({ node: "b", incarnation: 1, from: "e" });
  deepStrictEqual(parts.takeBroadcasts(), ["suspect b 1 from e"]);
  parts.membership.suspect({ node: "b", incarnation: 1, from: "f" });
  deepStrictEqual(parts.takeBroadcasts(), []);

  parts.clock.advance(4000);
  strictEqual(parts.standing("b"), "dead 1");
  ok(parts.log.has("Marking b as failed, suspect timeout reached (2 peer confirmations)"));
});

Deno.test("Membership tells who accused a member and who declared it failed, once", () => {
  const parts = withMembers("b", "c", "d", "e");
  for (const from of ["c", "d"]) parts.membership.suspect({ node: "b", incarnation: 1, from });
  parts.membership.dead({ node: "b", incarnation: 1, from: "d" });
  parts.membership.dead({ node: "b", incarnation: 1, from: "e" });
  parts.membership.dead({ node: "c", incarnation: 1, from: "c" });
  parts.membership.suspect({ node: "d", incarnation: 1, from: "self" });
  deepStrictEqual(parts.log.lines, [
    "info Suspect b may have failed, as c says",
    "info Marking b as failed, as d says",
  ]);
});

Deno.test("Membership.suspect() waits long where confirmations could come and do not", () => {
  const parts = withMembers("b", "c", "d", "e", "f");
  parts.membership.suspect({ node: "b", incarnation: 1, from: "c" });
  parts.clock.advance(longestSuspicion - 1);
  strictEqual(parts.standing("b"), "suspect 1");
  parts.clock.advance(1);
  strictEqual(parts.standing("b"), "dead 1");
  strictEqual(parts.meter.counters.get("memberlist.degraded.timeout"), 1);
});

Deno.test("Membership.dead() tells leave from failure by who says it", () => {
  const parts = withMembers("b", "c");
  parts.membership.dead({ node: "b", incarnation: 1, from: "b" });
  parts.membership.dead({ node: "c", incarnation: 1, from: "b" });
  deepStrictEqual([parts.standing("b"), parts.standing("c")], ["left 1", "dead 1"]);
  deepStrictEqual(parts.takeBroadcasts(), ["dead b 1 from b", "dead c 1 from b"]);
  deepStrictEqual(parts.takeHeard(), ["leave b", "leave c"]);
});

Deno.test("Membership.dead() is told once: strangers, outdated claims and the gone are no news", () => {
  const parts = withMembers();
  parts.membership.alive(aliveClaim("b", 3));
  parts.forget();
  parts.membership.dead({ node: "x", incarnation: 1, from: "c" });
  parts.membership.dead({ node: "b", incarnation: 2, from: "c" });
  strictEqual(parts.standing("b"), "alive 3");
  parts.membership.dead({ node: "b", incarnation: 3, from: "c" });
  parts.forget();
  parts.membership.dead({ node: "b", incarnation: 3, from: "b" });
  // Parity: who died does not turn into one who left.
  strictEqual(parts.standing("b"), "dead 3");
  deepStrictEqual([parts.takeBroadcasts(), parts.takeHeard()], [[], []]);
});

Deno.test("Membership.announceLeave() says goodbye, after which nothing about us is refuted", () => {
  const parts = withMembers("b");
  let told = 0;
  parts.membership.announceLeave(() => told++);
  strictEqual(parts.standing("self"), "left 1");
  parts.membership.suspect({ node: "self", incarnation: 5, from: "b" });
  parts.membership.dead({ node: "self", incarnation: 5, from: "b" });
  parts.membership.alive(aliveClaim("self", 9, { ip: Uint8Array.of(10, 0, 0, 1) }));
  strictEqual(parts.standing("self"), "left 1");

  strictEqual(told, 0);
  const queued: number[] = [];
  for (let i = 0; i < 4; i++) parts.broadcasts.take(0, 1e6, () => queued.push(i));
  deepStrictEqual([told, queued], [1, [0, 1, 2, 3]]);
});

Deno.test("Membership.merge() believes the living and those who left, and only suspects the rest", () => {
  const parts = withMembers("b", "c", "d", "e");
  parts.membership.merge([
    remote("b", "dead", 1),
    remote("c", "suspect", 1),
    remote("d", "left", 1),
    remote("e", "alive", 2),
    remote("f", "alive", 1),
  ]);
  deepStrictEqual(["b", "c", "d", "e", "f"].map((name) => parts.standing(name)), [
    "suspect 1",
    "suspect 1",
    "left 1",
    "alive 2",
    "alive 1",
  ]);
  deepStrictEqual(parts.takeBroadcasts().filter((text) => text.startsWith("suspect")), [
    "suspect b 1 from self",
    "suspect c 1 from self",
  ]);
});

Deno.test("Membership.merge() learns nothing about strangers that are gone", () => {
  const parts = new MemberlistParts();
  parts.membership.merge([
    remote("b", "dead", 1),
    remote("c", "suspect", 1),
    remote("d", "left", 1),
  ]);
  strictEqual(parts.roster.size, 1);
});

Deno.test("Membership.merge() lets a restarted node outbid its former life", () => {
  for (const state of ["alive", "suspect", "dead", "left"] as const) {
    const parts = new MemberlistParts();
    const former = remote("self", state, 41);
    parts.membership.merge([{ ...former, ip: Uint8Array.of(10, 0, 0, 1) }]);
    strictEqual(parts.standing("self"), "alive 42", state);
    deepStrictEqual(parts.takeBroadcasts(), ["alive self 42"]);
  }
});

Deno.test("Membership.stop() ends all countdowns", () => {
  const parts = withMembers("b");
  parts.membership.suspect({ node: "b", incarnation: 1, from: "c" });
  parts.membership.stop();
  strictEqual(parts.clock.pending, 0);
  parts.clock.advance(longestSuspicion);
  strictEqual(parts.standing("b"), "suspect 1");
});

Deno.test("Membership.alive() of a forgotten life is no return, but whoever is there may prove it", () => {
  const parts = new MemberlistParts();
  parts.addMembers("a");
  parts.membership.dead({ node: "a", incarnation: 4, from: "b" });
  parts.clock.advance(parts.config.gossipToTheDeadTime + 1);
  parts.membership.bury(parts.roster.purgeAndShuffle(parts.clock.now()));
  strictEqual(parts.standing("a"), "unknown");
  parts.forget();

  for (const incarnation of [1, 4]) parts.membership.alive(aliveClaim("a", incarnation));
  strictEqual(parts.standing("a"), "unknown");
  // Once for both: who claims a name again and again is not asked each time.
  deepStrictEqual(parts.transport.take(), ["10.0.0.97:7946: suspect a 4 from self"]);
  parts.membership.alive(aliveClaim("a", 5));
  strictEqual(parts.standing("a"), "alive 5");
});

Deno.test("Membership.bury() outbids nobody who counts otherwise", () => {
  for (const incarnation of [2 ** 31, 2 ** 32 - 1]) {
    const parts = new MemberlistParts();
    parts.membership.alive(aliveClaim("a", 2 ** 31));
    parts.membership.dead({ node: "a", incarnation, from: "b" });
    parts.membership.alive(aliveClaim("a", 5));
    strictEqual(parts.standing("a"), incarnation === 2 ** 31 ? "alive 5" : `alive ${2 ** 31}`);
    parts.membership.dead({ node: "a", incarnation: 5, from: "b" });
    parts.clock.advance(parts.config.gossipToTheDeadTime + 1);
    parts.membership.bury(parts.roster.purgeAndShuffle(parts.clock.now()));
    parts.membership.alive(aliveClaim("a", 2 ** 31));
    strictEqual(parts.standing("a"), `alive ${2 ** 31}`);
  }
});

Deno.test("Membership.bury() remembers the dead no longer than it is told to", () => {
  const parts = new MemberlistParts({ tombstoneTimeout: 60_000 });
  parts.addMembers("a", "b");
  parts.membership.dead({ node: "a", incarnation: 4, from: "b" });
  parts.clock.advance(60_000);
  parts.membership.bury(parts.roster.purgeAndShuffle(parts.clock.now()));
  parts.clock.advance(60_001);
  parts.membership.bury([]);
  parts.membership.alive(aliveClaim("a", 1));
  strictEqual(parts.standing("a"), "alive 1");
});

Deno.test("Membership.alive() takes in no name beyond its limit, which no claim about others has", () => {
  const parts = new MemberlistParts();
  const { membership, roster } = parts;
  const longest = "ä".repeat(maxNameLength / 2);
  membership.alive(aliveClaim(longest, 1));
  membership.alive(aliveClaim(`${longest}x`, 1));
  membership.merge([{ ...aliveClaim("", 1), name: "x".repeat(60_000), state: "alive" }]);
  deepStrictEqual(roster.members().map(({ name }) => name).sort(), ["self", longest].sort());
  strictEqual(parts.meter.counters.get("memberlist.rejected.claim"), 2);
  ok(parts.log.lines.every((line) => line.length < 400), "The name was logged");
});

Deno.test("Membership.alive() takes in no more bytes than an exchange can carry", () => {
  const parts = new MemberlistParts();
  const { membership, roster } = parts;
  const meta = new Uint8Array(512).fill(1);
  const claim = (i: number) => aliveClaim(`${i}`.padStart(maxNameLength, "n"), 1, { meta });
  let taken = 0;
  while (taken < 20_000 && roster.size === taken + 1) membership.alive(claim(taken++));
  const most = taken - 1;
  ok(most * (maxNameLength * 3 + 512) < maxRosterBytes && most > 5000, `${most} members`);
  ok(parts.log.has(`all members have ${maxRosterBytes} bytes already`));

  // Those that are there go on as they are, and make room when they go.
  const grown = aliveClaim("0".padStart(maxNameLength, "n"), 9, { meta: meta.subarray(0, 100) });
  membership.alive({ ...grown, incarnation: 2 });
  membership.alive(aliveClaim("small", 1));
  strictEqual(parts.standing("small"), "alive 1");
  membership.alive({ ...claim(0), incarnation: 3 });
  membership.alive({ ...claim(0), incarnation: 4, meta: new Uint8Array(512).fill(2) });
  strictEqual(parts.standing(claim(0).node), "alive 4");
  membership.dead({ node: claim(1).node, incarnation: 1, from: "x" });
  roster.purgeAndShuffle(Infinity);
  membership.alive(claim(30_000));
  strictEqual(parts.standing(claim(30_000).node), "alive 1");
});

Deno.test("Membership.alive() passes on no endless list of versions", () => {
  const parts = new MemberlistParts();
  const { membership } = parts;
  const [min, max] = [1, 5];
  membership.alive(aliveClaim("b", 1, { versions: new Uint8Array(1000).fill(min).fill(max, 1) }));
  strictEqual(parts.standing("b"), "unknown");
});

Deno.test("Membership notes who accuses, who agrees, how it ends, and who declares", () => {
  const parts = withMembers("b", "c", "d", "e");
  const { clock, facts, membership } = parts;
  membership.suspect({ node: "b", incarnation: 1, from: "c" });
  membership.suspect({ node: "b", incarnation: 1, from: "c" });
  membership.suspect({ node: "b", incarnation: 1, from: "d" });
  membership.alive(aliveClaim("b", 2));
  membership.dead({ node: "b", incarnation: 2, from: "e" });
  membership.alive(aliveClaim("b", 3));
  membership.dead({ node: "b", incarnation: 3, from: "b" });
  membership.suspect({ node: "c", incarnation: 1, from: "self" });
  clock.advance(longestSuspicion);
  deepStrictEqual(
    facts.map((fact) =>
      `${fact.type} ${"member" in fact && fact.member} ${"by" in fact ? fact.by : ""}`.trimEnd()
    ),
    [
      "suspected b c",
      "suspicion-confirmed b d",
      "suspicion-refuted b",
      "declared-failed b e",
      "member-alive b",
      "member-gone b",
      "suspected c self",
      "suspicion-expired c",
      "declared-failed c self",
    ],
  );
  const confirmed = facts.find(({ type }) => type === "suspicion-confirmed");
  strictEqual(confirmed?.type === "suspicion-confirmed" && confirmed.confirmations, 1);
});

Deno.test("Membership notes doubts about this node, and names claimed from elsewhere", () => {
  const parts = withMembers("b");
  const { facts, membership } = parts;
  membership.suspect({ node: "self", incarnation: 1, from: "b" });
  membership.alive(aliveClaim("b", 2, { ip: Uint8Array.of(10, 9, 9, 9) }));
  deepStrictEqual(facts, [
    { type: "refuting", at: 1_000_000, claim: "suspect", by: "b" },
    {
      type: "name-contested",
      at: 1_000_000,
      member: "b",
      mine: { host: "10.0.0.98", port: 7946 },
      theirs: { host: "10.9.9.9", port: 7946 },
      state: "alive",
    },
  ]);
});
