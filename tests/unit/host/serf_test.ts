import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { JoinError, RequestError, StartError, StoppedError } from "../../../src/host/errors.ts";
import { Serf } from "../../../src/host/serf.ts";
import type { SerfOptions } from "../../../src/host/serf_options.ts";
import type { SerfEvent } from "../../../src/serf/event.ts";
import { formatAddress } from "../../../src/ports/address.ts";
import { decodeText } from "../../../src/bytes/text.ts";
import { eventually } from "../../../scripts/lab/waiting.ts";
import { RecordingLog } from "../../support/recorders.ts";

/** Quick to spread news, and quick to leave. */
const quick: SerfOptions = {
  profile: "local",
  settings: { leavePropagateDelay: 10, broadcastTimeout: 60_000 },
};

function start(name: string, host: string, options: SerfOptions = {}): Promise<Serf> {
  return Serf.start({ ...quick, name, bind: { host, port: 0 }, ...options });
}

Deno.test("Serf: two instances in one process form a cluster, and know nothing of each other before", async () => {
  await using a = await start("a", "127.71.3.1", { tags: { role: "web" } });
  await using b = await start("b", "127.71.3.2", { tags: { role: "db" } });
  deepStrictEqual(a.members().map(({ name }) => name), ["a"]);
  strictEqual(await b.join([formatAddress(a.address)]), 1);
  await eventually("both see both", () => a.members().length === 2 && b.members().length === 2);
  strictEqual(a.member("b")?.tags.role, "db");
  strictEqual(b.member("a")?.tags.role, "web");
  deepStrictEqual([a.self.name, b.self.name, a.state], ["a", "b", "alive"]);
});

Deno.test("Serf.events() tells of members, user events and the end", async () => {
  const a = await start("a", "127.71.3.3");
  const b = await start("b", "127.71.3.4");
  const types: string[] = [];
  const reading = (async () => {
    for await (const event of a.events()) {
      types.push("name" in event ? `${event.type} ${event.name}` : event.type);
    }
  })();
  await b.join([formatAddress(a.address)]);
  b.userEvent("deploy", "v42");
  await eventually("the event arrives", () => types.includes("user deploy"));
  await b.leave();
  await eventually("b left", () => types.includes("member-leave"));
  await b.shutdown();
  await a.shutdown();
  await reading;
  deepStrictEqual(types, ["member-join", "member-join", "user deploy", "member-leave"]);
});

Deno.test("Serf.query() hands answers out of a loop, which ends with the query's time", async () => {
  await using a = await start("a", "127.71.3.5");
  await using b = await start("b", "127.71.3.6");
  for (const node of [a, b]) {
    node.onEvent((event) => {
      if (event.type === "query") event.respond(new TextEncoder().encode(`${node.self.name}!`));
    });
  }
  await b.join([formatAddress(a.address)]);
  await eventually("both see both", () => a.members().length === 2);
  const query = a.query("load", undefined, { requestAck: true, timeout: 60_000 });
  const heard: string[] = [];
  for await (const answer of query) {
    heard.push(answer.type === "ack" ? `ack ${answer.from}` : decodeText(answer.payload));
    if (heard.length === 4) break;
  }
  deepStrictEqual(heard.sort(), ["a!", "ack a", "ack b", "b!"]);
  // Leaving the loop ends the query, long before its time.
  await query.done;
});

Deno.test("Serf.start() rejects with a StartError that says what is wrong", async () => {
  await rejects(start("", "127.71.3.7"), { name: "StartError", message: /must not be empty/ });
  await using a = await start("a", "127.71.3.7");
  const taken = Serf.start({ ...quick, name: "b", bind: a.address });
  await rejects(
    taken,
    (error) => error instanceof StartError && error.message.includes("address already in use"),
  );
  const keys = [new Uint8Array(5)];
  await rejects(start("c", "127.71.3.7", { keys }), StartError);
  await rejects(start("c", "127.71.3.7", { snapshotPath: "/no such folder/s" }), StartError);
});

