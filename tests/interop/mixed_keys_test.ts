/**
 * Encryption keys in a mixed cluster: a whole rotation, started from either kind
 * while events are under way, costs no member and no event; a node that refuses
 * says why, in the same words.
 */

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { encodeText } from "../../src/bytes/text.ts";
import { RpcClient } from "../../src/rpc/client.ts";
import type { KeyRecord } from "../../src/rpc/commands.ts";
import { KeyOperationError } from "../../src/rpc/rpc_error.ts";
import { AgentProcess, needsReference } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";
import { MixedCluster } from "../support/mixed_cluster.ts";

const { names } = MixedCluster;
const first = new Uint8Array(16).fill(1).toBase64();
const second = new Uint8Array(32).fill(2).toBase64();
const third = new Uint8Array(24).fill(3).toBase64();

/** Fires events at every agent all the time, and notes what each agent hears. */
class Traffic implements AsyncDisposable {
  readonly #clients = new Map<string, RpcClient>();
  readonly #heard = new Map<string, string[]>();
  readonly #fired: string[] = [];
  readonly #running: Promise<void>[] = [];
  #isEnding = false;

  static async start(agents: Iterable<AgentProcess>): Promise<Traffic> {
    const traffic = new Traffic();
    for (const agent of agents) await traffic.#listen(agent);
    // Not before everybody listens.
    for (const [name, client] of traffic.#clients) {
      traffic.#running.push(traffic.#fire(name, client));
    }
    return traffic;
  }

