/**
 * Queries in a mixed cluster: whoever asks, both kinds are reached, and every
 * acknowledgement and answer is heard exactly once, however many ways it took.
 */

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { decodeText, encodeText } from "../../src/bytes/text.ts";
import { type QueryOptions, RpcClient } from "../../src/rpc/client.ts";
import { type AgentProcess, type Kind, needsReference } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";
import { MixedCluster } from "../support/mixed_cluster.ts";

const { names } = MixedCluster;
const kinds: readonly Kind[] = ["ours", "reference"];

/** Whoever answers later than this does not answer at all. */
const patience = 10_000;
/** Second copies come right behind the first ones. */
const echoTime = 250;

interface Question extends QueryOptions {
  readonly name?: string;
  /** So many acknowledgements and answers are expected; all that come in time, if absent. */
  readonly count?: number;
}

/**
 * Asks, and listens a little longer than for what is expected.
 *
 * @returns acknowledgements and answers, as `ack a` and `response a text`, sorted.
 */
async function ask(asker: AgentProcess, question: Question): Promise<readonly string[]> {
  using client = await RpcClient.connect({ address: asker.rpc });
  const { name = "whoami", count = Infinity, ...options } = question;
  const records = await client.query(name, encodeText("x"), {
    requestAck: true,
    timeout: count === Infinity ? 1000 : patience,
    ...options,
  });
  const heard: string[] = [];
  const listen = async () => {
    for await (const { type, from, payload } of records) {
      heard.push(
        type === "ack" ? `ack ${from}` : `response ${from} ${decodeText(payload!).trim()}`,
      );
    }
  };
  let isOver = false;
  // Leaving before the query's time is over breaks the stream.
  const listening = listen().catch(() => {}).finally(() => isOver = true);
  while (!isOver && heard.length < count) await pause(20);
  if (!isOver) await pause(echoTime);
  client.close();
  await listening;
  return heard.sort();
}

function pause(duration: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration));
}

function acksOf(nodes: readonly string[]): string[] {
  return nodes.map((name) => `ack ${name}`);
}

function responsesOf(nodes: readonly string[]): string[] {
  return nodes.map((name) => `response ${name} ${name} got x`);
}

/**
 * Asks until all that is expected came back, and returns how often that took.
 *
 * Gossip sometimes misses a member, of either kind; what it may never do is reach
 * the wrong ones or deliver anything twice, so that every attempt is held to that.
 */
async function hears(
  asker: AgentProcess,
  expected: readonly string[],
  question: Question = {},
): Promise<number> {
  for (let attempt = 1;; attempt++) {
    const heard = await ask(asker, { count: expected.length, ...question });
    strictEqual(new Set(heard).size, heard.length, `twice: ${heard.join(", ")}`);
    deepStrictEqual(heard.filter((line) => !expected.includes(line)), [], asker.name);
    if (heard.length === expected.length) return attempt;

    ok(attempt < 8, `${asker.name} heard only ${heard.join(", ")}`);
  }
}

/** Asks until everybody in `nodes` has acknowledged and answered. */
function reaches(
  asker: AgentProcess,
  nodes: readonly string[],
  question: Question = {},
): Promise<number> {
  return hears(asker, [...acksOf(nodes), ...responsesOf(nodes)], question);
}

/** How often an agent has passed on answers of others. */
function relayed({ output }: AgentProcess): number {
  return output.match(/Relaying response to (?:node|addr)/g)?.length ?? 0;
}

