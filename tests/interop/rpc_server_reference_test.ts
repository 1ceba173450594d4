/**
 * Our RPC port against HashiCorp's command line: every command that talks to an
 * agent, with a stand-in for the agent behind the port.
 */

import assert from "node:assert/strict";
import type { QueryListener } from "../../src/agent/agent_control.ts";
import { RpcServer } from "../../src/agent/clients/rpc_server.ts";
import { encodeText } from "../../src/bytes/text.ts";
import { systemClock } from "../../src/rpc/system_clock.ts";
import { needsReference, referencePath, runSerf } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";
import { FakeAgent, keySuccess, makeMember, makeQuery } from "../support/fake_agent.ts";
import { RecordingLog, RecordingMeter } from "../support/recorders.ts";

const host = "127.61.0.30";

/** An RPC port with a stand-in behind it, and HashiCorp's command line in front. */
class Served implements AsyncDisposable {
  readonly agent: FakeAgent;
  readonly server: RpcServer;

  private constructor(agent: FakeAgent, server: RpcServer) {
    this.agent = agent;
    this.server = server;
  }

  static async start(authKey?: string): Promise<Served> {
    const agent = new FakeAgent();
    agent.memberList = [
      makeMember("n1", { tags: { role: "web", dc: "east" } }),
      makeMember("node-two", { ip: Uint8Array.of(10, 0, 0, 2), status: "failed", port: 7950 }),
    ];
    const server = await RpcServer.listen({
      address: `${host}:0`,
      authKey,
      agent,
      log: new RecordingLog(),
      meter: new RecordingMeter(),
      clock: systemClock,
    });
    return new Served(agent, server);
  }

  /** Runs a command and returns its exit code and what it printed. */
  async run(command: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await runSerf("reference", [
      command,
      `-rpc-addr=${this.server.address}`,
      ...args,
    ]);
    assert.equal(stderr, "");
    return `${code}\n${stdout}`;
  }

  /** Starts a command that goes on for a while. */
  watch(command: string, ...args: readonly string[]): WatchedCommand {
    return new WatchedCommand([command, `-rpc-addr=${this.server.address}`, ...args]);
  }

  /**
   * Runs a command that asks a query, answers it as `answer` does, and ends it once
   * the answers are shown: HashiCorp's tool may lose those that come with the end.
   */
  async ask(
    answer: (listener: QueryListener) => void,
    shown: readonly string[],
    ...[command, ...args]: [string, ...string[]]
  ) {
    const before = this.agent.queries.length;
    const watched = this.watch(command, ...args);
    await eventually("the query is asked", () => {
      return Promise.resolve(this.agent.queries.length > before);
    });
    const asked = this.agent.queries[before]!;
    answer(asked.listener);
    for (const text of shown) await watched.shows(text);
    asked.listener.onDone();
    return { output: await watched.end(), asked: asked.parameters };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
  }
}

/** A command of HashiCorp's that runs, and what it has printed so far. */
class WatchedCommand {
  #output = "";
  readonly #child: Deno.ChildProcess;
  readonly #drained: Promise<void>;

  constructor(args: readonly string[]) {
    this.#child = new Deno.Command(referencePath ?? "serf", {
      args: [...args],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#drained = this.#drain();
  }

  get output(): string {
    return this.#output;
  }

