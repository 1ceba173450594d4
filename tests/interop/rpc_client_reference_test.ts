/**
 * Our RPC client against HashiCorp's agents: every command, with what it yields
 * and how it fails.
 */

import assert from "node:assert/strict";
import { decodeText, encodeText } from "../../src/bytes/text.ts";
import { RpcClient } from "../../src/rpc/client.ts";
import type { EventRecord } from "../../src/rpc/commands.ts";
import type { RecordStream } from "../../src/rpc/record_stream.ts";
import { KeyOperationError } from "../../src/rpc/rpc_error.ts";
import { AgentProcess, needsReference } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";

const key = (fill: number) => new Uint8Array(32).fill(fill).toBase64();

/** Starts an agent of HashiCorp's with quick timing. */
function startAgent(name: string, bind: string, ...args: readonly string[]) {
  return AgentProcess.start("reference", { name, bind, args: ["-profile=local", ...args] });
}

/** Takes events until one passes; the others may come at any time. */
async function nextEvent(
  events: RecordStream<EventRecord>,
  passes: (event: EventRecord) => boolean,
): Promise<EventRecord> {
  for (let result = await events.next(); !result.done; result = await events.next()) {
    if (passes(result.value)) return result.value;
  }
  throw new Error("The stream ended too early");
}