  /** Stops firing, waits until everybody has heard everything, and checks that it came once. */
  async finish(): Promise<void> {
    this.#isEnding = true;
    await Promise.all(this.#running);
    const all = this.#fired.sort();
    for (const [name, heard] of this.#heard) {
      await eventually(`${name} hears all ${all.length} events`, () => {
        return Promise.resolve(heard.length >= all.length);
      }, { detail: () => `it misses ${all.filter((event) => !heard.includes(event))}` });
    }
    for (const [name, heard] of this.#heard) deepStrictEqual(heard.sort(), all, name);
    ok(all.length > 12, `only ${all.length} events`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    await Promise.allSettled(this.#running);
    for (const client of this.#clients.values()) client.close();
  }

  async #listen(agent: AgentProcess): Promise<void> {
    const client = await RpcClient.connect({ address: agent.rpc });
    this.#clients.set(agent.name, client);
    const heard: string[] = [];
    this.#heard.set(agent.name, heard);
    const events = await client.stream("user");
    const listen = async () => {
      for await (const event of events) {
        if ("coalesce" in event) heard.push(event.name);
      }
    };
    void listen().catch(() => {});
  }

  async #fire(name: string, client: RpcClient): Promise<void> {
    for (let i = 1; !this.#isEnding; i++) {
      const event = `${name} ${i}`;
      await client.userEvent(event, encodeText("x"), { coalesce: false });
      this.#fired.push(event);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }
}

/** A key operation that everybody took part in; gossip that missed a member is tried again. */
async function everywhere(operation: () => Promise<KeyRecord>): Promise<KeyRecord> {
  for (let attempt = 1;; attempt++) {
    const outcome = await operation().catch((error: unknown) => {
      const isMiss = error instanceof KeyOperationError && error.outcome.numErr === 0;
      if (!isMiss || attempt === 5) throw error;
      return undefined;
    });
    if (outcome) return outcome;
  }
}

/** Why every node that refused did so, by name. */
async function refusals(operation: () => Promise<KeyRecord>): Promise<Record<string, string>> {
  for (let attempt = 1;; attempt++) {
    try {
      const outcome = await operation();
      throw new Error(`nobody refused: ${JSON.stringify(outcome)}`);
    } catch (error) {
      if (!(error instanceof KeyOperationError)) throw error;
      const { messages, numErr, numNodes, numResp } = error.outcome;
      if (numResp < numNodes && attempt < 5) continue;
      strictEqual(error.message, `${numErr}/${numNodes} nodes reported failure`);
      strictEqual(messages.size, numErr);
      // Older releases begin their reasons with a capital letter.
      const inLowerCase = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
      return Object.fromEntries(
        [...messages].sort().map(([name, reason]) => [name, inLowerCase(reason)]),
      );
    }
  }
}

Deno.test({
  name: "Mixed cluster: keys are changed under way, from either kind, and nothing is lost",
  ...needsReference,
  fn: async (test) => {
    await using cluster = await MixedCluster.create("127.73.2", ["-profile=lan"]);
    const ringOf = (name: string) => `${cluster.directory}/${name}.keys`;
    for (const name of names) await Deno.writeTextFile(ringOf(name), JSON.stringify([first]));
    await cluster.startAll((name) => [`-keyring-file=${ringOf(name)}`]);
    const storedKeys = async () => {
      const texts = await Promise.all(names.map((name) => Deno.readTextFile(ringOf(name))));
      return texts.map((text): unknown => JSON.parse(text));
    };

    {
      await using traffic = await Traffic.start(cluster.agents.values());

      for (
        const [asker, old, fresh] of [
          ["ours-1", first, second],
          ["reference-1", second, third],
        ] as const
      ) {
        await test.step(`${asker} installs, uses and removes`, async () => {
          using client = await RpcClient.connect({ address: cluster.agent(asker).rpc });
          await everywhere(() => client.installKey(fresh));
          await everywhere(() => client.useKey(fresh));
          deepStrictEqual(await storedKeys(), names.map(() => [fresh, old]));
          await everywhere(() => client.removeKey(old));
          deepStrictEqual(await storedKeys(), names.map(() => [fresh]));
        });
      }

      await test.step("all agree on the keys, and either kind's command line shows it", async () => {
        for (const name of names) {
          const agent = cluster.agent(name);
          using client = await RpcClient.connect({ address: agent.rpc });
          const { keys, numErr, numNodes } = await everywhere(() => client.listKeys());
          deepStrictEqual({ keys, numErr, numNodes }, {
            keys: new Map([[third, 4]]),
            numErr: 0,
            numNodes: 4,
          });
        }
        const listed = (name: string, kind: "ours" | "reference") => {
          return eventually(`${kind} lists the keys of ${name}`, async () => {
            const { stdout } = await cluster.agent(name).cli(["keys", "-list"], kind);
            return stdout.includes(`${third}  [4/4]`);
          });
        };
        await listed("ours-2", "reference");
        await listed("reference-2", "ours");
      });

      await test.step("every event came to everybody, once", () => traffic.finish());
    }

    for (const asker of ["ours-1", "reference-1"]) {
      await test.step(`${asker} asks for what all must refuse`, async () => {
        using client = await RpcClient.connect({ address: cluster.agent(asker).rpc });
        const all = (reason: string) => Object.fromEntries(names.map((name) => [name, reason]));
        deepStrictEqual(
          await refusals(() => client.removeKey(third)),
          all("removing the primary key is not allowed"),
        );
        deepStrictEqual(
          await refusals(() => client.useKey(first)),
          all("requested key is not in the keyring"),
        );
        const short = new Uint8Array(8).toBase64();
        deepStrictEqual(
          await refusals(() => client.installKey(short)),
          all("key size must be 16, 24 or 32 bytes"),
        );
        await rejects(client.installKey("nonsense!"), /^.*illegal base64 data at input byte 8$/);
      });
    }

    await test.step("one of each kind cannot store its keys, and says so to both", async () => {
      for (const name of ["ours-2", "reference-2"]) {
        await Deno.remove(ringOf(name));
        await Deno.mkdir(ringOf(name));
      }
      for (const asker of ["ours-1", "reference-1"]) {
        using client = await RpcClient.connect({ address: cluster.agent(asker).rpc });
        const reasons = await refusals(() => client.installKey(first));
        deepStrictEqual(Object.keys(reasons), ["ours-2", "reference-2"]);
        for (const [name, reason] of Object.entries(reasons)) {
          strictEqual(
            reason,
            `failed to write keyring file: open ${ringOf(name)}: is a directory`,
          );
        }
      }
    });

    await test.step("nobody was ever seen to fail", async () => {
      await cluster.allSee(Object.fromEntries(names.map((name) => [name, "alive"])));
      for (const { name, output } of cluster.agents.values()) {
        // An agent gathers changes before it delivers them, but it logs each of them.
        strictEqual(output.match(/EventMember(?:Failed|Leave).*/g), null, name);
      }
    });
  },
});

Deno.test({
  name: "Mixed cluster: a member of HashiCorp's with the old key alone hears of key operations",
  ...needsReference,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const start = async (kind: "ours" | "reference", bind: string, keys: readonly string[]) => {
      const ring = `${folder}/${kind}.keys`;
      await Deno.writeTextFile(ring, JSON.stringify(keys));
      return AgentProcess.start(kind, { name: kind, bind, args: [`-keyring-file=${ring}`] });
    };
    {
      await using ours = await start("ours", "127.73.4.1", [first, second]);
      await using theirs = await start("reference", "127.73.4.2", [first]);
      await ours.cli(["join", "127.73.4.2"], "ours");
      await eventually("both see each other", async () => {
        return (await theirs.cli(["members"], "ours")).stdout.match(/alive/g)?.length === 2;
      });
      using client = await RpcClient.connect({ address: ours.rpc });
      await rejects(client.useKey(second), /^.*1\/2 nodes reported failure$/);
      await client.installKey(second);
      const { numResp } = await client.useKey(second);
      strictEqual(numResp, 2);
    }
    await Deno.remove(folder, { recursive: true });
  },
});
