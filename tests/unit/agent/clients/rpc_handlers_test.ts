import assert from "node:assert/strict";
import { MemberListing } from "../../../../src/agent/clients/member_listing.ts";
import { RpcSession } from "../../../../src/agent/clients/rpc_session.ts";
import { RpcClient } from "../../../../src/rpc/client.ts";
import * as commands from "../../../../src/rpc/commands.ts";
import { KeyOperationError } from "../../../../src/rpc/rpc_error.ts";
import { failure, success } from "../../../../src/ports/result.ts";
import { SimClock } from "../../../../src/sim/sim_clock.ts";
import { FakeAgent, keySuccess, makeMember, makeQuery } from "../../../support/fake_agent.ts";
import { MemoryConnection, settle } from "../../../support/memory_connection.ts";
import { RecordingLog, RecordingMeter } from "../../../support/recorders.ts";
import { header, ServedClient } from "../../../support/served_client.ts";

/** A client, connected in memory to a session with an agent that only takes notes. */
async function connected() {
  const clock = new SimClock();
  const agent = new FakeAgent();
  const log = new RecordingLog();
  const [near, connection] = MemoryConnection.pair();
  const session = new RpcSession({
    connection,
    peer: "127.0.0.1:5000",
    agent,
    listing: new MemberListing(),
    authKey: "",
    log: log.named("agent.ipc"),
    meter: new RecordingMeter(),
    clock,
  });
  const done = session.run();
  const client = await RpcClient.over(near, {}, clock);
  return {
    agent,
    client,
    clock,
    lines: log.lines,
    async [Symbol.asyncDispose]() {
      client.close();
      await done;
    },
  };
}

Deno.test("event passes on name, payload and coalescing, and the agent's refusal", async () => {
  await using served = await connected();
  const { agent, client } = served;
  await client.userEvent("deploy", Uint8Array.of(1), { coalesce: true });
  await client.userEvent("");
  await client.userEvent("x", new Uint8Array());
  assert.deepEqual(agent.calls, [
    "userEvent deploy 01 true",
    "userEvent  nil false",
    "userEvent x  false",
  ]);
  agent.refusals.set("userEvent", "too long");
  await assert.rejects(client.userEvent("y"), { message: "too long" });
});

Deno.test("force-leave and tags pass on what is asked, and the agent's refusal", async () => {
  await using served = await connected();
  const { agent, client } = served;
  await client.forceLeave("n2", { prune: true });
  await client.forceLeave("");
  await client.updateTags(new Map([["b", "2"], ["a", "1"]]), ["c", "d"]);
  await client.updateTags(new Map());
  assert.deepEqual(agent.calls, [
    "forceLeave n2 true",
    "forceLeave  false",
    "updateTags a=1,b=2 c,d",
    "updateTags  ",
  ]);
  agent.refusals.set("forceLeave", "timed out");
  agent.refusals.set("updateTags", "too long");
  await assert.rejects(client.forceLeave("n2"), { message: "timed out" });
  await assert.rejects(client.updateTags(new Map()), { message: "too long" });
});

Deno.test("join tells how many nodes were contacted, and 0 with the errors", async () => {
  await using served = await connected();
  served.agent.contacted = 2;
  assert.equal(await served.client.join(["a", "b:1"], { replay: true }), 2);
  assert.deepEqual(served.agent.calls, ["join a,b:1 true"]);

  const raw = await ServedClient.welcome();
  raw.agent.refusals.set("join", "1 error occurred");
  assert.deepEqual(
    await raw.ask("join", 2, commands.joinRequest, { existing: ["a"], replay: false }),
    [header(2, "1 error occurred"), new Map([["Num", 0]])],
  );
  await raw.leave();
});

Deno.test("members and members-filtered list members with all they have", async () => {
  await using served = await connected();
  const { agent, client } = served;
  agent.memberList = [
    makeMember("web-1", { tags: { role: "web" } }),
    makeMember("db-1", { status: "failed", port: 7950 }),
  ];
  const all = await client.members();
  assert.deepEqual(all.map(({ name, port, status }) => `${name} ${port} ${status}`), [
    "web-1 7946 alive",
    "db-1 7950 failed",
  ]);
  const names = async (expressions: Parameters<RpcClient["membersFiltered"]>[0]) => {
    return (await client.membersFiltered(expressions)).map(({ name }) => name);
  };
  assert.deepEqual(await names({}), ["web-1", "db-1"]);
  assert.deepEqual(await names({ name: "web-.*" }), ["web-1"]);
  assert.deepEqual(await names({ status: "failed" }), ["db-1"]);
  assert.deepEqual(await names({ tags: new Map([["role", "web"]]) }), ["web-1"]);
  assert.deepEqual(await names({ name: "nobody" }), []);
});

