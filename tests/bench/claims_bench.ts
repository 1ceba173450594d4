/** One claim between object and bytes. The goal is at most a microsecond each way. */

import { MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import {
  type Alive,
  readAlive,
  readSuspect,
  type Suspect,
  writeAlive,
  writeSuspect,
} from "../../src/wire/claims.ts";

/** As many members as a packet or two tell of, so that no single message stays in every cache. */
const members = Array.from({ length: 64 }, (_, i) => i);

const aliveClaims: readonly Alive[] = members.map((i) => ({
  node: `web-${i}.example.com`,
  incarnation: 1000 + i,
  ip: Uint8Array.of(10, 0, 0, i),
  port: 7946,
  // Two tags, as Serf encodes them.
  meta: Uint8Array.fromHex("ff82a4726f6c65a3776562a464617465a8323032342d303131"),
  versions: Uint8Array.of(1, 5, 2, 2, 5, 5),
}));
const suspectClaims: readonly Suspect[] = members.map((i) => ({
  node: `web-${i}.example.com`,
  incarnation: 1000 + i,
  from: "db-1.example.com",
}));

function encoded<T>(claims: readonly T[], write: (writer: MsgpackWriter, claim: T) => void) {
  return claims.map((claim) => {
    const writer = new MsgpackWriter("raw");
    write(writer, claim);
    return writer.copy();
  });
}

const aliveMessages = encoded(aliveClaims, writeAlive);
const suspectMessages = encoded(suspectClaims, writeSuspect);
const writer = new MsgpackWriter("raw");
const reader = new MsgpackReader(new Uint8Array(0));
let turn = 0;

Deno.bench("encode one alive message", { group: "alive" }, () => {
  writer.reset();
  writeAlive(writer, aliveClaims[turn++ & 63]!);
});

Deno.bench("decode one alive message", { group: "alive" }, () => {
  readAlive(reader.reset(aliveMessages[turn++ & 63]!, 1));
});

Deno.bench("encode one suspect message", { group: "suspect" }, () => {
  writer.reset();
  writeSuspect(writer, suspectClaims[turn++ & 63]!);
});

Deno.bench("decode one suspect message", { group: "suspect" }, () => {
  readSuspect(reader.reset(suspectMessages[turn++ & 63]!, 1));
});
