import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { JoinError, SendError, StartError, StoppedError } from "../../../src/host/errors.ts";
import {
  maxDatagramMessage,
  Memberlist,
  type MemberlistOptions,
} from "../../../src/host/memberlist.ts";
import type { MemberlistEvent } from "../../../src/host/message_delegate.ts";
import type { Address } from "../../../src/ports/address.ts";
import { eventually } from "../../../scripts/lab/waiting.ts";

const text = new TextEncoder();

function start(name: string, host: string, options: MemberlistOptions = {}): Promise<Memberlist> {
  return Memberlist.start({ name, bind: { host, port: 0 }, profile: "local", ...options });
}

function addressOf({ addr }: Deno.TcpListener): Address {
  return { host: addr.hostname, port: addr.port };
}

function describe(event: MemberlistEvent): string {
  if (event.type !== "message") return `${event.type} ${event.member.name}`;
  return `message ${new TextDecoder().decode(event.payload)}`;
}

Deno.test("Memberlist: two instances in one process find each other, and what they say of themselves", async () => {
  await using a = await start("a", "127.71.4.1", { meta: text.encode("rack 1") });
  await using b = await start("b", "127.71.4.2", { meta: text.encode("rack 2") });
  deepStrictEqual(a.members().map(({ name }) => name), ["a"]);
  strictEqual(await b.join([a.address, "127.71.4.9:9"]), 1);
  await eventually("a sees b", () => a.member("b")?.state === "alive");
  strictEqual(new TextDecoder().decode(b.member("a")?.meta), "rack 1");

  await b.updateMeta(text.encode("rack 3"), { timeout: 60_000 });
  await eventually(
    "a sees the change",
    () => new TextDecoder().decode(a.member("b")?.meta) === "rack 3",
  );
  deepStrictEqual([a.self.name, a.healthScore], ["a", 0]);
  strictEqual(a.member("stranger"), undefined);
});

Deno.test("Memberlist.members() are the caller's: they do not change, and changing them changes nothing", async () => {
  await using a = await start("a", "127.71.4.3");
  const before = a.self;
  await a.updateMeta(Uint8Array.of(1));
  deepStrictEqual([before.meta.length, a.self.meta.length], [0, 1]);
  strictEqual(a.self.incarnation, before.incarnation + 1);

  const mine = a.self;
  mine.ip.fill(0);
  mine.meta.fill(0);
  deepStrictEqual([[...a.self.ip], [...a.self.meta]], [[127, 71, 4, 3], [1]]);
});

Deno.test("Memberlist.events() tells of members and messages, and ends with the node", async () => {
  const a = await start("a", "127.71.4.4");
  const b = await start("b", "127.71.4.5");
  const heard: string[] = [];
  const reading = (async () => {
    for await (const event of a.events()) heard.push(describe(event));
  })();
  await b.join([a.address]);
  await eventually("a sees b", () => heard.includes("join b"));
  await b.sendTo("a", text.encode("by stream"), { reliable: true });
  await eventually("the message arrives", () => heard.includes("message by stream"));
  await b.sendTo(a.address, text.encode("by datagram"));
  await eventually("the datagram arrives", () => heard.includes("message by datagram"));
  await b.leave({ timeout: 60_000 });
  await eventually("a sees b go", () => heard.includes("leave b"));
  strictEqual(a.member("b")?.state, "left");
  await b.shutdown();
  await a.shutdown();
  await reading;
  deepStrictEqual(heard, [
    "join a",
    "join b",
    "message by stream",
    "message by datagram",
    "leave b",
  ]);
});

Deno.test("Memberlist.broadcast() reaches others by gossip, and what is renamed only once", async () => {
  await using a = await start("a", "127.71.4.6");
  await using b = await start("b", "127.71.4.7");
  const heard: string[] = [];
  a.onEvent((event) => heard.push(describe(event)));
  // Alone, nothing is told, so the first is replaced before anybody hears it.
  b.broadcast(text.encode("old"), { name: "state" });
  b.broadcast(text.encode("new"), { name: "state" });
  b.broadcast(text.encode("other"));
  await b.join([a.address]);
  await eventually(
    "the broadcasts arrive",
    () => heard.includes("message new") && heard.includes("message other"),
  );
  ok(!heard.includes("message old"));
});