Deno.test("members-filtered answers a bad expression, logs it and stays open", async () => {
  await using served = await connected();
  await assert.rejects(served.client.membersFiltered({ name: "[" }), {
    kind: "refused",
    message: /^Failed to compile regex: /,
  });
  assert.match(
    served.lines.at(-1) ?? "",
    /^error agent\.ipc: Failed to evaluate request: Failed to compile regex: /,
  );
  assert.deepEqual(await served.client.members(), []);
});

Deno.test("stream refuses bad filters first, then numbers that are in use", async () => {
  const client = await ServedClient.welcome();
  const open = (seq: number, type: string) => {
    return client.ask("stream", seq, commands.streamRequest, { type });
  };
  assert.deepEqual(await open(2, "user:deploy,member-join"), [header(2)]);
  assert.deepEqual(await open(2, "nonsense"), [header(2, "Invalid event filter")]);
  assert.deepEqual(await open(2, "*"), [header(2, "Stream with given sequence exists")]);
  assert.deepEqual(await open(3, ""), [header(3)]);
  assert.equal(client.agent.listenerCount, 2);
  await client.leave();
});

Deno.test("stop ends the stream and the monitor of its number, and is content with nothing", async () => {
  const client = await ServedClient.welcome();
  const stop = (seq: number, number: number) => {
    return client.ask("stop", seq, commands.stopRequest, { stop: number });
  };
  await client.ask("stream", 2, commands.streamRequest, { type: "*" });
  await client.ask("monitor", 2, commands.monitorRequest, { logLevel: "info" });
  assert.deepEqual(await stop(3, 99), [header(3)]);
  assert.equal(client.agent.listenerCount + client.agent.logFeed.listenerCount, 2);
  assert.deepEqual(await stop(4, 2), [header(4)]);
  assert.equal(client.agent.listenerCount + client.agent.logFeed.listenerCount, 0);
  assert.deepEqual(await client.ask("stream", 2, commands.streamRequest, { type: "*" }), [
    header(2),
  ]);
  await client.leave();
});

Deno.test("monitor is there once, at a level that exists", async () => {
  await using served = await connected();
  const { agent, client } = served;
  agent.logFeed.write("INFO", "past");
  await assert.rejects(client.monitor("loud"), { message: "Unknown log level: LOUD" });
  const lines = await client.monitor("debug");
  await assert.rejects(client.monitor("debug"), { message: "Monitor already exists" });
  agent.logFeed.write("DEBUG", "present");
  assert.deepEqual([(await lines.next()).value, (await lines.next()).value], ["past", "present"]);
  await lines.stop();
  const again = await client.monitor("INFO");
  assert.equal((await again.next()).value, "past");
});

Deno.test("query passes on what is asked, and answers until it is done", async () => {
  await using served = await connected();
  const { agent, client } = served;
  const answers = await client.query("load", Uint8Array.of(1), {
    filterNodes: ["n1"],
    filterTags: new Map([["role", "web"]]),
    requestAck: true,
    relayFactor: 2,
    timeout: 1.5,
  });
  const [asked] = agent.queries;
  assert.deepEqual(asked?.parameters, {
    name: "load",
    payload: Uint8Array.of(1),
    filterNodes: ["n1"],
    filterTags: new Map([["role", "web"]]),
    requestAck: true,
    relayFactor: 2,
    timeout: 1.5,
  });
  asked?.listener.onAck("n1");
  asked?.listener.onResponse("n1", Uint8Array.of(7));
  asked?.listener.onDone();
  assert.deepEqual(await Array.fromAsync(answers), [
    { type: "ack", from: "n1", payload: undefined },
    { type: "response", from: "n1", payload: Uint8Array.of(7) },
  ]);

  await client.query("load", undefined, { timeout: -1000 });
  assert.equal(agent.queries[1]?.parameters.timeout, -1000);
  await client.query("load");
  assert.equal(agent.queries[2]?.parameters.timeout, undefined);
  assert.equal(agent.queries[2]?.parameters.payload, undefined);
});