  /** Waits until it has printed `text`. */
  shows(text: string): Promise<void> {
    return eventually(`the command shows ${text}`, () => {
      return Promise.resolve(this.#output.includes(text));
    }, { detail: () => this.#output });
  }

  /** Waits for its end and returns its exit code and what it printed. */
  async end(): Promise<string> {
    const { code } = await this.#child.status;
    await this.#drained;
    return `${code}\n${this.#output}`;
  }

  async #drain(): Promise<void> {
    const texts = this.#child.stdout.pipeThrough(new TextDecoderStream());
    for await (const text of texts) this.#output += text;
  }
}

function sortedLines(text: string): string[] {
  return text.split("\n").map((line) => line.trimEnd()).sort();
}

Deno.test({
  name: "RpcServer answers every command of HashiCorp's command line",
  ...needsReference,
  fn: async (test) => {
    await using served = await Served.start();
    const { agent } = served;

    await test.step("members, as text", async () => {
      const output = await served.run("members");
      const lines = sortedLines(output.replace("role=web,dc=east", "dc=east,role=web"));
      assert.deepEqual(lines, [
        "",
        "0",
        "n1        127.0.0.1:7946  alive   dc=east,role=web",
        "node-two  10.0.0.2:7950   failed",
      ]);
      assert.match(
        await served.run("members", "-detailed", "-name=n1"),
        / Protocol Version: 5 {2}Available Protocol Range: \[2, 5\]\n$/,
      );
    });

    await test.step("members, as JSON and filtered", async () => {
      const output = await served.run("members", "-format=json", "-status=alive", "-tag=role=w.b");
      assert.deepEqual(JSON.parse(output.slice(2)), {
        members: [{
          name: "n1",
          addr: "127.0.0.1:7946",
          port: 7946,
          tags: { role: "web", dc: "east" },
          status: "alive",
          protocol: { max: 5, min: 2, version: 5 },
        }],
      });
      assert.equal(await served.run("members", "-name=nobody"), "0\n\n");
      assert.equal(
        await served.run("members", "-name=["),
        "1\nError retrieving members: Failed to compile regex: error parsing regexp: " +
          "missing closing ]: `[$`\n",
      );
    });

    await test.step("event", async () => {
      assert.equal(
        await served.run("event", "-coalesce=false", "deploy", "v1"),
        "0\nEvent 'deploy' dispatched! Coalescing enabled: false\n",
      );
      await served.run("event", "bare");
      assert.deepEqual(agent.calls.splice(0), [
        "userEvent deploy 7631 false",
        "userEvent bare nil true",
      ]);
      agent.refusals.set("userEvent", "too long");
      assert.equal(await served.run("event", "x"), "1\nError sending event: too long\n");
      agent.calls.length = 0;
    });

    await test.step("force-leave, join and tags", async () => {
      assert.equal(await served.run("force-leave", "-prune", "node-two"), "0\n");
      assert.equal(
        await served.run("join", "-replay", "a", "b:1"),
        "0\nSuccessfully joined cluster by contacting 1 nodes.\n",
      );
      assert.equal(
        await served.run("tags", "-set", "a=1", "-delete", "b"),
        "0\nSuccessfully updated agent tags\n",
      );
      assert.deepEqual(agent.calls.splice(0), [
        "forceLeave node-two true",
        "join a,b:1 true",
        "updateTags a=1 b",
      ]);
      agent.refusals.set("join", "1 error occurred:\n\t* no\n\n");
      assert.equal(
        await served.run("join", "a"),
        "1\nError joining the cluster: 1 error occurred:\n\t* no\n\n\n",
      );
      agent.calls.length = 0;
    });

    await test.step("info", async () => {
      agent.statistics = new Map([
        ["agent", new Map([["name", "n1"]])],
        ["serf", new Map([["members", "2"], ["failed", "1"]])],
        ["tags", new Map()],
      ]);
      assert.equal(
        await served.run("info"),
        "0\nagent:\n\tname = n1\nserf:\n\tfailed = 1\n\tmembers = 2\ntags:\n",
      );
      const json = (await served.run("info", "-format=json")).slice(2);
      assert.deepEqual(JSON.parse(json).serf, { failed: "1", members: "2" });
    });

    await test.step("keys", async () => {
      assert.equal(
        await served.run("keys", "-install=AAA="),
        "0\n==> Installing key on all members...\n==> Successfully installed key!\n",
      );
      agent.keyOutcome = {
        ...keySuccess,
        keys: new Map([["AAA=", 1], ["BB==", 1]]),
        // HashiCorp's client does not know this field, and steps over it.
        primaryKeys: new Map([["BB==", 1]]),
      };
      assert.deepEqual(sortedLines(await served.run("keys", "-list")), [
        "",
        "",
        "0",
        "==> Asking all members for installed keys...",
        "==> Keys gathered, listing cluster keys...",
        "AAA=  [1/1]",
        "BB==  [1/1]",
      ]);
      agent.keyOutcome = {
        ...keySuccess,
        messages: new Map([["n1", "no"]]),
        numErr: 1,
        error: "1/1 nodes reported failure",
      };
      assert.equal(
        await served.run("keys", "-use=BB=="),
        "1\n==> Changing primary key on all members...\nfailed:  n1  no\n\n" +
          "Error changing primary key: 1/1 nodes reported failure\n",
      );
      assert.match(await served.run("keys", "-remove=CC=="), /^1\n==> Removing key/);
      assert.deepEqual(agent.calls.splice(0), [
        "installKey AAA=",
        "listKeys",
        "useKey BB==",
        "removeKey CC==",
      ]);
    });

    await test.step("query", async () => {
      const { output, asked } = await served.ask(
        (listener) => {
          listener.onAck("n1");
          listener.onResponse("n1", encodeText("0.42\n"));
        },
        ["Ack from 'n1'", "Response from 'n1': 0.42"],
        ...["query", "-node=n1", "-tag=role=web", "-timeout=2s", "-relay-factor=3", "load", "x"],
      );
      assert.equal(output.startsWith("0\nQuery 'load' dispatched\n"), true);
      assert.deepEqual(sortedLines(output), [
        "",
        "0",
        "Ack from 'n1'",
        "Query 'load' dispatched",
        "Response from 'n1': 0.42",
        "Total Acks: 1",
        "Total Responses: 1",
      ]);
      assert.deepEqual(asked, {
        name: "load",
        payload: encodeText("x"),
        filterNodes: ["n1"],
        filterTags: new Map([["role", "web"]]),
        requestAck: true,
        relayFactor: 3,
        timeout: 2000,
      });
      const plain = await served.ask(() => {}, [], "query", "-format=json", "-no-ack", "load");
      assert.deepEqual(JSON.parse(plain.output.slice(2)), { Acks: null, Responses: {} });
      assert.equal(plain.asked.timeout, undefined);
      assert.equal(plain.asked.payload, undefined);
    });

    await test.step("reachability", async () => {
      const { output } = await served.ask(
        (listener) => listener.onAck("n1"),
        ["\tAck from 'n1'\n"],
        "reachability",
        "-verbose",
      );
      assert.match(
        output,
        /^0\nTotal members: 2, live members: 1\nStarting reachability test\.\.\.\n\tAck from 'n1'\nQuery time: .*\nSuccessfully contacted all live nodes\n$/,
      );
    });

    await test.step("rtt", async () => {
      const origin = { vec: [0, 0, 0, 0, 0, 0, 0, 0], error: 1.5, adjustment: 0, height: 1e-5 };
      agent.coordinates.set("n1", origin);
      agent.coordinates.set("n2", { ...origin, vec: [0.003, 0, 0, 0, 0.004, 0, 0, 0] });
      assert.equal(await served.run("rtt", "n2"), "0\nEstimated n2 <-> n1 rtt: 5.020 ms\n");
      assert.equal(
        await served.run("rtt", "n1", "zzz"),
        '1\nCould not find a coordinate for node "zzz"\n',
      );
    });

    await test.step("monitor, until the agent goes", async () => {
      agent.logFeed.write("INFO", "2026/11/23 04:51:38 [INFO] agent: past");
      const monitor = served.watch("monitor");
      await monitor.shows("[INFO] agent: past\n");
      agent.logFeed.write("DEBUG", "2026/11/23 04:51:39 [DEBUG] agent: detail");
      agent.logFeed.write("WARN", "2026/11/23 04:51:39 [WARN] agent: present");
      await monitor.shows("[WARN] agent: present\n");
      const payload = encodeText("v1");
      agent.emit({ type: "user", ltime: 301, name: "deploy", payload, coalesce: false });
      await monitor.shows("\tLTime: 0x12d\n");
      await monitor.shows("\tPayload: []byte{0x76, 0x31}\n");
      agent.emit(makeQuery("load"));
      await monitor.shows("\tPayload: <nil>\n");
      agent.emit({ type: "member-leave", members: agent.memberList });
      await monitor.shows('"Name":"node-two", "Port":0x1f0e,');
      assert.equal(monitor.output.includes("detail"), false);
      await served.server.close();
      const end = await monitor.end();
      assert.equal(end.startsWith("1\n"), true);
      assert.match(end, /\nRemote side ended the monitor! /);
    });
  },
});

Deno.test({
  name: "RpcServer wants its token from HashiCorp's command line, and lets it end the agent",
  ...needsReference,
  fn: async () => {
    await using served = await Served.start("sesame");
    assert.equal(
      await served.run("members"),
      "1\nError retrieving members: Authentication required\n",
    );
    assert.equal(
      await served.run("members", "-rpc-auth=guess"),
      "1\nError connecting to Serf agent: Invalid authentication token\n",
    );
    assert.equal(
      await served.run("event", "x"),
      "1\nError sending event: Authentication required\n",
    );
    assert.equal(
      await served.run("leave", "-rpc-auth=sesame"),
      "0\nGraceful leave complete\n",
    );
    assert.deepEqual(served.agent.calls, ["leave", "shutdown"]);
  },
});
