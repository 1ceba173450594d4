import { strictEqual } from "node:assert/strict";
import { memberlistConfig } from "../../../src/memberlist/config.ts";
import { checkConfig, type SerfConfig, serfDefaults } from "../../../src/serf/config.ts";

function verdict(overrides: Partial<SerfConfig>): string {
  const result = checkConfig({
    ...serfDefaults,
    name: "node_1",
    tags: {},
    memberlist: memberlistConfig({
      name: "node_1",
      advertise: { ip: Uint8Array.of(127, 0, 0, 1), port: 7946 },
    }),
    ...overrides,
  });
  return result.ok ? "ok" : result.error.message;
}

Deno.test("checkConfig() accepts every protocol version it speaks, and no other", () => {
  for (const protocolVersion of [2, 3, 4, 5]) strictEqual(verdict({ protocolVersion }), "ok");
  strictEqual(
    verdict({ protocolVersion: 1 }),
    "Protocol version '1' too low. Must be in range: [2, 5]",
  );
  strictEqual(
    verdict({ protocolVersion: 6 }),
    "Protocol version '6' too high. Must be in range: [2, 5]",
  );
});

Deno.test("checkConfig() bounds user events and tags", () => {
  strictEqual(verdict({ userEventSizeLimit: 9216 }), "ok");
  strictEqual(
    verdict({ userEventSizeLimit: 9217 }),
    "user event size limit exceeds limit of 9216 bytes",
  );
  strictEqual(verdict({ tags: { a: "x".repeat(505) } }), "ok");
  strictEqual(
    verdict({ tags: { a: "x".repeat(506) } }),
    "Encoded length of tags exceeds limit of 512 bytes",
  );
});

Deno.test("checkConfig() wants a name, and a plain one only if asked to", () => {
  strictEqual(verdict({ name: "" }), "Node name must not be empty");
  strictEqual(verdict({ name: "a b/ü" }), "ok");
  strictEqual(
    verdict({ validateNodeNames: true }),
    'Node name "node_1" has characters other than letters, digits, "-" and "."',
  );
  strictEqual(verdict({ validateNodeNames: true, name: "node-1.example" }), "ok");
});
