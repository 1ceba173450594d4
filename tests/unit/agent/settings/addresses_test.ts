import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { resolveAddresses } from "../../../../src/agent/settings/addresses.ts";

const unasked = () => Promise.reject(new Error("asked for a name"));

function resolve(
  said: { bind?: string; advertise?: string; interface?: string },
  lookUp: (host: string) => Promise<readonly string[]> = unasked,
) {
  return resolveAddresses({ bind: "0.0.0.0", advertise: "", interface: "", ...said }, lookUp);
}

/** An interface that every machine has, under its local name. */
const loopback = Deno.networkInterfaces().find(({ address }) => address === "127.0.0.1");

Deno.test("resolveAddresses() reads hosts with and without a port, in both families", async () => {
  const cases: [string, string, number][] = [
    ["127.0.0.1", "127.0.0.1", 7946],
    ["127.0.0.1:0", "127.0.0.1", 0],
    ["127.0.0.1:https", "127.0.0.1", 443],
    ["[::1]:80", "::1", 80],
    ["[::1]", "::1", 7946],
    ["[2001:DB8:0::1]:1", "2001:db8::1", 1],
    [":7946", "", 7946],
  ];
  for (const [text, host, port] of cases) {
    deepStrictEqual((await resolve({ bind: text })).bind, { host, port }, text);
    deepStrictEqual((await resolve({ advertise: text })).advertise, { host, port }, text);
  }
});

Deno.test("resolveAddresses() advertises nothing of its own accord", async () => {
  deepStrictEqual(await resolve({}), {
    bind: { host: "0.0.0.0", port: 7946 },
    advertise: undefined,
    chosenFromInterface: undefined,
  });
});

Deno.test("resolveAddresses() looks names up and prefers IPv4", async () => {
  const known: Record<string, readonly string[]> = { both: ["::1", "127.0.0.9"], six: ["::6"] };
  const lookUp = (host: string) => Promise.resolve(known[host] ?? []);
  deepStrictEqual((await resolve({ bind: "both:1" }, lookUp)).bind, { host: "127.0.0.9", port: 1 });
  deepStrictEqual((await resolve({ bind: "six" }, lookUp)).bind, { host: "::6", port: 7946 });
  await rejects(resolve({ bind: "none" }, lookUp), {
    message: "Invalid bind address: lookup none: no such host",
  });
});

Deno.test("resolveAddresses() tells which address is wrong, and why", async () => {
  await rejects(resolve({ bind: "::1" }), {
    message: "Invalid bind address: address ::1: too many colons in address",
  });
  await rejects(resolve({ bind: "127.0.0.1:99999" }), {
    message: "Invalid bind address: address 99999: invalid port",
  });
  await rejects(resolve({ advertise: "127.0.0.1:xx" }), {
    message: "Invalid advertise address: lookup tcp/xx: unknown port",
  });
  const failing = () => Promise.reject(new Error("lookup far: i/o timeout"));
  await rejects(resolve({ advertise: "far" }, failing), {
    message: "Invalid advertise address: lookup far: i/o timeout",
  });
});

Deno.test("resolveAddresses() takes the interface's address only where none was asked for", {
  ignore: loopback === undefined,
}, async () => {
  const name = loopback?.name ?? "";
  const chosen = await resolve({ interface: name, bind: "0.0.0.0:7" });
  deepStrictEqual(chosen.bind, { host: chosen.chosenFromInterface, port: 7 });
  strictEqual(chosen.chosenFromInterface, "127.0.0.1");

  const asked = await resolve({ interface: name, bind: "127.0.0.1" });
  deepStrictEqual(asked.bind, { host: "127.0.0.1", port: 7946 });
  strictEqual(asked.chosenFromInterface, undefined);

  await rejects(resolve({ interface: name, bind: "192.0.2.1" }), {
    message: `Interface '${name}' has no '192.0.2.1' address`,
  });
});

Deno.test("resolveAddresses() refuses an interface that is not there", async () => {
  await rejects(resolve({ interface: "nope0" }), {
    message: "Failed to get interface addresses: route ip+net: no such network interface",
  });
});