Deno.test("Memberlist speaks encrypted and labelled, and strangers hear nothing", async () => {
  const secret = { keys: [new Uint8Array(32).fill(7)], label: "blue" };
  await using a = await start("a", "127.71.4.8", secret);
  await using b = await start("b", "127.71.4.9", secret);
  await using stranger = await start("c", "127.71.4.10", { keys: secret.keys });
  strictEqual(await b.join([a.address]), 1);
  await rejects(stranger.join([a.address]), JoinError);
  strictEqual(a.member("c"), undefined);
});

Deno.test("Memberlist.start() rejects with a StartError for what cannot be", async () => {
  await rejects(start("", "127.71.4.11"), StartError);
  await rejects(start("a", "127.71.4.11", { meta: new Uint8Array(513) }), StartError);
  await rejects(start("a", "127.71.4.11", { keys: [new Uint8Array(3)] }), StartError);
  await rejects(start("a", "127.71.4.11", { allowedNetworks: ["10.0.0.0/8"] }), StartError);
});

Deno.test("Memberlist refuses messages and metadata that are too long, naming the limit", async () => {
  await using a = await start("a", "127.71.4.12");
  const limited = (size: number) => new RegExp(`exceeds limit of ${size} bytes`);
  throws(() => a.broadcast(new Uint8Array(1396)), limited(1395));
  a.broadcast(new Uint8Array(1395));
  await rejects(a.sendTo("a", new Uint8Array(maxDatagramMessage + 1)), limited(65_000));
  await rejects(a.updateMeta(new Uint8Array(513)), limited(512));
  strictEqual(a.self.meta.length, 0);
  await rejects(a.sendTo("nobody", Uint8Array.of(1)), {
    name: "RequestError",
    message: 'No member is called "nobody"',
  });
});

Deno.test("Memberlist.sendTo() says over a stream that nobody is there, and not in a datagram", async () => {
  await using a = await start("a", "127.71.4.13");
  const nobody = { host: "127.71.4.14", port: 9 };
  await a.sendTo(nobody, Uint8Array.of(1));
  await rejects(
    a.sendTo(nobody, Uint8Array.of(1), { reliable: true }),
    (error) => error instanceof SendError && error.message.endsWith("connect: connection refused"),
  );
});

Deno.test("Memberlist.join() can be given up, and tells why nobody answered", async () => {
  await using a = await start("a", "127.71.4.15");
  await rejects(
    a.join(["127.71.4.16:9"]),
    (error) => error instanceof JoinError && error.errors.length === 1,
  );
  const silent = Deno.listen({ hostname: "127.71.4.16", port: 0 });
  const accepting = silent.accept();
  const abort = new AbortController();
  const joining = a.join([addressOf(silent)], { signal: abort.signal });
  const connection = await accepting;
  abort.abort();
  await rejects(joining, { name: "AbortError" });
  await rejects(a.join([addressOf(silent)], { signal: abort.signal }), { name: "AbortError" });
  connection.close();
  silent.close();
});

Deno.test("Memberlist that has left joins no more", async () => {
  await using a = await start("a", "127.71.4.17");
  await a.leave();
  await a.leave();
  strictEqual(a.self.state, "left");
  await rejects(a.join(["127.71.4.18:9"]), JoinError);
});

Deno.test("Memberlist.shutdown() answers all who wait, and refuses whatever comes later", async () => {
  const silent = Deno.listen({ hostname: "127.71.4.19", port: 0 });
  const accepting = silent.accept();
  const a = await start("a", "127.71.4.20");
  const joining = rejects(a.join([addressOf(silent)]), StoppedError);
  const connection = await accepting;
  await a.shutdown();
  await a.shutdown();
  await joining;
  throws(() => a.broadcast(Uint8Array.of(1)), StoppedError);
  const late = [
    () => a.leave(),
    () => a.join([]),
    () => a.updateMeta(Uint8Array.of(1)),
    () => a.sendTo("a", Uint8Array.of(1)),
  ];
  for (const operate of late) await rejects(operate(), StoppedError);
  connection.close();
  silent.close();
});
