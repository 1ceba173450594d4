import { deepStrictEqual, rejects, strictEqual, throws } from "node:assert/strict";
import {
  maxAddressesOfName,
  parseJoinAddress,
  resolveJoinAddress,
} from "../../../../src/host/transport/resolver.ts";

const ownPort = 5000;

for (
  const [entry, host, port] of [
    ["10.0.0.1", "10.0.0.1", 5000],
    ["10.0.0.1:7", "10.0.0.1", 7],
    ["foo/10.0.0.1:7", "10.0.0.1", 7],
    ["example.org", "example.org", 5000],
    ["example.org:8000", "example.org", 8000],
    ["[::1]:9", "::1", 9],
    ["[::1]", "::1", 5000],
    ["fe80::1", "fe80::1", 5000],
  ] as const
) {
  Deno.test(`parseJoinAddress() reads ${entry}`, () => {
    deepStrictEqual(parseJoinAddress(entry, ownPort), { host, port });
  });
}

for (
  const [entry, reason] of [
    ["", /names no host/],
    [":80", /names no host/],
    ["/10.0.0.1", /empty node name/],
    ["10.0.0.1:port", /port must be a number/],
    ["10.0.0.1:70000", /port must be a number/],
  ] as const
) {
  Deno.test(`parseJoinAddress() refuses "${entry}"`, () => {
    throws(() => parseJoinAddress(entry, ownPort), reason);
  });
}

Deno.test("resolveJoinAddress() tries every address of a name, each once, up to a limit", async () => {
  const found = ["10.0.0.1", "10.0.0.2", "10.0.0.1"];
  deepStrictEqual(await resolveJoinAddress("db:7", ownPort, () => Promise.resolve(found)), [
    { host: "10.0.0.1", port: 7 },
    { host: "10.0.0.2", port: 7 },
  ]);

  const many = Array.from({ length: 200 }, (_, i) => `10.0.1.${i}`);
  const resolved = await resolveJoinAddress("db", ownPort, () => Promise.resolve(many));
  strictEqual(resolved.length, maxAddressesOfName);
});

Deno.test("resolveJoinAddress() does not look up an address", async () => {
  const never = () => Promise.reject(new Error("looked up"));
  deepStrictEqual(await resolveJoinAddress("10.0.0.1", ownPort, never), [
    { host: "10.0.0.1", port: ownPort },
  ]);
});

Deno.test("resolveJoinAddress() names the entry that does not resolve", async () => {
  const fails = () => Promise.reject(new Error("lookup nowhere: no such host"));
  await rejects(
    resolveJoinAddress("nowhere:1", ownPort, fails),
    { message: "failed to resolve nowhere:1: lookup nowhere: no such host" },
  );
});
