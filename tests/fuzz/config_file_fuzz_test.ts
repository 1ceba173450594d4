import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { decodeConfig } from "../../src/agent/settings/config_file.ts";
import { type JsonValue, readFirstJson, readOnlyJson } from "../../src/go/json_reader.ts";
import { encodeText } from "../../src/bytes/text.ts";
import { type FuzzTarget, mayThrowPlain, testTarget } from "../support/fuzzing.ts";

const documents: readonly JsonValue[] = [
  {},
  { node_name: "a", bind: "127.0.0.1", tags: { role: "web", constructor: "x", __proto__: "y" } },
  { start_join: ["10.0.0.1", "10.0.0.2:7946"], protocol: 5, retry_max_attempts: 1e3 },
  { event_handlers: ["user:deploy=foo.sh", null], mdns: { interface: "eth0", disable_ipv6: true } },
  { reconnect_interval: "30s", tombstone_timeout: "24h", retry_interval: "1m30.5s" },
  { Node_Name: "b", leave_on_terminate: true, query_size_limit: 2048, log_level: "ä\u0000" },
  { encrypt_key: "MDEyMzQ1Njc4OWFiY2RlZg==", rpc_auth: "token", nonsense: { deep: [[[[]]]] } },
  [1, 2.5, -3e-7, null, true, "text"],
];

/** The platform's own opinion of what is JSON. */
function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

export const target: FuzzTarget = {
  name: "config_file",
  seeds: () => [
    ...documents.map((document) => encodeText(JSON.stringify(document))),
    ...documents.map((document) => encodeText(JSON.stringify(document, undefined, 2))),
    encodeText("[".repeat(3000)),
    encodeText(`${'{"a":'.repeat(500)}1${"}".repeat(500)}`),
  ],
  check(input) {
    mayThrowPlain(() => decodeConfig(input));
    mayThrowPlain(() => readFirstJson(input));
    const value = mayThrowPlain(() => ({ value: readOnlyJson(input) }));
    const expected = parse(new TextDecoder("utf-8", { ignoreBOM: true }).decode(input));
    // Ours refuses what is nested very deep, and nothing else that the platform takes.
    if (value) deepStrictEqual(value, expected);
    else if (expected) ok(input.length > 1000);
  },
  properties: {
    "reads any JSON as the platform does": fc.property(fc.json({ maxDepth: 6 }), (text) => {
      deepStrictEqual(readOnlyJson(encodeText(text)), JSON.parse(text));
      mayThrowPlain(() => decodeConfig(encodeText(text)));
    }),
    "gives back tags and names": fc.property(
      fc.string(),
      fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 9 }),
      (name, tags) => {
        const text = JSON.stringify({
          node_name: name,
          tags: Object.fromEntries(tags.filter(([key]) => key !== "__proto__")),
        });
        const config = decodeConfig(encodeText(text));
        deepStrictEqual(config.nodeName, name);
        deepStrictEqual(
          config.tags,
          new Map(Object.entries(Object.fromEntries(tags.filter(([key]) => key !== "__proto__")))),
        );
      },
    ),
  },
};

testTarget(target);
