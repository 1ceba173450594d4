import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { AllowList } from "../../../src/memberlist/allow_list.ts";
import { parseIp } from "../../../src/ports/address.ts";

function list(...networks: readonly string[]): AllowList {
  const parsed = AllowList.parse(networks);
  ok(parsed.ok);
  return parsed.value;
}

function allowed(networks: AllowList, ...addresses: readonly string[]): string[] {
  return addresses.filter((address) => networks.allows(parseIp(address)!));
}

Deno.test("AllowList.allows() goes by the first bits, also within a byte", () => {
  const candidates = [
    "10.0.0.0",
    "10.255.1.2",
    "11.0.0.0",
    "172.16.0.1",
    "172.31.9.9",
    "172.32.0.0",
  ];
  deepStrictEqual(allowed(list("10.0.0.0/8", "172.16.0.0/12"), ...candidates), [
    "10.0.0.0",
    "10.255.1.2",
    "172.16.0.1",
    "172.31.9.9",
  ]);
  deepStrictEqual(allowed(list("127.0.0.1/32"), "127.0.0.1", "127.0.0.2"), ["127.0.0.1"]);
});

Deno.test("AllowList.allows() ignores the bits of a network beyond its prefix", () => {
  deepStrictEqual(allowed(list("10.1.2.3/16"), "10.1.9.9", "10.2.2.3"), ["10.1.9.9"]);
});

Deno.test("AllowList.allows() everything of a family for a prefix of 0, and nothing for an empty list", () => {
  deepStrictEqual(allowed(list("0.0.0.0/0"), "1.2.3.4", "fd00::1"), ["1.2.3.4"]);
  deepStrictEqual(allowed(list("::/0"), "1.2.3.4", "fd00::1"), ["fd00::1"]);
  deepStrictEqual(allowed(list(), "1.2.3.4", "fd00::1"), []);
});

Deno.test("AllowList.allows() takes mapped IPv4 for IPv4, on both sides", () => {
  deepStrictEqual(allowed(list("10.0.0.0/8"), "::ffff:10.1.1.1", "::ffff:11.1.1.1"), [
    "::ffff:10.1.1.1",
  ]);
  deepStrictEqual(allowed(list("::ffff:10.0.0.0/104"), "10.1.1.1", "11.1.1.1"), ["10.1.1.1"]);
});

Deno.test("AllowList.allows() no address of odd length", () => {
  const everything = list("0.0.0.0/0", "::/0");
  strictEqual(everything.allows(new Uint8Array(0)), false);
  strictEqual(everything.allows(new Uint8Array(5)), false);
});

Deno.test("AllowList.allowsPacket() reads addresses as sockets print them, and no names", () => {
  const networks = list("10.0.0.0/8", "fe80::/10");
  for (const host of ["10.1.1.1", "::ffff:10.1.1.1", "fe80::1", "fe80::1%eth0"]) {
    strictEqual(networks.allowsPacket(host), true, host);
    strictEqual(networks.allowsStream(host), true, host);
  }
  for (const host of ["11.1.1.1", "fd00::1", "", "localhost", "%eth0"]) {
    strictEqual(networks.allowsPacket(host), false, host);
    strictEqual(networks.allowsStream(host), false, host);
  }
  for (const host of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
    strictEqual(networks.allowsPacket(host), false, host);
    strictEqual(networks.allowsStream(host), true, host);
  }
});

Deno.test("AllowList.parse() names the first text that is no network", () => {
  const bad = ["10.0.0.0", "10.0.0.0/33", "fd00::/129", "10.0.0/8", "/8", "10.0.0.0/", "a/8"];
  for (const text of [...bad, "10.0.0.0/8 ", "10.0.0.0/-1", "::ffff:10.0.0.0/8"]) {
    const parsed = AllowList.parse(["10.0.0.0/8", text, "also bad"]);
    ok(!parsed.ok, text);
    strictEqual(parsed.error.message, `invalid CIDR address: ${text}`);
  }
});