Deno.test("Serf.join() rejects with a JoinError that keeps why each address failed", async () => {
  await using a = await start("a", "127.71.3.8");
  await rejects(a.join(["127.71.3.9:9", "/nobody"]), (error) => {
    if (!(error instanceof JoinError)) return false;
    strictEqual(error.errors.length, 2);
    ok(error.message.startsWith("2 errors occurred:\n"));
    ok(error.message.includes("dial tcp 127.71.3.9:9: connect: connection refused"));
    return true;
  });
  strictEqual(await a.join([]), 0);
  await a.leave();
  await rejects(a.join(["127.71.3.9:9"]), JoinError);
});

Deno.test("Serf throws a RequestError for what is too long or out of range", async () => {
  await using a = await start("a", "127.71.3.10");
  throws(() => a.userEvent("x".repeat(600)), RequestError);
  throws(() => a.query("x".repeat(2000)), RequestError);
  throws(() => a.query("x", undefined, { relayFactor: 256 }), RequestError);
  await rejects(a.setTags({ a: "x".repeat(600) }), RequestError);
  deepStrictEqual(Object.keys(a.self.tags), []);
});

Deno.test("Serf gives up what it waits for when a signal aborts", async () => {
  await using a = await start("a", "127.71.3.18");
  const silent = Deno.listen({ hostname: "127.71.3.19", port: 0 });
  const accepting = silent.accept();
  const abort = new AbortController();
  const { signal } = abort;
  const target = { host: "127.71.3.19", port: silent.addr.port };
  const joining = rejects(a.join([target, target], { signal }), { name: "AbortError" });
  const query = a.query("load", undefined, { timeout: 60_000, signal });
  const events = a.events({ signal });
  const connection = await accepting;
  abort.abort();
  await joining;
  await query.done;
  for await (const _ of query) throw new Error("nothing can come any more");
  // What came before can still be read, and then the loop is over.
  const types: string[] = [];
  for await (const event of events) types.push(event.type);
  deepStrictEqual(types, ["member-join", "query"]);
  for (
    const operate of [
      () => a.join([target], { signal }),
      () => a.leave({ signal }),
      () => a.forceLeave("b", { signal }),
      () => a.setTags({}, { signal }),
      () => a.keys("list", undefined, { signal }),
    ]
  ) await rejects(operate(), { name: "AbortError" });
  strictEqual(a.state, "alive");
  connection.close();
  silent.close();
});

Deno.test("Serf.setTags() reaches the others", async () => {
  await using a = await start("a", "127.71.3.11");
  await using b = await start("b", "127.71.3.12");
  await b.join([formatAddress(a.address)]);
  await b.setTags({ role: "db" });
  await eventually("the tag arrives", () => a.member("b")?.tags.role === "db");
});

Deno.test("Serf.keys() lists what every member has", async () => {
  const key = new Uint8Array(16).fill(7);
  await using a = await start("a", "127.71.3.13", { keys: [key] });
  const report = await a.keys("list");
  deepStrictEqual([report.numNodes, report.numResp, report.error], [1, 1, undefined]);
  deepStrictEqual([...report.keys!], [[key.toBase64(), 1]]);
});

Deno.test("Serf.shutdown() ends everything that waits, and is harmless twice", async () => {
  const a = await start("a", "127.71.3.14");
  const events = a.events();
  const query = a.query("load", undefined, { timeout: 60_000 });
  await a.shutdown();
  await a.shutdown();
  await query.done;
  strictEqual(await a.stopped, undefined);
  strictEqual(a.state, "shutdown");
  // What came before the end can still be read.
  const types: string[] = [];
  for await (const event of events) types.push(event.type);
  deepStrictEqual(types, ["member-join", "query"]);
  strictEqual((await a.events().next()).done, true);
  throws(() => a.query("load"), StoppedError);
  throws(() => a.userEvent("deploy"), StoppedError);
  const late = [
    () => a.leave(),
    () => a.forceLeave("b"),
    () => a.setTags({}),
    () => a.keys("list"),
  ];
  for (const operate of late) {
    await rejects(operate(), { name: "StoppedError", message: "Serf was shut down" });
  }
  await rejects(a.join(["127.71.3.9:9"]), JoinError);
});

