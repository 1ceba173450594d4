import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  isDnsName,
  maxEntries,
  MdnsError,
  readQuery,
  readResponse,
  type ResourceRecord,
  writeQuery,
  writeResponse,
} from "../../src/agent/discovery/mdns_message.ts";
import { type FuzzTarget, mayThrow, testTarget } from "../support/fuzzing.ts";
import { recordedExchanges, recordedQuery } from "../support/mdns.ts";

const names = fc.array(fc.stringMatching(/^[a-z0-9_-]{1,12}$/), { minLength: 1, maxLength: 5 })
  .map((labels) => labels.join("."))
  .filter(isDnsName);

const resources: fc.Arbitrary<ResourceRecord> = fc.oneof(
  fc.tuple(names, names).map(([name, target]) => ({ type: "PTR" as const, name, data: target })),
  fc.tuple(names, names, fc.nat(0xffff))
    .map(([name, target, port]) => ({
      type: "SRV" as const,
      name,
      data: { target, port, priority: 10, weight: 1 },
    })),
  fc.tuple(names, fc.string({ maxLength: 60 }))
    .map(([name, text]) => ({ type: "TXT" as const, name, data: text })),
  fc.tuple(names, fc.ipV4()).map(([name, ip]) => ({ type: "A" as const, name, data: ip })),
);

export const target: FuzzTarget = {
  name: "mdns",
  seeds: () => [
    recordedQuery,
    ...recordedExchanges.flatMap(({ packet, answers }) => [packet, ...answers]),
  ],
  check(input) {
    const query = mayThrow([MdnsError], () => readQuery(input));
    if (query) ok(query.questions.length <= maxEntries);
    const records = mayThrow([MdnsError], () => readResponse(input));
    if (records) ok(records.length <= maxEntries);
  },
  properties: {
    "gives back an answer": fc.property(
      fc.nat(0xffff),
      fc.array(resources, { maxLength: 12 }),
      (id, records) => {
        deepStrictEqual(readResponse(writeResponse(id, records)), records);
      },
    ),
    "gives back a question": fc.property(fc.nat(0xffff), names, (id, name) => {
      deepStrictEqual(readQuery(writeQuery(id, name, "PTR")), {
        id,
        questions: [{ name, type: "PTR", isInternet: true, wantsUnicast: false }],
      });
    }),
  },
};

testTarget(target);