Deno.test({
  name: "Mixed cluster: queries of either kind reach both kinds, and every answer counts once",
  ...needsReference,
  fn: async (test) => {
    await using cluster = await MixedCluster.create("127.73.1", [
      // The profile for one machine tells its news so seldom that every thirtieth query misses one.
      "-profile=lan",
      "-log-level=debug",
      '-event-handler=query:whoami=echo "$SERF_SELF_NAME got $(cat)"',
      "-event-handler=query:silence=true",
    ]);
    await cluster.startAll();
    const askers = ["ours-1", "reference-1"].map((name) => cluster.agent(name));

    for (const asker of askers) {
      await test.step(`${asker.name} asks everybody`, async () => {
        await reaches(asker, names);
      });

      await test.step(`${asker.name} asks some by name, some by tag`, async () => {
        const named = ["ours-2", "reference-2"];
        const byTags = (...tags: [string, string][]) => ({ filterTags: new Map(tags) });
        // One after the other: the reference mixes up queries that are asked at the same moment.
        await reaches(asker, named, { filterNodes: [...named, "nobody"] });
        await reaches(asker, ["reference-1", "reference-2"], byTags(["kind", "eren"]));
        await reaches(asker, ["ours-1", "ours-2"], byTags(["name", "(?i)^OURS-\\d$"]));
        await reaches(asker, ["ours-1"], byTags(["name", "s-1"]));
        await reaches(asker, names, byTags(["missing", "^$"]));
        await reaches(asker, ["reference-2"], {
          filterNodes: ["ours-1", "reference-2"],
          ...byTags(["kind", "reference"], ["name", "-[23]"]),
        });
      });

      await test.step(`${asker.name} asks nobody: no match, and no expression`, async () => {
        const heard = await Promise.all([
          ask(asker, { filterNodes: ["OURS-1", "our"] }),
          ask(asker, { filterTags: new Map([["kind", "^ur"]]) }),
          ask(asker, { filterTags: new Map([["kind", "(?=ours)ours"]]) }),
        ]);
        deepStrictEqual(heard, [[], [], []]);
      });

      await test.step(`${asker.name} wants no acks, or hears nothing but acks`, async () => {
        await hears(asker, responsesOf(names), { requestAck: false });
        await hears(asker, acksOf(names), { name: "silence" });
      });

      await test.step(`${asker.name} asks with relays: more copies, the same answers`, async () => {
        // Each of four members sends an ack and a response over two others.
        const copies = 16;
        const counts = () => names.map((name) => relayed(cluster.agent(name)));
        for (let attempt = 1;; attempt++) {
          const before = counts();
          const asked = await reaches(asker, names, { relayFactor: 2 });
          const now = counts().map((count, i) => count - before[i]!);
          const total = now.reduce((sum, count) => sum + count);
          ok(total <= asked * copies, `${now.join(" + ")} answers were relayed`);
          if (total === copies && now.every((count) => count > 0)) return;
          ok(attempt < 5, `only ${now.join(" + ")} answers were relayed`);
        }
      });
    }

    await test.step("acks that announce no answer count for either kind, and end a query among ours", async () => {
      for (const asker of askers) await hears(asker, acksOf(names), { name: "unhandled" });

      using client = await RpcClient.connect({ address: askers[0]!.rpc });
      for (const name of ["unhandled", "_serf_ping"]) {
        const began = performance.now();
        const meant = name === "unhandled" ? { filterNodes: ["ours-1", "ours-2"] } : {};
        const options = { requestAck: true, timeout: 120_000, ...meant };
        const records = await client.query(name, undefined, options);
        for await (const { type } of records) strictEqual(type, "ack");
        const took = performance.now() - began;
        ok(took < 60_000, `${name} took ${took} ms`);
      }
    });

    await test.step("an answer that is too long is refused by either kind, an ack still comes", async () => {
      for (const asker of askers) {
        const node = asker.name;
        using client = await RpcClient.connect({ address: asker.rpc });
        const questions = await client.stream("query:big");
        const answering = ask(asker, { count: 1, name: "big", filterNodes: [node] });
        const { value } = await questions.next();
        ok(value && "id" in value);
        await rejects(client.respond(value.id, new Uint8Array(2000)), {
          message: /response exceeds limit of 1024 bytes$/,
        });
        deepStrictEqual(await answering, [`ack ${node}`]);
      }
    });

    await test.step("reachability tests of either kind's command line find everybody", async () => {
      const pairs = askers.flatMap((asker) => kinds.map((kind) => ({ asker, kind })));
      await Promise.all(pairs.map(({ asker, kind }) => {
        return eventually(`${kind} reaches all from ${asker.name}`, async () => {
          const { code, stdout } = await asker.cli(["reachability", "-verbose"], kind);
          return code === 0 && stdout.includes("Successfully contacted all live nodes");
        });
      }));
    });
  },
});
