/** Running queries: each member answers once, whatever the network does, and relays help. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { encodeText } from "../../src/bytes/text.ts";
import type { QueryOptions } from "../../src/serf/queries/queries.ts";
import type { SerfEvent } from "../../src/serf/event.ts";
import type { SimCluster, SimMember } from "../../src/sim/sim_cluster.ts";
import { story } from "../support/stories.ts";

const file = "query_test.ts";
const members = 8;

/** Every member answers with its name, a moment after it was asked. */
const answering = {
  file,
  members,
  settings: (index: number) => ({ tags: { role: index % 2 === 0 ? "web" : "db" } }),
  onEvent: (member: SimMember, event: SerfEvent) => {
    if (event.type === "query") event.respond(encodeText(member.name));
  },
};

/** Asks as member 0 and returns who acknowledged and who answered, in order of arrival. */
function ask(cluster: SimCluster, options: QueryOptions, meanwhile: () => void = () => {}) {
  const acks: string[] = [];
  const answers: string[] = [];
  let isOver = false;
  const note = (list: string[]) => (from: string) => {
    ok(!isOver, `${from} was heard after the end`);
    list.push(from);
  };
  const handlers = {
    onAck: note(acks),
    onResponse: note(answers),
    onDone: () => void (isOver = true),
  };
  const result = cluster.core(0).query(
    "who",
    undefined,
    { requestAck: true, ...options },
    handlers,
  );
  ok(result.ok);
  cluster.clock.advance(300);
  meanwhile();
  cluster.clock.advance(30_000);
  ok(isOver, "the query never ended");
  return { acks: acks.toSorted(), answers: answers.toSorted() };
}

const names = Array.from({ length: members }, (_, i) => `node-${i}`);

story(
  "nobody answers or acknowledges twice, and relays bring nearly all answers",
  answering,
  (cluster) => {
    const { acks, answers } = ask(cluster, { relayFactor: 3 });
    for (const list of [acks, answers]) {
      strictEqual(new Set(list).size, list.length);
      ok(list.length >= members - 1, `only ${list.join(" ")}`);
    }
    for (const { events } of cluster.members) {
      ok(events.filter(({ event }) => event.type === "query").length <= 1);
    }
  },
);

story("only members that are meant answer", answering, (cluster) => {
  const byName = ask(cluster, { filterNodes: ["node-3", "node-6"], relayFactor: 5 });
  for (const name of byName.answers) ok(["node-3", "node-6"].includes(name), name);
  const byTag = ask(cluster, { filterTags: new Map([["role", "^w"]]), relayFactor: 5 });
  for (const name of byTag.answers) ok(Number(name.slice(5)) % 2 === 0, name);
  ok(byTag.answers.length >= 3);
});

story(
  "a query asked while members crash ends in time, with the answers of the living",
  answering,
  (cluster) => {
    const { answers } = ask(cluster, { relayFactor: 3 }, () => {
      cluster.crash(5);
      cluster.crash(6);
    });
    ok(answers.length >= members - 3, `only ${answers.join(" ")}`);
  },
);

story("many queries at once do not get into each other's way", answering, (cluster) => {
  const heard = new Map<string, string[]>();
  for (const { index, name } of cluster.members) {
    const from: string[] = [];
    heard.set(name, from);
    const handlers = {
      onAck() {},
      onResponse: (member: string) => void from.push(member),
      onDone() {},
    };
    ok(cluster.core(index).query(`from-${name}`, undefined, { relayFactor: 2 }, handlers).ok);
  }
  cluster.clock.advance(30_000);
  for (const from of heard.values()) {
    strictEqual(new Set(from).size, from.length);
    deepStrictEqual(from.filter((name) => !names.includes(name)), []);
    ok(from.length >= members - 3, `only ${from.join(" ")}`);
  }
});
