import assert from "node:assert/strict";
import fc from "fast-check";
import {
  foldName,
  isDnsName,
  maxMessageSize,
  MdnsError,
  readQuery,
  readResponse,
  sameName,
  writeQuery,
  writeResponse,
} from "../../../../src/agent/discovery/mdns_message.ts";
import { recordedExchange, recordedExchanges, recordedQuery } from "../../../support/mdns.ts";

const service = "_serf_c1._tcp.local";

/** Everything that m1 tells about itself. */
const recordsOfM1 = [
  { type: "PTR", name: service, data: `m1.${service}` },
  {
    type: "SRV",
    name: `m1.${service}`,
    data: { target: "vm", port: 7946, priority: 10, weight: 1 },
  },
  { type: "A", name: "vm", data: "10.77.0.1" },
  { type: "TXT", name: `m1.${service}`, data: "Serf 'c1' cluster" },
] as const;

/** A header with the given flags and counts, and nothing behind it. */
function header(flags: number, ...counts: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(12));
  view.setUint16(2, flags);
  for (const [i, count] of counts.entries()) view.setUint16(4 + 2 * i, count);
  return new Uint8Array(view.buffer);
}

Deno.test("readQuery() reads the question of a real agent", () => {
  assert.deepEqual(readQuery(recordedQuery), {
    id: 0xe59c,
    questions: [{ name: service, type: "PTR", isInternet: true, wantsUnicast: false }],
  });
});

Deno.test("readQuery() sees the unicast bit", () => {
  const { packet } = recordedExchange("PTR _serf_c1._tcp.local. IN with the unicast bit");
  assert.deepEqual(readQuery(packet)?.questions, [
    { name: service, type: "PTR", isInternet: true, wantsUnicast: true },
  ]);
});

Deno.test("readQuery() tells other classes apart, with and without the unicast bit", () => {
  const question = (className: number) => {
    const packet = recordedQuery.slice();
    new DataView(packet.buffer).setUint16(packet.length - 2, className);
    const [asked] = readQuery(packet)?.questions ?? [];
    return [asked?.isInternet, asked?.wantsUnicast];
  };
  assert.deepEqual(question(1), [true, false]);
  assert.deepEqual(question(255), [true, false]);
  assert.deepEqual(question(3), [false, false]);
  assert.deepEqual(question(0x80ff), [true, true]);
  assert.deepEqual(question(0x8003), [false, true]);
});

Deno.test("readQuery() leaves answers to others, and readResponse() questions", () => {
  const { packet, answers: [answer = new Uint8Array(0)] } = recordedExchange("PTR _serf");
  assert.equal(readQuery(answer), undefined);
  assert.equal(readResponse(packet), undefined);
});

Deno.test("readResponse() reads the answer of a real agent", () => {
  const { answers: [answer = new Uint8Array(0)] } = recordedExchange("PTR _serf_c1");
  assert.deepEqual(readResponse(answer), recordsOfM1);
});

Deno.test("readResponse() leaves out types that discovery does not use", () => {
  const { answers: [answer = new Uint8Array(0)] } = recordedExchange("TXT m1");
  const packet = answer.slice();
  // Behind the name: the type becomes HINFO, of which the library reads two texts.
  const at = packet.length - 18 - 10;
  assert.equal(packet[at + 1], 16);
  packet[at + 1] = 99;
  assert.deepEqual(readResponse(packet), []);
});

Deno.test("writeQuery() writes what a real agent asks", () => {
  assert.deepEqual(new Uint8Array(writeQuery(0xe59c, service, "PTR")), recordedQuery);
});

Deno.test("writeResponse() says the same as a real agent's answer", () => {
  const { answers: [answer = new Uint8Array(0)] } = recordedExchange("PTR _serf_c1");
  const written = writeResponse(0, recordsOfM1);
  assert.deepEqual(readResponse(written), readResponse(answer));
  assert.deepEqual(new Uint8Array(written.subarray(0, 12)), answer.subarray(0, 12));
  // The first record, up to its length, has no compressed name in either.
  assert.deepEqual(new Uint8Array(written.subarray(12, 12 + 29)), answer.subarray(12, 12 + 29));
});