Deno.test("query passes on the agent's refusal", async () => {
  await using served = await connected();
  served.agent.refusals.set("query", "Queries cannot contain the '_serf_' prefix");
  await assert.rejects(served.client.query("_serf_x"), {
    kind: "refused",
    message: "Queries cannot contain the '_serf_' prefix",
  });
});

Deno.test("respond answers a query that came over one of this client's streams", async () => {
  await using served = await connected();
  const { agent, client } = served;
  const answers: string[] = [];
  const respond = (payload: Uint8Array) => {
    if (answers.length > 0) return failure("response already sent");
    answers.push(payload.toHex());
    return success(undefined);
  };
  const events = await client.stream("query");
  await settle();
  agent.emit(makeQuery("load", { respond }));
  const { value } = await events.next();
  assert.deepEqual(value, { event: "query", id: 1, ltime: 1, name: "load", payload: undefined });
  await client.respond(1, Uint8Array.of(0x42));
  assert.deepEqual(answers, ["42"]);
  await assert.rejects(client.respond(1, new Uint8Array()), {
    message: "failed to respond to key query: response already sent",
  });
  await assert.rejects(client.respond(2, new Uint8Array()), {
    message: "No pending queries matching ID",
  });
});

Deno.test("leave ends the agent even if leaving was refused", async () => {
  await using served = await connected();
  const { agent, client, lines } = served;
  agent.refusals.set("leave", "Leave already in progress");
  await assert.rejects(client.leave(), { message: "Leave already in progress" });
  await settle();
  assert.deepEqual(agent.calls, ["leave", "shutdown"]);
  assert.deepEqual(lines, [
    "info agent.ipc: Graceful leave triggered",
    "error agent.ipc: leave failed: Leave already in progress",
  ]);
});

Deno.test("key commands answer with the outcome, also when they failed", async () => {
  await using served = await connected();
  const { agent, client } = served;
  const { error: _, ...plain } = keySuccess;
  assert.deepEqual(await client.installKey("a"), plain);
  assert.deepEqual(await client.useKey("b"), plain);
  assert.deepEqual(await client.removeKey("c"), plain);
  agent.keyOutcome = {
    ...keySuccess,
    keys: new Map([["a2V5", 2]]),
    primaryKeys: new Map([["a2V5", 1]]),
  };
  const { keys, primaryKeys } = await client.listKeys();
  assert.deepEqual([keys, primaryKeys], [new Map([["a2V5", 2]]), new Map([["a2V5", 1]])]);
  assert.deepEqual(agent.calls, ["keys install a", "keys use b", "keys remove c", "keys list"]);

  agent.keyOutcome = {
    ...keySuccess,
    messages: new Map([["n1", "no"]]),
    numErr: 1,
    error: "1/1 nodes reported failure",
  };
  await assert.rejects(client.useKey("d"), (error) => {
    assert(error instanceof KeyOperationError);
    assert.deepEqual(error.outcome.messages, new Map([["n1", "no"]]));
    return error.message === "1/1 nodes reported failure";
  });
});

Deno.test("facts and reload answer with what the agent tells", async () => {
  await using served = await connected();
  const { agent, client } = served;
  agent.statistics = new Map([["program", new Map([["version", "1"]])]]);
  assert.deepEqual(await client.facts(), agent.statistics);
  const outcome = { changed: ["tags"], waiting: [], warnings: [], problems: [] };
  assert.deepEqual(await client.reload(), outcome);
  assert.deepEqual(agent.calls, ["facts", "reload"]);
});

Deno.test("stats and get-coordinate answer with what the agent knows", async () => {
  await using served = await connected();
  const { agent, client } = served;
  agent.statistics = new Map([["agent", new Map([["name", "n1"]])]]);
  assert.deepEqual(await client.stats(), agent.statistics);
  const coordinate = { vec: [1, 2, 3, 4, 5, 6, 7, 8], error: 1.5, adjustment: 0.25, height: 1e-5 };
  agent.coordinates.set("n1", coordinate);
  assert.deepEqual(await client.coordinate("n1"), coordinate);
  assert.equal(await client.coordinate("zzz"), undefined);
});

Deno.test("why answers with what the agent saw as JSON, and with nothing about strangers", async () => {
  await using served = await connected();
  const { agent, client } = served;
  const account = { member: "n1", witness: "self", now: "2026-12-01T17:00:00.000Z", story: [] };
  agent.accounts.set("n1", account);
  assert.deepEqual(JSON.parse(await client.why("n1") ?? ""), account);
  assert.equal(await client.why("zzz"), undefined);
});
