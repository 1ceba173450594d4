import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  EvidenceBook,
  maxEvidence,
  maxStories,
  maxStory,
} from "../../../src/memberlist/evidence.ts";

const at = 5;
const home = { host: "10.0.0.2", port: 7946 };

function build(...names: readonly string[]): EvidenceBook {
  const book = new EvidenceBook();
  for (const [i, member] of names.entries()) {
    const address = { host: home.host, port: home.port + i };
    book.note({ type: "member-alive", at, member, address, incarnation: 1 });
  }
  return book;
}

function typesOf(book: EvidenceBook, member: string): string[] {
  return book.about(member)!.story.map(({ type }) => type);
}

Deno.test("EvidenceBook keeps when and from where a member was heard, and no story of quiet times", () => {
  const book = build("b");
  book.heard(10, home, "packet");
  book.heard(11, home, "stream");
  book.heard(12, { host: "192.0.2.1", port: 9 }, "packet", "b");
  book.note({ type: "probe-sent", at: 13, member: "b", health: 0 });
  book.note({ type: "probe-answered", at: 14, member: "b", path: "direct", from: home, took: 1 });
  deepStrictEqual(book.about("b"), {
    member: "b",
    address: home,
    seenFrom: { host: "192.0.2.1", port: 9 },
    packetAt: 14,
    streamAt: 11,
    answeredAt: 14,
    took: 1,
    story: [],
  });
  strictEqual(book.about("stranger"), undefined);
});

Deno.test("EvidenceBook tells members of one host apart by port, but not by streams", () => {
  const book = build("b", "c");
  book.heard(10, { ...home, port: 7947 }, "packet");
  book.heard(11, { ...home, port: 50_000 }, "stream");
  book.note({ type: "exchange-done", at: 12, address: home, member: "b", error: undefined });
  const seen = ["b", "c"].map((name) => [book.about(name)!.packetAt, book.about(name)!.streamAt]);
  deepStrictEqual(seen, [[undefined, 12], [10, undefined]]);
});

Deno.test("EvidenceBook tells the story from the first trouble to the answer that ends it", () => {
  const book = build("b");
  const answered = {
    type: "probe-answered",
    at,
    member: "b",
    path: "direct",
    from: home,
    took: 1,
  } as const;
  book.note({ type: "probe-relayed", at, member: "b", helpers: ["c"] });
  book.note({ type: "suspected", at, member: "b", incarnation: 1, by: "c" });
  book.note({ type: "suspicion-refuted", at, member: "b", incarnation: 2 });
  book.note(answered);
  book.note(answered);
  book.note({ type: "health-changed", at, score: 1 });
  deepStrictEqual(typesOf(book, "b"), [
    "probe-relayed",
    "suspected",
    "suspicion-refuted",
    "probe-answered",
  ]);
  deepStrictEqual(book.own, [{ type: "health-changed", at, score: 1 }]);
});

Deno.test("EvidenceBook follows a member to another address", () => {
  const book = build("b", "c");
  const address = { host: "10.0.0.3", port: 7946 };
  book.note({ type: "member-alive", at, member: "b", address, incarnation: 2 });
  book.heard(10, home, "packet");
  book.heard(11, address, "packet");
  book.heard(12, { ...home, port: 1 }, "stream");
  strictEqual(book.about("b")!.packetAt, 11);
  strictEqual(book.about("c")!.streamAt, 12);
});

Deno.test("EvidenceBook forgets whom Serf forgets", () => {
  const book = build("b", "c");
  const { host } = home;
  book.note({ type: "status-changed", at, member: "b", status: "failed", host });
  strictEqual(book.size, 2);
  book.note({ type: "status-changed", at, member: "b", status: "reaped", host });
  book.note({ type: "status-changed", at, member: "c", status: "pruned", host });
  strictEqual(book.size, 0);
});

Deno.test("EvidenceBook is bounded: members, stories and their length", () => {
  const book = new EvidenceBook();
  for (let i = 0; i <= maxEvidence; i++) {
    const address = { host: `10.${i >> 16}.${i >> 8 & 255}.${i & 255}`, port: 7946 };
    book.note({ type: "member-alive", at, member: `m${i}`, address, incarnation: 1 });
  }
  strictEqual(book.size, maxEvidence);
  strictEqual(book.about("m0"), undefined);
  for (let i = 1; i <= maxStories + 1; i++) {
    book.note({ type: "suspected", at, member: `m${i}`, incarnation: 1, by: "x" });
  }
  deepStrictEqual(typesOf(book, "m1"), []);
  deepStrictEqual(typesOf(book, "m2"), ["suspected"]);
  for (let i = 0; i <= maxStory; i++) {
    book.note({ type: "probe-nack", at: i, member: "m9", from: undefined });
    book.note({ type: "health-changed", at: i, score: i });
  }
  deepStrictEqual([book.about("m9")!.story.length, book.own.length], [maxStory, maxStory]);
  strictEqual(book.own[0]!.at, 1);
});