Deno.test("Serf says goodbye when it goes out of scope, so that nobody takes it for failed", async () => {
  await using a = await start("a", "127.71.3.15");
  {
    await using b = await start("b", "127.71.3.16");
    await b.join([formatAddress(a.address)]);
    await eventually("a sees b", () => a.member("b")?.status === "alive");
  }
  await eventually("a sees b gone", () => a.member("b")?.status === "left");
});

Deno.test("Serf logs and measures only where it is told to", async () => {
  const log = new RecordingLog();
  await using a = await start("a", "127.71.3.17", { log });
  strictEqual(a.stats().get("members"), "1");
  ok(log.lines.every((line) => /^(debug|info|warn|error) (serf|memberlist): /.test(line)));
  ok(log.has("EventMemberJoin: a"));
});

Deno.test("Serf: what a listener or a loop hears stands in the snapshot already", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const snapshotPath = `${folder}/snapshot`;
    await using a = await start("a", "127.71.3.20", { snapshotPath });
    /** Whether the file has an event's time. */
    const isNoted = (kind: string, time: number) =>
      Deno.readTextFileSync(snapshotPath).includes(`${kind}-clock: ${time}\n`);
    const heard: string[] = [];
    const check = (how: string, event: SerfEvent) => {
      if (event.type !== "user" && event.type !== "query") return;
      const kind = event.type === "user" ? "event" : "query";
      heard.push(`${how} ${event.name} ${isNoted(kind, event.ltime)}`);
    };
    a.onEvent((event) => check("listener", event));
    const looping = (async () => {
      for await (const event of a.events()) check("loop", event);
    })();
    a.userEvent("deploy", "v42");
    a.query("load");
    await eventually("all were heard", () => heard.length === 4);
    await a.shutdown();
    await looping;
    deepStrictEqual(heard.sort(), [
      "listener deploy true",
      "listener load true",
      "loop deploy true",
      "loop load true",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Serf.start() refuses a snapshot that another node keeps", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const snapshotPath = `${folder}/snapshot`;
    await using _a = await start("a", "127.71.3.21", { snapshotPath });
    await rejects(start("b", "127.71.3.22", { snapshotPath }), {
      name: "StartError",
      message: "Failed to setup snapshot: failed to open snapshot: " +
        `open ${snapshotPath}: another agent is using it`,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Serf.history keeps what happened over a restart, if it was asked for", async () => {
  const folder = await Deno.makeTempDir({ prefix: "serf-history-" });
  const kinds = async (serf: Serf, since?: string) =>
    await Array.fromAsync(
      serf.history.read(since === undefined ? {} : { since }),
      ({ kind, name }) => name === undefined ? kind : `${kind} ${name}`,
    );
  try {
    const options = { history: { folder } };
    let cursor = "";
    {
      await using serf = await start("a", "127.71.3.30", options);
      serf.userEvent("deploy", "v42");
      for await (const item of serf.history.read({ follow: true })) {
        cursor = item.cursor;
        if (item.kind !== "user") continue;
        strictEqual(item.payload, "djQy");
        break;
      }
      await rejects(start("b", "127.71.3.31", options), {
        name: "StartError",
        message: /^Failed to open the history: open .*: another agent is using it$/,
      });
    }
    await using serf = await start("a", "127.71.3.30", options);
    serf.userEvent("again");
    const expected = ["gap", "member-join", "user again"];
    await eventually("it is told", async () => (await kinds(serf, cursor)).includes("user again"));
    deepStrictEqual((await kinds(serf, cursor)).slice(-3), expected);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  await using plain = await start("c", "127.71.3.32");
  throws(() => plain.history, RequestError);
});