Deno.test({
  name: "RpcClient drives HashiCorp's agent through every command",
  ...needsReference,
  fn: async (test) => {
    await using one = await startAgent(
      "r1",
      "127.61.0.10",
      "-tag=role=web",
      "-event-handler=query:load=echo 0.42",
      `-encrypt=${key(1)}`,
    );
    await using two = await startAgent("r2", "127.61.0.11", `-encrypt=${key(1)}`);
    using client = await RpcClient.connect({ address: one.rpc });
    const events = await client.stream("*");

    await test.step("members and members-filtered", async () => {
      const [self, ...others] = await client.members();
      assert.deepEqual(others, []);
      assert.deepEqual(self, {
        name: "r1",
        addr: Uint8Array.of(127, 61, 0, 10),
        port: 7946,
        tags: new Map([["role", "web"]]),
        status: "alive",
        protocolMin: 1,
        protocolMax: 5,
        protocolCur: 2,
        delegateMin: 2,
        delegateMax: 5,
        delegateCur: 5,
      });
      const count = async (expressions: Parameters<RpcClient["membersFiltered"]>[0]) => {
        return (await client.membersFiltered(expressions)).length;
      };
      assert.equal(await count({ name: "r.", status: "alive|x" }), 1);
      assert.equal(await count({ name: "r" }), 0, "expressions are anchored");
      assert.equal(await count({ tags: new Map([["role", "w.b"], ["none", ""]]) }), 1);
      using other = await RpcClient.connect({ address: one.rpc });
      await assert.rejects(other.membersFiltered({ name: "[" }), {
        kind: "closed",
        message: "client closed",
      });
    });

    await test.step("join, and the event that follows", async () => {
      assert.equal(await client.join([]), 0);
      assert.equal(await client.join([two.bind], { replay: true }), 1);
      const isJoin = (event: EventRecord) => {
        return event.event === "member-join" && "members" in event &&
          event.members.some(({ name, port }) => name === "r2" && port === 7946);
      };
      await nextEvent(events, isJoin);
      await assert.rejects(client.join(["127.61.0.99"]), {
        kind: "refused",
        message: /^1 error occurred:\n\t\* .*127\.61\.0\.99: dial tcp .*connection refused\n\n$/,
      });
    });

    await test.step("event, as a stream shows it", async () => {
      const name = decodeText(Uint8Array.of(0x64, 0xff));
      await client.userEvent(name, Uint8Array.of(0, 255), { coalesce: true });
      await client.userEvent("deploy", undefined, { coalesce: false });
      // The one that may be coalesced is held back for a while, so it comes last.
      const isUser = ({ event }: EventRecord) => event === "user";
      assert.deepEqual(await nextEvent(events, isUser), {
        event: "user",
        ltime: 2,
        name: "deploy",
        payload: undefined,
        coalesce: false,
      });
      assert.deepEqual(await nextEvent(events, isUser), {
        event: "user",
        ltime: 1,
        name,
        payload: Uint8Array.of(0, 255),
        coalesce: true,
      });
      await assert.rejects(client.userEvent("x".repeat(600)), {
        message: "user event exceeds configured limit of 512 bytes before encoding",
      });
    });

    await test.step("stream refuses what is no filter", async () => {
      await assert.rejects(client.stream("user:a,nonsense"), { message: "Invalid event filter" });
    });

    await test.step("monitor, stopped and opened again", async () => {
      const lines = await client.monitor("debug");
      const { value } = await lines.next();
      assert.match(value ?? "", /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[\w+\] \w+/);
      await assert.rejects(client.monitor("debug"), { message: "Monitor already exists" });
      await client.userEvent("seen-in-the-log", undefined, { coalesce: false });
      let isSeen = false;
      for await (const line of lines) {
        isSeen = line.includes("seen-in-the-log");
        if (isSeen) break;
      }
      assert.equal(isSeen, true);
      const again = await client.monitor("info");
      assert.equal((await again.next()).done, false);
      await again.stop();
      await assert.rejects(client.monitor("loud"), { message: "Unknown log level: LOUD" });
      assert.equal((await client.members()).length, 2, "the connection is in step");
    });

    await test.step("query, with acknowledgements, filters and a limit", async () => {
      const records = await Array.fromAsync(
        await client.query("load", encodeText("x"), {
          requestAck: true,
          relayFactor: 1,
          timeout: 400,
        }),
      );
      const acks = records.filter(({ type }) => type === "ack").map(({ from }) => from);
      assert.deepEqual(acks.sort(), ["r1", "r2"]);
      const responses = records.filter(({ type }) => type === "response");
      assert.deepEqual(responses, [
        { type: "response", from: "r1", payload: encodeText("0.42\n") },
      ]);
      const to = async (options: Parameters<RpcClient["query"]>[2]) => {
        const answers = await client.query("load", undefined, { timeout: 300, ...options });
        return (await Array.fromAsync(answers)).map(({ type, from }) => `${type} ${from}`);
      };
      assert.deepEqual(await to({ filterNodes: ["r2"], requestAck: true }), ["ack r2"]);
      assert.deepEqual(await to({ filterTags: new Map([["role", "w"]]) }), ["response r1"]);
      assert.deepEqual(await to({ timeout: -1 }), []);
      await assert.rejects(client.query("_serf_x"), {
        message: "Queries cannot contain the '_serf_' prefix",
      });
    });

    await test.step("respond, to a query that came over a stream", async () => {
      using asker = await RpcClient.connect({ address: two.rpc });
      const answers = await asker.query("question", encodeText("?"), { timeout: 5000 });
      const isQuestion = (event: EventRecord) => "id" in event && event.name === "question";
      const question = await nextEvent(events, isQuestion);
      assert("id" in question);
      assert.deepEqual(question.payload, encodeText("?"));
      await client.respond(question.id, encodeText("42"));
      await assert.rejects(client.respond(question.id, encodeText("43")), {
        message: "failed to respond to key query: response already sent",
      });
      await assert.rejects(client.respond(999, encodeText("44")), {
        message: "No pending queries matching ID",
      });
      assert.deepEqual((await answers.next()).value, {
        type: "response",
        from: "r1",
        payload: encodeText("42"),
      });
    });

    await test.step("tags", async () => {
      await client.updateTags(new Map([["color", "blue"], ["role", "db"]]), ["role", "missing"]);
      const [self] = await client.membersFiltered({ name: "r1" });
      assert.deepEqual([...self?.tags ?? []].sort(), [["color", "blue"], ["role", "db"]]);
      await assert.rejects(client.updateTags(new Map([["big", "x".repeat(600)]])), {
        message: "Encoded length of tags exceeds limit of 512 bytes",
      });
    });

    await test.step("stats and get-coordinate", async () => {
      const stats = await client.stats();
      assert.equal(stats.get("agent")?.get("name"), "r1");
      assert.equal(stats.get("serf")?.get("members"), "2");
      assert.equal(stats.get("serf")?.get("encrypted"), "true");
      assert.equal(stats.get("event_handlers")?.get("query:load"), "echo 0.42");
      const coordinate = await client.coordinate("r1");
      assert.equal(coordinate?.vec?.length, 8);
      assert.equal((coordinate?.height ?? 0) > 0, true);
      assert.equal(await client.coordinate("nobody"), undefined);
    });

    await test.step("metrics, which it does not know", async () => {
      using asker = await RpcClient.connect({ address: one.rpc });
      await assert.rejects(asker.metrics(), { kind: "refused", message: "Unsupported command" });
    });

    await test.step("keys: list, install, use, remove, and their failures", async () => {
      const messages = new Map();
      const everywhere = { numNodes: 2, numErr: 0, numResp: 2, messages, primaryKeys: undefined };
      assert.deepEqual(await client.listKeys(), {
        ...everywhere,
        keys: new Map([[key(1), 2]]),
      });
      assert.deepEqual(await client.installKey(key(2)), { ...everywhere, keys: undefined });
      await client.useKey(key(2));
      await client.removeKey(key(1));
      assert.deepEqual((await client.listKeys()).keys, new Map([[key(2), 2]]));
      await assert.rejects(client.removeKey(key(2)), (error) => {
        assert(error instanceof KeyOperationError);
        assert.equal(error.message, "2/2 nodes reported failure");
        assert.deepEqual([...error.outcome.messages.keys()].sort(), ["r1", "r2"]);
        return true;
      });
      await assert.rejects(client.installKey("nonsense!"), {
        name: "KeyOperationError",
        message: /^illegal base64 data at input byte \d+$/,
      });
    });

    await test.step("force-leave, of nobody, of a failed member, and with pruning", async () => {
      await client.forceLeave("nobody");
      await two.kill();
      const statusOfTwo = async () => {
        const [member] = await client.membersFiltered({ name: "r2" });
        return member?.status;
      };
      await eventually("r2 has failed", async () => await statusOfTwo() === "failed");
      await client.forceLeave("r2");
      await eventually("r2 has left", async () => await statusOfTwo() === "left");
      await client.forceLeave("r2", { prune: true });
      await eventually("r2 is forgotten", async () => await statusOfTwo() === undefined);
    });

    await test.step("leave, after which the agent is gone", async () => {
      await client.leave();
      assert.equal(await one.exit(), 0);
      await nextEvent(events, () => false).catch((error) => {
        assert.equal(error.message, "client closed");
      });
      await assert.rejects(client.members(), { kind: "closed", message: "client closed" });
      await assert.rejects(RpcClient.connect({ address: one.rpc }), {
        kind: "dial",
        message: "dial tcp 127.61.0.10:7373: connect: connection refused",
      });
    });
  },
});

Deno.test({
  name: "RpcClient shows HashiCorp's agent its token, and meets its refusals",
  ...needsReference,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/auth.json`, '{"rpc_auth": "sesame"}');
      await using agent = await startAgent(
        "r3",
        "127.61.0.12",
        `-config-file=${folder}/auth.json`,
      );
      const address = agent.rpc;
      using client = await RpcClient.connect({ address, authKey: "sesame" });
      assert.equal((await client.members()).length, 1);
      await assert.rejects(RpcClient.connect({ address, authKey: "guess" }), {
        kind: "refused",
        message: "Invalid authentication token",
      });
      using stranger = await RpcClient.connect({ address });
      await assert.rejects(stranger.members(), { message: "Authentication required" });

      await assert.rejects(client.listKeys(), (error) => {
        assert(error instanceof KeyOperationError);
        assert.equal(error.message, "1/1 nodes reported failure");
        assert.deepEqual([...error.outcome.messages], [
          ["r3", "Keyring is empty (encryption not enabled)"],
        ]);
        return true;
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