Deno.test("writeResponse() writes IPv6 addresses and names beyond ASCII", () => {
  const records = [
    { type: "PTR", name: service, data: `knoten-ü.${service}` },
    { type: "AAAA", name: "vm.example", data: "fd00::1" },
  ] as const;
  assert.deepEqual(readResponse(writeResponse(7, records)), records);
});

Deno.test("readQuery() and readResponse() refuse what mDNS does not allow before reading it", () => {
  const refused = (packet: Uint8Array, message: RegExp) => {
    assert.throws(
      () => readQuery(packet),
      (error) => error instanceof MdnsError && message.test(error.message),
    );
    assert.throws(() => readResponse(packet), MdnsError);
  };
  refused(new Uint8Array(0), /shorter than a header/);
  refused(new Uint8Array(11), /shorter than a header/);
  refused(new Uint8Array(maxMessageSize + 1), /longer than mDNS allows/);
  refused(header(0, 65_535, 65_535, 65_535, 65_535), /too many/);
  refused(header(0x8000, 0, 256, 0, 1), /too many/);
  for (const flags of [0x0200, 0x0800, 0x4000, 0x0001, 0x8403]) refused(header(flags), /forbids/);
});

Deno.test("readQuery() and readResponse() refuse names that point at themselves or ahead", () => {
  const ask = (...name: readonly number[]) => {
    return new Uint8Array([...header(0, 1), ...name, 0, 12, 0, 1]);
  };
  assert.throws(() => readQuery(ask(0xc0, 12)), MdnsError);
  assert.throws(() => readQuery(ask(1, 0x61, 0xc0, 12)), MdnsError);
  assert.throws(() => readQuery(ask(0xc0, 14, 0)), MdnsError);
  assert.throws(() => readQuery(ask(0x80, 0)), MdnsError);
});

Deno.test("readQuery() and readResponse() read every recorded packet cut anywhere, or throws MdnsError", () => {
  for (const packet of everyPacket()) {
    for (let length = 0; length < packet.length; length++) readBoth(packet.subarray(0, length));
  }
});

Deno.test("readQuery() and readResponse() read changed and random packets, or throws MdnsError", () => {
  const changed = fc.tuple(
    fc.constantFrom(...everyPacket()),
    fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { minLength: 1, maxLength: 8 }),
  ).map(([packet, changes]) => {
    const copy = packet.slice();
    for (const [at, value] of changes) copy[at % copy.length] = value;
    return copy;
  });
  const random = fc.uint8Array({ minLength: 12, maxLength: 200 }).map((bytes) => {
    // Plausible counts, so that the reader gets to work.
    bytes.set([0, 0, bytes[2]! & 0x84, 0, 0, 2, 0, 2, 0, 1, 0, 2]);
    return bytes;
  });
  fc.assert(fc.property(fc.oneof(changed, random), (packet) => readBoth(packet)), {
    numRuns: 3000,
  });
});

Deno.test("isDnsName() accepts only names whose labels and length DNS can hold", () => {
  assert.equal(isDnsName("web-1._serf_c1._tcp.local"), true);
  assert.equal(isDnsName(`${"a".repeat(63)}.local`), true);
  assert.equal(isDnsName(`${"a".repeat(64)}.local`), false);
  assert.equal(isDnsName(`${"ü".repeat(32)}.local`), false);
  assert.equal(isDnsName("a..local"), false);
  assert.equal(isDnsName(""), false);
  const label = "a".repeat(63);
  assert.equal(isDnsName([label, label, label, "a".repeat(61)].join(".")), true);
  assert.equal(isDnsName([label, label, label, "a".repeat(62)].join(".")), false);
});

Deno.test("sameName() ignores the case of ASCII letters and of no others", () => {
  assert.equal(sameName("_Serf_C1._TCP.local", service), true);
  assert.equal(sameName("_serf_c2._tcp.local", service), false);
  assert.equal(sameName("Ü.local", "ü.local"), false);
  assert.equal(foldName("AbÜ"), "abÜ");
});

function everyPacket(): Uint8Array[] {
  return recordedExchanges.flatMap(({ packet, answers }) => [packet, ...answers]);
}

function readBoth(packet: Uint8Array): void {
  for (const read of [() => readQuery(packet), () => readResponse(packet)]) {
    try {
      read();
    } catch (error) {
      if (!(error instanceof MdnsError)) throw error;
    }
  }
}
